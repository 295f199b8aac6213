import { type Answer, refuse } from './api-gateway-answers.ts';

type Item = Readonly<Record<string, string | undefined>>;
type Get = (path: string) => Promise<Response>;

/**
 * What API Gateway v2 refuses and moto does not: a route's key or an authorizer's name that is taken in its API, and to
 * delete an integration or an authorizer that a route names.
 */
export class ApiGatewayRules {
  /** Names of authorizers by the path of each: moto lists none. */
  readonly #authorizers = new Map<string, string | undefined>();

  /** @returns why AWS would refuse a request, if it would */
  async refusal(method: string, url: string, body: string, get: Get): Promise<Answer | undefined> {
    const [, api, kind, id] = pattern.exec(url) ?? [];
    if (!kind || method === 'GET' || method === 'PATCH') return undefined;
    const routes = async () => ((await (await get(`/v2/apis/${api}/routes`)).json()) as { items: Item[] }).items;
    if (id) {
      const isNamed = (route: Item) => route.target === `integrations/${id}` || route.authorizerId === id;
      const isInUse = kind !== 'routes' && (await routes()).some(isNamed);
      return isInUse ? conflict(`Cannot delete ${id}: a route refers to it`) : undefined;
    }
    const { routeKey, name }: Item = JSON.parse(body);
    if (kind === 'routes' && (await routes()).some((route) => route.routeKey === routeKey)) {
      return conflict(`Route with key ${routeKey} already exists for this API`);
    }
    const isOfApi = ([path, taken]: [string, string | undefined]) => path.startsWith(`${url}/`) && taken === name;
    if (kind === 'authorizers' && [...this.#authorizers].some(isOfApi)) {
      return conflict(`Authorizer name must be unique. Authorizer ${name} already exists in this RestApi.`);
    }
    return undefined;
  }

  /** To be called with what was done. */
  done(method: string, url: string, answered: string): void {
    const [, , kind, id] = pattern.exec(url) ?? [];
    if (kind !== 'authorizers') return;
    if (method === 'DELETE') this.#authorizers.delete(url);
    if (method !== 'POST' || id) return;
    const { authorizerId, name }: Item = JSON.parse(answered);
    this.#authorizers.set(`${url}/${authorizerId}`, name);
  }
}

const pattern = /^\/v2\/apis\/([^/]+)\/(routes|integrations|authorizers)(?:\/([^/]+))?$/;

const conflict = (message: string): Answer => refuse(409, 'ConflictException', message);

import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

type Item = Readonly<Record<string, unknown>>;

/**
 * The deployments and stages of API Gateway v2, as far as Terraform needs them: they are kept, changed and given back.
 * With AWS's two rules about their order: an API without a route is not deployed, and a deployment that a stage shows is
 * not deleted.
 * @see Amazon API Gateway V2 API Reference, "Deployments", "Stages"
 */
export class ApiGatewayStages {
  readonly #items = new Map<string, Map<string, Item>>();
  readonly #get: (path: string, headers: Record<string, string>) => Promise<Response>;

  /** @param get asks for what is kept elsewhere */
  constructor(get: (path: string, headers: Record<string, string>) => Promise<Response>) {
    this.#get = get;
  }

  covers(path: string): boolean {
    return pattern.test(path);
  }

  async answer({ method, url = '', headers }: IncomingMessage, body: string): Promise<Answer> {
    const [, apiId = '', kind, name = ''] = pattern.exec(url) ?? [];
    const given: Item = body ? JSON.parse(body) : {};
    const items = this.#of(apiId, kind);
    const id = decodeURIComponent(name);
    const item = items.get(id);
    if (method === 'POST' && !name) {
      return kind === 'stages' ? this.#createStage(apiId, given) : this.#createDeployment(apiId, given, headers);
    }
    if (method === 'GET' && !name) return reply(200, { items: [...items.values()] });
    if (!item) return refuse(404, 'NotFoundException', `Unable to find ${kind} ${id}`);
    if (method === 'GET') return reply(200, item);
    if (method === 'PATCH') {
      items.set(id, { ...item, ...given });
      return reply(200, { ...item, ...given });
    }
    if (kind === 'deployments' && this.#isShown(apiId, id)) {
      return refuse(400, 'BadRequestException', `Active stages with deployment ${id} must be moved or deleted`);
    }
    items.delete(id);
    return reply(204);
  }

  async #createDeployment(apiId: string, { description }: Item, headers: IncomingHttpHeaders): Promise<Answer> {
    const routes = await this.#get(`/v2/apis/${apiId}/routes`, { authorization: headers.authorization ?? '' });
    const { items } = (await routes.json()) as { items: unknown[] };
    if (items.length === 0) {
      return refuse(400, 'BadRequestException', 'At least one route is required before deploying the Api.');
    }
    const deploymentId = randomBytes(3).toString('hex');
    const createdDate = new Date().toISOString();
    const deployment = { deploymentId, description, createdDate, deploymentStatus: 'DEPLOYED', autoDeployed: false };
    this.#of(apiId, 'deployments').set(deploymentId, deployment);
    return reply(201, deployment);
  }

  #createStage(apiId: string, given: Item): Answer {
    const stages = this.#of(apiId, 'stages');
    const name = String(given.stageName);
    if (stages.has(name)) return refuse(409, 'ConflictException', 'Stage already exists');
    if (!this.#of(apiId, 'deployments').has(String(given.deploymentId))) {
      return refuse(404, 'NotFoundException', `Unable to find deployment ${given.deploymentId}`);
    }
    stages.set(name, { createdDate: new Date().toISOString(), ...given });
    return reply(201, stages.get(name));
  }

  #isShown = (apiId: string, deploymentId: string): boolean =>
    [...this.#of(apiId, 'stages').values()].some((stage) => stage.deploymentId === deploymentId);

  #of(apiId: string, kind: string | undefined): Map<string, Item> {
    const key = `${apiId}/${kind}`;
    const items = this.#items.get(key) ?? new Map<string, Item>();
    this.#items.set(key, items);
    return items;
  }
}

const pattern = /^\/v2\/apis\/([^/]+)\/(deployments|stages)(?:\/([^/?]+))?$/;

const reply = (status: number, body?: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: body === undefined ? '' : JSON.stringify(body),
});

const refuse = (status: number, type: string, message: string): Answer => ({
  ...reply(status, { message }),
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
});

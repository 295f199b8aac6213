import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, refuse, reply } from './api-gateway-answers.ts';

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

  async answer(method: string, url: string, headers: IncomingHttpHeaders, body: string): Promise<Answer> {
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

  /** To be called when a part of an API has changed: stages that deploy by themselves do so. */
  redeploy(apiId: string): void {
    for (const [name, stage] of this.#of(apiId, 'stages')) {
      if (stage.autoDeploy !== true) continue;
      const deploymentId = randomBytes(3).toString('hex');
      this.#of(apiId, 'deployments').delete(String(stage.deploymentId));
      this.#of(apiId, 'deployments').set(deploymentId, {
        deploymentId,
        deploymentStatus: 'DEPLOYED',
        autoDeployed: true,
      });
      this.#of(apiId, 'stages').set(name, { ...stage, deploymentId });
    }
  }

  #createStage(apiId: string, given: Item): Answer {
    const stages = this.#of(apiId, 'stages');
    const name = String(given.stageName);
    if (stages.has(name)) return refuse(409, 'ConflictException', 'Stage already exists');
    if (given.autoDeploy === true) {
      stages.set(name, { createdDate: new Date().toISOString(), ...given });
      this.redeploy(apiId);
      return reply(201, stages.get(name));
    }
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

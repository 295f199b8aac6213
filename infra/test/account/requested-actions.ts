import type { IncomingHttpHeaders } from 'node:http';
import { type ActionOf, actionOf } from './actions-of-services.ts';

/** What IAM is asked about: may the caller do this to that? */
export interface RequestedAction {
  /** e.g. `lambda:CreateFunction` */
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  /** By condition key in lower case. */
  readonly context: Readonly<Record<string, string>>;
}

export interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly answer: string;
}

/** A call as its service names it. */
export interface NamedCall {
  readonly service: string;
  /** e.g. `CreateFunction`; of a REST service, the method and the path. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Turns calls of AWS's APIs into the actions that IAM would be asked about. */
export class RequestedActions {
  readonly #arns: Parameters<ActionOf>[1];
  /** By JSON. */
  #noted = new Map<string, RequestedAction>();
  readonly #boundaries = new Map<string, string>();
  readonly #poolTags = new Map<string, Readonly<Record<string, string>>>();
  /** ARNs of functions by the ids of their event source mappings. */
  readonly #functionsOfMappings = new Map<string, string>();

  constructor(accountId: string, region: string) {
    this.#arns = {
      regional: (service, resource) => `arn:aws:${service}:${region}:${accountId}:${resource}`,
      global: (service, resource) => `arn:aws:${service}::${accountId}:${resource}`,
      apiGateway: (path) => `arn:aws:apigateway:${region}::${path}`,
    };
  }

  note(call: Call): void {
    const named = nameCall(call);
    this.#remember(named, call.answer);
    for (const { context = {}, ...each } of actionOf(named, this.#arns)) {
      const requested = { ...each, context: { ...this.#known(named), ...context } };
      this.#noted.set(JSON.stringify(requested), requested);
    }
  }

  take(): RequestedAction[] {
    const taken = [...this.#noted.values()];
    this.#noted = new Map();
    return taken;
  }

  /** The boundary of a role, the tags of a pool, the function of a mapping, which IAM knows by itself later. */
  #remember({ operation, method, path, parameters }: NamedCall, answer: string): void {
    if (method === 'POST' && /\/event-source-mappings\/?$/.test(path)) {
      const { UUID, FunctionArn } = JSON.parse(answer);
      this.#functionsOfMappings.set(UUID, FunctionArn);
    }
    if (operation === 'CreateRole' || operation === 'PutRolePermissionsBoundary') {
      this.#boundaries.set(String(parameters.RoleName), String(parameters.PermissionsBoundary ?? ''));
    }
    if (operation === 'CreateUserPool') {
      this.#poolTags.set(JSON.parse(answer).UserPool.Id, (parameters.UserPoolTags ?? {}) as Record<string, string>);
    }
  }

  #known({ service, path, parameters }: NamedCall): Record<string, string> {
    const functionArn = this.#functionsOfMappings.get(/\/event-source-mappings\/([^/]+)/.exec(path)?.[1] ?? '');
    const boundary = service === 'iam' ? this.#boundaries.get(String(parameters.RoleName)) : undefined;
    const id = parameters.UserPoolId ?? String(parameters.ResourceArn ?? '').split('userpool/')[1];
    const tags = Object.entries(this.#poolTags.get(String(id)) ?? {});
    return {
      ...(functionArn && { 'lambda:functionarn': functionArn }),
      ...(boundary && { 'iam:permissionsboundary': boundary }),
      ...Object.fromEntries(tags.map(([name, value]) => [`aws:resourcetag/${name.toLowerCase()}`, value])),
    };
  }
}

function nameCall({ method, url, headers, body }: Call): NamedCall {
  const { pathname, searchParams } = new URL(url, 'http://aws');
  const [, , , service = ''] = /Credential=([^,]+)/.exec(String(headers.authorization))?.[1]?.split('/') ?? [];
  const target = String(headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1);
  const isForm = String(headers['content-type']).includes('x-www-form-urlencoded');
  const form = Object.fromEntries(new URLSearchParams(isForm ? body : ''));
  const parameters = isForm ? form : { ...Object.fromEntries(searchParams), ...parseJson(body) };
  const operation = target || form.Action || `${method} ${pathname}`;
  return { service, operation, method, path: decodeURIComponent(pathname), parameters };
}

function parseJson(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

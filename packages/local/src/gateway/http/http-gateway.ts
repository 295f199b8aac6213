import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Body, readBody } from '../../read-body.ts';
import type { ServedStage } from '../connection.ts';
import { Deadlines } from '../deadlines.ts';
import { type InvocationContext, invokeWithin } from '../invoke-within.ts';
import { repeat } from '../repeat.ts';
import { sourceAddress } from '../source-address.ts';
import { createThrottle } from '../token-bucket.ts';
import { answerOf, type HttpAnswer, ownAnswer } from './answer.ts';
import { createAuthorize } from './authorize.ts';
import { type HttpAuthorizer, httpEvent } from './event.ts';
import type { HttpGatewayOptions } from './options.ts';
import { type HttpRequest, headBytes, httpRequest, MAX_HEAD_BYTES } from './request.ts';
import { compileHttpRoutes, type SelectedRoute } from './routes.ts';
import { compileStages } from './stages.ts';

/** "Payload size". @see "Quotas for configuring and running an HTTP API", API Gateway Developer Guide */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** How often integrations' timeouts are looked at. */
const SWEEP_INTERVAL_MS = 100;

/** The data plane of one HTTP API, to be mounted on an HTTP server of its own. */
export interface HttpGateway {
  /** For the server's `request` event: answers every request. */
  handleRequest(req: IncomingMessage, res: ServerResponse): void;
  /** Ends its timers. May be called twice. */
  stop(): void;
}

/** What is known of a request while it is worked on. */
interface Exchange {
  readonly request: HttpRequest;
  stage?: ServedStage;
  selected?: SelectedRoute;
  authorizer?: HttpAuthorizer;
}

export function createHttpGateway(options: HttpGatewayOptions): HttpGateway {
  const { api, region, accountId, clock, invoker } = options;
  const stageOf = compileStages(api.stages.map((stage) => ({ stage, throttle: createThrottle(stage) })));
  const selectRoute = compileHttpRoutes(api.routes);
  const context: InvocationContext = { invoker, clock, deadlines: new Deadlines() };
  const apiArn = `arn:aws:execute-api:${region}:${accountId}:${api.id}`;
  const authorize = createAuthorize(options, apiArn);
  const stopSweep = repeat(clock, SWEEP_INTERVAL_MS, () => context.deadlines.sweep(clock.nowMs()));

  /** The checks come in this order; AWS does not document one between them (UNCONFIRMED). */
  async function answer(exchange: Exchange, req: IncomingMessage, body: Body): Promise<HttpAnswer> {
    const { request } = exchange;
    if (options.takeQuota?.() === false) return ownAnswer('tooManyRequests', "the account's quota is used up");
    if (headBytes(req) > MAX_HEAD_BYTES) {
      return ownAnswer('headersTooLarge', `request line and header values have more than ${MAX_HEAD_BYTES} bytes`);
    }
    const found = stageOf(request.path);
    if (!found) return ownAnswer('notFound', 'there is no such stage, and no $default one');
    const { stage } = found;
    exchange.stage = stage;
    const selected = selectRoute(request.method, found.path);
    if (!selected) return ownAnswer('notFound', 'no route matches');
    exchange.selected = selected;
    const { route } = selected;
    if (!stage.throttle(route.routeKey, request.receivedAtMs)) return ownAnswer('tooManyRequests', 'throttled');
    if (body.kind === 'tooLarge') return ownAnswer('tooLong', `the body has more than ${MAX_BODY_BYTES} bytes`);
    const authorized = await authorize({ route, request, stage: stage.stage, path: found.path, req, body });
    if ('refusal' in authorized) return authorized.refusal;
    if (authorized.authorizer) exchange.authorizer = authorized.authorizer;
    const event = httpEvent({
      apiId: api.id,
      accountId,
      stage: stage.stage,
      request,
      selected,
      authorizer: exchange.authorizer,
      body: body.bytes,
    });
    const sourceArn = `${apiArn}/${stage.stage.name}/${sourceOf(route.routeKey, request.method)}`;
    return answerOf(await invokeWithin(context, route.functionArn, event, sourceArn, route.integrationTimeoutMs));
  }

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const request = httpRequest(req, options.sourceIpOf?.(req) ?? sourceAddress(req), clock.nowMs());
    const exchange: Exchange = { request };
    // Read to the end in any case: an answer in the middle of an upload would be lost in a connection reset.
    const body = await readBody(req, MAX_BODY_BYTES);
    const given = await answer(exchange, req, body);
    write(res, request, given);
    const { stage, selected } = exchange;
    options.onHttpRequest?.({
      requestId: request.requestId,
      method: request.method,
      ...(stage && { stage: stage.stage.name }),
      ...(selected && { routeKey: selected.route.routeKey }),
      statusCode: given.statusCode,
      ...(given.error && { reason: given.error.reason }),
      durationMs: clock.nowMs() - request.receivedAtMs,
    });
  }

  return {
    handleRequest(req, res) {
      handle(req, res).catch((error: unknown) => {
        // Its client is gone: nobody is left to answer.
        if (req.destroyed && !req.complete) return;
        options.onError(error);
        if (res.headersSent) res.destroy();
        else write(res, undefined, ownAnswer('internalError', 'a bug in the gateway'));
      });
    },
    stop: stopSweep,
  };
}

/** The end of a source ARN: `GET/orders/{orderId}`; of `ANY` the request's own method; `$default`. */
function sourceOf(routeKey: string, method: string): string {
  if (routeKey === '$default') return routeKey;
  const [routeMethod = '', path = ''] = routeKey.split(' ');
  return `${routeMethod === 'ANY' ? method : routeMethod}${path}`;
}

function write(res: ServerResponse, request: HttpRequest | undefined, { statusCode, headers, body }: HttpAnswer): void {
  // Neither has a body, nor a header that speaks of one.
  const isBodiless = statusCode === 204 || statusCode === 304;
  if (request) res.setHeader('apigw-requestid', request.requestId);
  for (const [name, value] of Object.entries(headers)) {
    if (!(isBodiless && name === 'content-type')) res.setHeader(name, value);
  }
  if (!isBodiless) res.setHeader('content-length', body.length);
  res.writeHead(statusCode).end(isBodiless ? undefined : body);
}

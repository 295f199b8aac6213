import type { IncomingMessage } from 'node:http';
import { PAYLOAD_LIMIT_BYTES } from '../../lambda/runtime.ts';
import type { Body } from '../../read-body.ts';
import { type InvocationContext, invokeWithin } from '../invoke-within.ts';
import { QUOTA_REASON } from '../token-bucket.ts';
import { answerOf, type HttpAnswer, ownAnswer } from './answer.ts';
import { createAuthorize } from './authorize.ts';
import { isPreflight, preflightAnswer, withCors } from './cors.ts';
import { httpEvent } from './event.ts';
import type { Exchange } from './exchange.ts';
import type { HttpGatewayOptions } from './options.ts';
import { headBytes, MAX_HEAD_BYTES } from './request.ts';
import { compileHttpRoutes } from './routes.ts';
import { compileStages } from './stages.ts';

/** "Payload size". @see "Quotas for configuring and running an HTTP API", API Gateway Developer Guide */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Finds the answer to a request, and leaves in the exchange what it has found out on the way. */
export type HandleRequest = (exchange: Exchange, req: IncomingMessage, body: Body) => Promise<HttpAnswer>;

/**
 * Makes what answers the requests of an HTTP API. The checks come in this order: the account's quota, size of the head, stage,
 * route, throttling, size of the body, authorization. AWS does not document one (UNCONFIRMED).
 */
export function createHandleRequest(options: HttpGatewayOptions, context: InvocationContext): HandleRequest {
  const { api, region, accountId, clock } = options;
  const { cors } = api;
  const stageOf = compileStages(api.stages);
  const selectRoute = compileHttpRoutes(api.routes);
  const apiArn = `arn:aws:execute-api:${region}:${accountId}:${api.id}`;
  const authorize = createAuthorize(options, apiArn);

  const handle: HandleRequest = async (exchange, req, body) => {
    const { request } = exchange;
    if (options.takeQuota?.() === false) return ownAnswer('tooManyRequests', QUOTA_REASON);
    if (headBytes(req) > MAX_HEAD_BYTES) {
      return ownAnswer('headersTooLarge', `request line and header values have more than ${MAX_HEAD_BYTES} bytes`);
    }
    const found = stageOf(request.path);
    if (!found) return ownAnswer('notFound', 'there is no such stage, and no $default one');
    const { stage, throttle } = found.stage;
    exchange.stage = found.stage;
    const selected = selectRoute(request.method, found.path);
    if (!selected) {
      // A route of ANY, or $default, takes preflights like any other request, with what it asks for: arpadt.com "Fixing up
      // CORS errors in HTTP API".
      return cors && isPreflight(request) ? preflightAnswer : ownAnswer('notFound', 'no route matches');
    }
    exchange.selected = selected;
    const { route } = selected;
    if (!throttle(route.routeKey, request.receivedAtMs)) return ownAnswer('tooManyRequests', 'throttled');
    if (body.kind === 'tooLarge') return ownAnswer('tooLong', `the body has more than ${MAX_BODY_BYTES} bytes`);
    const authorized = await authorize({ route, request, stage, path: found.path, req, body });
    if ('refusal' in authorized) return authorized.refusal;
    const { authorizer } = authorized;
    if (authorizer) exchange.authorizer = authorizer;
    const event = httpEvent({ apiId: api.id, accountId, stage, request, selected, authorizer, body: body.bytes });
    if (isTooLongForLambda(event, body.bytes)) {
      return ownAnswer('tooLong', `the event has more than the ${PAYLOAD_LIMIT_BYTES.sync} bytes that Lambda takes`);
    }
    const sourceArn = `${apiArn}/${stage.name}/${sourceOf(route.routeKey, request.method)}`;
    const askedAtMs = clock.nowMs();
    const outcome = await invokeWithin(context, route.functionArn, event, sourceArn, route.integrationTimeoutMs);
    exchange.integrationLatencyMs = clock.nowMs() - askedAtMs;
    return answerOf(outcome);
  };

  if (cors === undefined) return handle;
  return async (exchange, req, body) => withCors(cors, exchange.request, await handle(exchange, req, body));
}

/**
 * Lambda takes less than API Gateway does, and its limit is answered the same: koki-develop/lgtm-generator issue 10, which
 * shows a REST API (UNCONFIRMED).
 */
function isTooLongForLambda(event: object, body: Buffer): boolean {
  // A character of the body is at most six of the event's JSON.
  if (body.length * 6 <= PAYLOAD_LIMIT_BYTES.sync / 2) return false;
  return Buffer.byteLength(JSON.stringify(event)) > PAYLOAD_LIMIT_BYTES.sync;
}

/** The end of a source ARN: `GET/orders/{orderId}`; of `ANY` the request's own method; `$default`. */
function sourceOf(routeKey: string, method: string): string {
  if (routeKey === '$default') return routeKey;
  const [routeMethod = '', path = ''] = routeKey.split(' ');
  return `${routeMethod === 'ANY' ? method : routeMethod}${path}`;
}

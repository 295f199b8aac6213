import type { MiddlewareObj } from '@middy/core';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { ServiceError } from '../protocol/index.ts';
import type { ConnectionBudget, Push } from '../sessions/index.ts';
import { errorReply, errorStatus, fieldsOf, toServiceError } from './error-reply.ts';
import type { Route, WebSocketEvent, WebSocketResult } from './events.ts';
import { describeError, withInvocationScope } from './invocation-scope.ts';
import { connectionHash } from './pseudonym.ts';
import type { Telemetry } from './telemetry.ts';

export interface WebSocketHandlerDeps {
  readonly telemetry: Telemetry;
  /** Charges refusals to the connection, and closes it when its budget is used up; null: the function takes no messages. */
  readonly refusals: RefusalDeps | null;
}

export interface RefusalDeps {
  readonly budget: ConnectionBudget;
  /** Sends the answer to a connection that is closed right after it. */
  readonly push: Pick<Push, 'send'>;
}

/**
 * The handler of a function that serves routes of the WebSocket API: the middleware that every function has, around
 * the routes that this one has. A route returns its result or throws; what it throws becomes the answer.
 */
export const createWebSocketHandler = (
  { telemetry, refusals }: WebSocketHandlerDeps,
  routes: Readonly<Record<string, Route>>,
) =>
  middy<WebSocketEvent, WebSocketResult>()
    .use(withInvocationScope(telemetry, logKeys))
    .use(errorsBecomeAnswers(telemetry, refusals))
    .handler(async (event) => {
      const route = routes[event.requestContext.routeKey];
      if (!route) throw new Error(`This function has no route ${event.requestContext.routeKey}`);
      return route(event);
    });

const logKeys = ({ requestContext: { routeKey, requestId, connectionId } }: WebSocketEvent) => ({
  route: routeKey,
  requestId,
  connection: connectionHash(connectionId),
});

type Middleware = MiddlewareObj<WebSocketEvent, WebSocketResult, Error, Context>;

/**
 * - at the handshake: the status, which is all that a client can see of a refusal
 * - on a message: the reply, as the body of a success; only so does API Gateway hand it to the client
 * - at the end of a connection: nothing; nobody listens
 */
function errorsBecomeAnswers({ logger, error: countError }: Telemetry, refusals: RefusalDeps | null): Middleware {
  return {
    onError: async (request) => {
      const { event, context } = request;
      const error = toServiceError(request.error, context.awsRequestId);
      if (request.error instanceof ServiceError && error.code !== 'SERVICE_UNAVAILABLE') {
        logger.info('Refused', { code: error.code, fields: fieldsOf(error) });
      } else {
        logger.error('Failed', { code: error.code, error: describeError(request.error) });
      }
      countError(error.code);
      const { eventType } = event.requestContext;
      if (eventType === 'CONNECT') request.response = { statusCode: errorStatus(error) };
      else if (eventType === 'DISCONNECT') request.response = { statusCode: 200 };
      else request.response = await answerMessage(event, error, refusals);
    },
  };

  async function answerMessage(
    event: WebSocketEvent,
    error: ServiceError,
    refusals: RefusalDeps | null,
  ): Promise<WebSocketResult> {
    const { connectionId, connectedAt } = event.requestContext;
    const verdict = await refusals?.budget.charge({ connectionId, connectedAt, error });
    const reply = errorReply(verdict?.error ?? error, event.body, Date.now());
    if (!refusals || !verdict?.isClosed) return { statusCode: 200, body: JSON.stringify(reply) };
    // Posted: a route response would come after the socket is closed. Whether it arrives or not, the socket closes.
    logger.warn('Closing the connection', { code: verdict.error.code });
    await refusals.push.send(connectionId, reply).catch(() => false);
    // The next refused message closes it, if this fails.
    await refusals.budget.close(connectionId).catch((reason: unknown) => {
      logger.error('The connection could not be closed', { error: describeError(reason) });
    });
    return { statusCode: 200 };
  }
}

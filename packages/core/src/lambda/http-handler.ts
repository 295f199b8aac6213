import type { MiddlewareObj } from '@middy/core';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { ServiceError } from '../protocol/index.ts';
import { fieldsOf, toServiceError } from './error-reply.ts';
import type { HttpEvent, HttpResult, HttpRoute } from './http-events.ts';
import { describeError, withInvocationScope } from './invocation-scope.ts';
import { problemResult } from './problem.ts';
import type { Telemetry } from './telemetry.ts';

export interface HttpHandlerDeps {
  readonly telemetry: Telemetry;
}

/**
 * The handler of a function that serves routes of the HTTP API: the middleware that every function has, around the
 * routes that this one has. A route returns its result or throws; what it throws becomes `application/problem+json`.
 * @param routes by API Gateway's route key, e.g. `GET /sessions/{sessionId}`
 */
export const createHttpHandler = ({ telemetry }: HttpHandlerDeps, routes: Readonly<Record<string, HttpRoute>>) =>
  middy<HttpEvent, HttpResult>()
    .use(withInvocationScope(telemetry, logKeys))
    .use(errorsBecomeProblems(telemetry))
    .handler(async (event) => {
      const route = routes[event.routeKey];
      if (!route) throw new Error(`This function has no route ${event.routeKey}`);
      return route(event);
    });

/** The route and not the path: a session ID in a path is logged by what knows that it is one. No address, no agent. */
const logKeys = ({ routeKey, requestContext: { requestId } }: HttpEvent) => ({ route: routeKey, requestId });

type Middleware = MiddlewareObj<HttpEvent, HttpResult, Error, Context>;

const errorsBecomeProblems = ({ logger, error: countError }: Telemetry): Middleware => ({
  onError: (request) => {
    const error = toServiceError(request.error, request.context.awsRequestId);
    if (request.error instanceof ServiceError && error.code !== 'SERVICE_UNAVAILABLE') {
      logger.info('Refused', { code: error.code, fields: fieldsOf(error) });
    } else {
      logger.error('Failed', { code: error.code, error: describeError(request.error) });
    }
    countError(error.code);
    request.response = problemResult(error);
  },
});

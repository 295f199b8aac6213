export { address, ConfigurationError, decimal, readConfig, text, wholeNumber } from './config.ts';
export { toServiceError } from './error-reply.ts';
export {
  authorizerContext,
  header,
  identityOf,
  type RequestContext,
  type Route,
  type WebSocketEvent,
  type WebSocketResult,
} from './events.ts';
export { parseBody, parseQuery } from './http-body.ts';
export {
  callerArn,
  type HttpAuthorizer,
  type HttpEvent,
  type HttpRequestContext,
  type HttpResult,
  type HttpRoute,
  isHttpEvent,
  jsonResult,
  pathParameter,
} from './http-events.ts';
export { createHttpHandler, type HttpHandlerDeps } from './http-handler.ts';
export { describeError, logFailures, withInvocationScope } from './invocation-scope.ts';
export { type MessageOptions, onMessage } from './on-message.ts';
export { PROBLEM_TYPE_PREFIX, problemResult } from './problem.ts';
export { addressHash, connectionHash } from './pseudonym.ts';
export { hoursToMs, minutesToMs, pickSettings, secondsToMs, settings } from './settings.ts';
export { systemClock, systemSleep } from './system-clock.ts';
export { createTelemetry, type LatencyMetric, nameOf, type Telemetry } from './telemetry.ts';
export { createWebSocketHandler, type RefusalDeps, type WebSocketHandlerDeps } from './web-socket-handler.ts';

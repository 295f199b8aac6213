import { Interest } from '../lambda/interest.ts';
import type { InvocationOutcome } from '../lambda/invoker.ts';
import type { Route } from '../stack/model.ts';
import type { Connection } from './connection.ts';
import { type GatewayContext, invokeRoute, reportError } from './context.ts';
import { messageEvent } from './events.ts';
import { type ErrorFrameMessage, errorFrame } from './frames.ts';
import { newId } from './ids.ts';
import { isRecord } from './policy.ts';

/** What the client gets for a message. */
type Answer =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'response'; readonly body: string }
  | { readonly kind: 'error'; readonly message: ErrorFrameMessage };

/**
 * Handles one text message of a client. Each is an invocation of its own, so the messages of a connection may overtake
 * one another, as they may in AWS.
 */
export function receiveMessage(context: GatewayContext, connection: Connection, body: string): void {
  const { clock, options } = context;
  const nowMs = clock.nowMs();
  connection.lastActiveAtMs = nowMs;
  const requestId = newId();
  const route = routeOf(context, body);

  const answer = (given: Answer) => {
    if (given.kind === 'response') connection.send(given.body, clock.nowMs());
    if (given.kind === 'error') connection.send(errorFrame(given.message, connection.id, requestId), clock.nowMs());
    connection.readOnlyWhileItReads(context.limits.sendBufferBytes);
    options.onMessage?.({
      connectionId: connection.id,
      stage: connection.facts.stage,
      requestId,
      ...(route && { routeKey: route.routeKey }),
      durationMs: clock.nowMs() - nowMs,
      answer: given.kind === 'error' ? given : { kind: given.kind },
    });
  };

  // As a throttled route does (UNCONFIRMED).
  if (options.takeQuota?.() === false) {
    answer({ kind: 'error', message: 'Too Many Requests' });
    return;
  }
  if (route === undefined) {
    answer({ kind: 'error', message: 'Forbidden' });
    return;
  }
  if (!connection.stage.throttle(route.routeKey, nowMs)) {
    answer({ kind: 'error', message: 'Too Many Requests' });
    return;
  }

  const message = { routeKey: route.routeKey, requestId, messageId: newId(), body };
  const event = messageEvent(connection.facts, message, connection.stage.stage.variables, nowMs);
  // AWS has begun it long before the connection ends, so it is run then, too; but others are still waiting.
  const interest = new Interest(() => !connection.ended);
  invokeRoute(context, route, connection.stage, event, interest)
    .then((outcome) => answer(answerTo(outcome, route, context.limits.messageBytes)))
    .catch((error: unknown) => reportError(context, error));
}

/**
 * The route that the message selects, else `$default`. Keys that start with `$` are API Gateway's own: that a message cannot
 * select them by name is UNCONFIRMED, but custom keys cannot start with it.
 */
function routeOf({ options, selectRoute }: GatewayContext, body: string): Route | undefined {
  const { routes } = options.api;
  const key = selectRoute(body);
  const selected = key === undefined || key.startsWith('$') ? undefined : routes.get(key);
  return selected ?? routes.get('$default');
}

/** @see facts page, sections 4 and 5 */
function answerTo(outcome: InvocationOutcome | 'integrationTimeout', route: Route, messageBytes: number): Answer {
  if (outcome === 'integrationTimeout') return { kind: 'error', message: 'Endpoint request timed out' };
  // Timed out by itself, throttled: UNCONFIRMED, like every other failure.
  if (outcome.kind !== 'returned') return { kind: 'error', message: 'Internal server error' };
  if (!route.hasRouteResponse || !isRecord(outcome.payload)) return { kind: 'nothing' };
  // The status does not matter, and a missing or empty body sends nothing (UNCONFIRMED). Base64 is sent as it is (UNCONFIRMED).
  const { body } = outcome.payload;
  if (typeof body !== 'string' || body === '') return { kind: 'nothing' };
  // A body too long for a message: UNCONFIRMED.
  if (body.length > messageBytes / 4 && Buffer.byteLength(body) > messageBytes) {
    return { kind: 'error', message: 'Internal server error' };
  }
  return { kind: 'response', body };
}

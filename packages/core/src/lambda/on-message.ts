import type * as z from 'zod/mini';
import { parseMessage, type ServerMessage } from '../protocol/index.ts';
import type { Route, WebSocketEvent } from './events.ts';
import type { LatencyMetric, Telemetry } from './telemetry.ts';

export interface MessageOptions {
  /** Records how long the client waited for the reply. */
  readonly latency?: LatencyMetric;
}

/**
 * A route for one kind of message: parses it, and makes the returned message the reply, with the `requestId` of the
 * message.
 */
export function onMessage<S extends z.core.$ZodType<{ requestId?: string | undefined }>>(
  { logger, latency }: Telemetry,
  schema: S,
  handle: (message: z.core.output<S>, event: WebSocketEvent) => Promise<ServerMessage>,
  options: MessageOptions = {},
): Route {
  return async (event) => {
    const message = parseMessage(schema, event.body ?? '');
    const reply = await handle(message, event);
    if ('sessionId' in reply) logger.appendKeys({ sessionId: reply.sessionId });
    logger.info('Replied', { type: reply.type });
    if (options.latency) latency(options.latency, Math.max(0, Date.now() - event.requestContext.requestTimeEpoch));
    const { requestId } = message;
    return { statusCode: 200, body: JSON.stringify({ ...reply, ...(requestId === undefined ? {} : { requestId }) }) };
  };
}

import type { Connection, ServedStage } from './connection.ts';
import { type GatewayContext, invokeRoute, reportError } from './context.ts';
import { type ConnectionFacts, disconnectEvent } from './events.ts';
import { newId } from './ids.ts';

/** How connections end, and what `$disconnect` is told then. @see facts page, sections 2.4 and 7 */
export const ENDINGS = {
  goingAway: { statusCode: 1001, reason: 'Going away' },
  deleted: { statusCode: 1000, reason: 'Connection Closed Normally' },
  /** The reasons of these two are UNCONFIRMED: none. */
  binary: { statusCode: 1003, reason: '' },
  tooLarge: { statusCode: 1009, reason: '' },
} as const;

/** Closes a connection from our side. It ends at once, whether or not the client answers the close frame. */
export function closeConnection(
  context: GatewayContext,
  connection: Connection,
  { statusCode, reason }: { readonly statusCode: number; readonly reason: string },
): void {
  if (connection.ended) return;
  connection.socket.close(statusCode, reason);
  endConnection(context, connection, statusCode, reason);
}

/** The socket has closed. Does nothing if the connection ended from our side before. */
export function socketClosed(context: GatewayContext, connection: Connection, code: number, reason: string): void {
  const statusCode = connection.protocolErrorCode ?? code;
  const noCode = statusCode === 1005;
  endConnection(context, connection, statusCode, noCode ? 'Client-side close frame status not set' : reason);
}

/** Takes the connection out, and delivers its `$disconnect`: exactly once, unless the fate decided on says otherwise. */
function endConnection(context: GatewayContext, connection: Connection, statusCode: number, reason: string): void {
  if (connection.ended) return;
  connection.ended = true;
  context.connections.delete(connection.id);
  context.options.onDisconnect?.({ ...connection.info(), statusCode, reason });
  deliverDisconnect(context, connection, { statusCode, reason });
}

/** Best effort, result ignored, no order with running messages: as in AWS. */
export function deliverDisconnect(
  context: GatewayContext,
  { facts, stage }: { readonly facts: ConnectionFacts; readonly stage: ServedStage },
  end: { readonly statusCode: number; readonly reason: string },
): void {
  const { options, clock } = context;
  const route = options.api.routes.get('$disconnect');
  if (route === undefined || context.stopped) return;
  const event = disconnectEvent(facts, { ...end, requestId: newId() }, stage.stage.variables, clock.nowMs());
  const deliver = () => {
    if (context.stopped) return;
    invokeRoute(context, route, stage, event)
      .catch((error: unknown) => reportError(context, error))
      .finally(() => options.onDisconnectDelivered?.(facts.connectionId));
  };
  const fate = options.deliverDisconnect?.(event) ?? 'deliver';
  if (fate === 'lose') return;
  if (typeof fate === 'object') {
    clock.setTimer(deliver, fate.delayMs);
    return;
  }
  deliver();
  if (fate === 'duplicate') deliver();
}

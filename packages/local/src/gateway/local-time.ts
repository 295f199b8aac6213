import type { Clock } from '../clock.ts';
import type { Connection } from './connection.ts';
import type { GatewayContext } from './context.ts';

/**
 * A client that offers this subprotocol is told how fast the stack's time runs: at first and after every change, as
 * `{"localTime":{"nowMs":…,"scale":…}}`. API Gateway has nothing like it; a client that does not ask gets nothing.
 */
export const LOCAL_TIME_SUBPROTOCOL = 'local-time.v1';

/** Whether a handshake's `Sec-WebSocket-Protocol` asks for it. */
export const asksForLocalTime = (offered: string | undefined): boolean =>
  offered?.split(',').some((name) => name.trim() === LOCAL_TIME_SUBPROTOCOL) === true;

/** Tells a connection's client, past the application: the message counts neither as activity nor as a message. */
export function tellLocalTime({ clock }: Pick<GatewayContext, 'clock'>, { socket, ended }: Connection): void {
  if (!ended) socket.send(localTime(clock), { binary: false });
}

/** Tells every client that asked for it, after each change of the clock. @returns ends it */
export function tellLocalTimeChanges(context: GatewayContext): () => void {
  const { clock, connections } = context;
  return (
    clock.shared?.onChange(() => {
      for (const connection of connections.values()) {
        if (connection.followsLocalTime) tellLocalTime(context, connection);
      }
    }) ?? (() => {})
  );
}

const localTime = (clock: Clock): string =>
  JSON.stringify({ localTime: { nowMs: clock.nowMs(), scale: clock.scale ?? 1 } });

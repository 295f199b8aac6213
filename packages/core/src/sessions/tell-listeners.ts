import type { ServerMessage } from '../protocol/index.ts';
import { holdsPlace } from './model.ts';
import type { ConnectionRepository, Meter, Push, SessionRepository } from './ports.ts';

export interface TellListenersDeps {
  readonly sessions: Pick<SessionRepository, 'removeListener'>;
  readonly connections: Pick<ConnectionRepository, 'listenerPages' | 'remove'>;
  readonly push: Pick<Push, 'fanOut'>;
  readonly meter: Meter;
}

/**
 * Sends one message to every listener of a live session. Listeners who turn out to be gone lose their place.
 * @returns how many places that were
 */
export async function tellListeners(
  sessionId: string,
  message: ServerMessage,
  { sessions, connections, push, meter }: TellListenersDeps,
): Promise<number> {
  let places = 0;
  for await (const page of connections.listenerPages(sessionId)) {
    const listeners = page.map(({ connectionId }) => connectionId);
    const report = await push.fanOut(listeners, message);
    meter.fanOut(report);
    for (const connectionId of report.gone) {
      const removed = await connections.remove(connectionId);
      if (removed && holdsPlace(removed)) {
        await sessions.removeListener(removed.sessionId);
        places++;
      }
    }
  }
  return places;
}

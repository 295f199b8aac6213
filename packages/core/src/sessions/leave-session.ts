import type { Departure } from './close-codes.ts';
import type { Connection } from './model.ts';
import type { Clock, ConnectionRepository, SessionRepository } from './ports.ts';
import { releasePlace } from './release-place.ts';

export interface LeaveSessionDeps {
  readonly sessions: Pick<SessionRepository, 'releasePlace' | 'removeSpeaker'>;
  readonly connections: Pick<ConnectionRepository, 'removeSpeaker'>;
  readonly clock: Clock;
  readonly settings: {
    /** How long a session waits for its speaker to come back; 0 ends it at once. */
    readonly speakerGraceMs: number;
  };
}

/**
 * Removes a connection together with what it held: a listener's place, or a speaker's session, which is then interrupted
 * or ended. One transaction; a duplicate or late call finds nothing and changes nothing.
 */
export function createLeaveSession({ sessions, connections, clock, settings }: LeaveSessionDeps) {
  return async (connection: Connection, departure: Departure): Promise<void> => {
    if (connection.role === 'listener') {
      await releasePlace(connection, sessions);
      return;
    }
    const nowMs = clock.nowMs();
    const isOver = departure === 'goodbye' || settings.speakerGraceMs === 0;
    const outcome = await sessions.removeSpeaker({
      speaker: connection,
      session: isOver
        ? { state: 'ended', endedAt: nowMs, endReason: departure === 'goodbye' ? 'speakerLeft' : 'speakerLost' }
        : { state: 'interrupted', interruptedAt: nowMs },
    });
    // The session is another connection's now, or has ended: this one's end means nothing to it.
    if (outcome === 'movedOn') await connections.removeSpeaker(connection.connectionId);
  };
}
export type LeaveSession = ReturnType<typeof createLeaveSession>;

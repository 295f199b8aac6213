import type { createEndSession } from './end-session.ts';
import { type Connection, holdsPlace } from './model.ts';
import type { Clock, ConnectionRepository, Meter, Push, SessionRepository } from './ports.ts';
import { tellListeners } from './tell-listeners.ts';
import type { TellSpeaker } from './tell-speaker.ts';

/** How a connection ended: `clean` when its owner closed it on purpose. */
export type Departure = 'clean' | 'lost';

export interface LeaveSessionDeps {
  readonly sessions: SessionRepository;
  readonly connections: ConnectionRepository;
  readonly push: Push;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly endSession: ReturnType<typeof createEndSession>;
  readonly tellSpeaker: TellSpeaker;
  readonly settings: {
    /** How long a session waits for its speaker to come back; 0 ends it at once. */
    readonly speakerGraceMs: number;
  };
}

/**
 * What follows from a connection that is no longer there and has just been removed from the table. Whoever removed
 * it calls this, once: so a duplicate or late `$disconnect` changes nothing.
 */
export function createLeaveSession(deps: LeaveSessionDeps) {
  const { sessions, clock, endSession, tellSpeaker, settings } = deps;

  return async (connection: Connection, departure: Departure): Promise<void> => {
    const { sessionId, connectionId } = connection;
    if (connection.role === 'listener') {
      const session = holdsPlace(connection) ? await sessions.removeListener(sessionId) : undefined;
      if (session) await tellSpeaker(session, { given: { connectionId } });
      return;
    }
    // Both only if it is still *the* speaker's connection: after a refresh, the old one's end means nothing.
    if (departure === 'clean' || settings.speakerGraceMs === 0) {
      const reason = departure === 'clean' ? 'speakerLeft' : 'speakerLost';
      await endSession({ sessionId, reason, only: { speakerConnectionId: connectionId }, speaker: 'gone' });
      return;
    }
    await interrupt(sessionId, connectionId);
  };

  async function interrupt(sessionId: string, connectionId: string): Promise<void> {
    const session = await sessions.markSpeakerLost({ sessionId, connectionId, nowMs: clock.nowMs() });
    if (session === undefined) return;
    const graceSeconds = settings.speakerGraceMs / 1000;
    await tellListeners(sessionId, { type: 'sessionInterrupted', sessionId, graceSeconds }, deps);
  }
}

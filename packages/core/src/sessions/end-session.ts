import { setTimeout as delay } from 'node:timers/promises';
import type { EndReason, ServerMessageOf } from '../protocol/index.ts';
import type { Clock, ConnectionRepository, FanOutReport, Meter, Push, SessionRepository } from './ports.ts';

/** The index follows the table within a fraction of a second; what is missing after these pauses, the sweeper tells. */
const PAUSES_BEFORE_QUERYING_AGAIN_MS = [50, 200, 750];

export interface EndSessionDeps {
  readonly sessions: SessionRepository;
  readonly connections: ConnectionRepository;
  readonly push: Push;
  readonly meter: Meter;
  readonly clock: Clock;
}

export interface SessionEnding {
  readonly sessionId: string;
  readonly reason: EndReason;
  /** What must still be true of the session for it to end. */
  readonly only?: { speakerConnectionId?: string; speakerLostAt?: number; expiredBy?: number };
  /**
   * What becomes of the speaker's connection: it asked for the end and gets the reply; it is gone, and so is its item;
   * or it is told like the listeners.
   */
  readonly speaker: 'asked' | 'gone' | 'tell';
}

/**
 * Ends a session, then tells its listeners. The record closes first: a listener who joins in between finds the
 * session ended, instead of waiting for a message that has already gone out. The index that lists the listeners is
 * eventually consistent, so it is asked again until as many were told as the session had counted.
 * @returns false if the session had already ended, or `only` did not hold; nothing is sent then
 */
export function createEndSession({ sessions, connections, push, meter, clock }: EndSessionDeps) {
  return async ({ sessionId, reason, only, speaker }: SessionEnding): Promise<boolean> => {
    const before = await sessions.end({ sessionId, reason, nowMs: clock.nowMs(), ...(only ? { only } : {}) });
    if (before === undefined) return false;

    const message: ServerMessageOf<'sessionEnded'> = { type: 'sessionEnded', sessionId, reason };
    if (speaker === 'tell') await push.fanOut([before.speakerConnectionId], message);
    await tellListeners(message, before.listenerCount);
    if (speaker !== 'gone') await connections.remove(before.speakerConnectionId);
    return true;
  };

  async function tellListeners(message: ServerMessageOf<'sessionEnded'>, expected: number): Promise<void> {
    const asked = new Set<string>();
    for (const pauseMs of [0, ...PAUSES_BEFORE_QUERYING_AGAIN_MS]) {
      if (pauseMs > 0) await delay(pauseMs);
      for await (const page of connections.listenerPages(message.sessionId)) {
        const listed = page.map(({ connectionId }) => connectionId);
        const fresh = listed.filter((connectionId) => !asked.has(connectionId));
        for (const connectionId of fresh) asked.add(connectionId);
        const report = await push.fanOut(fresh, message);
        meter.fanOut(report);
        // Those that could not be told keep their item: the sweeper finds it and tries again.
        await connections.removeAll(told(report));
      }
      if (asked.size >= expected) return;
    }
  }
}

const told = ({ delivered, gone }: FanOutReport): string[] => [...delivered, ...gone];

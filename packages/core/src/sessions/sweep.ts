import type { createEndSession } from './end-session.ts';
import type { createLeaveSession } from './leave-session.ts';
import { type Connection, holdsPlace, type Session } from './model.ts';
import type { Clock, ConnectionRepository, Meter, Push, SessionRepository } from './ports.ts';
import { isLive } from './session-rules.ts';
import { statusOf } from './session-status.ts';
import { createVerifySession, hasItsSpeaker } from './verify-session.ts';

export interface SweepDeps {
  readonly sessions: SessionRepository;
  readonly connections: ConnectionRepository;
  readonly push: Push;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly endSession: ReturnType<typeof createEndSession>;
  readonly leaveSession: ReturnType<typeof createLeaveSession>;
  readonly settings: {
    readonly heartbeatTimeoutMs: number;
    readonly speakerGraceMs: number;
    /** How long a mismatch must last before it is mended: longer than any function runs, so that none is in flight. */
    readonly reconcileAfterMs: number;
  };
}

export interface SweepReport {
  silent: number;
  ended: number;
  mended: number;
  orphans: number;
}

/**
 * Repairs what crashes, lost `$disconnect`s and expired times have left behind. Every step is conditional and can be
 * repeated, so overlapping sweeps do no harm.
 */
export function createSweep(deps: SweepDeps) {
  const { sessions, connections, push, meter, clock, endSession, leaveSession, settings } = deps;
  const verifySession = createVerifySession(deps);

  return async (): Promise<SweepReport> => {
    const asOfMs = clock.nowMs();
    const report: SweepReport = { silent: 0, ended: 0, mended: 0, orphans: 0 };
    const alive = await closeSilentConnections(report);
    const places = listPlaces(alive);
    const live = await checkSessions(alive, places, report);
    await tellSpeakers(live, alive, places, asOfMs);
    meter.gauges({ activeSessions: live.length, totalListeners: [...alive.values()].filter(holdsPlace).length });
    return report;
  };

  /** @returns the connections that are left, by ID */
  async function closeSilentConnections(report: SweepReport): Promise<Map<string, Connection>> {
    const alive = new Map<string, Connection>();
    const silentSince = clock.nowMs() - settings.heartbeatTimeoutMs;
    for await (const page of connections.pages()) {
      for (const connection of page) {
        if (connection.lastHeartbeatAt > silentSince || !(await closeSilent(connection))) {
          alive.set(connection.connectionId, connection);
        } else report.silent++;
      }
    }
    return alive;
  }

  /** The item goes first: the platform then reports the closed socket as closed cleanly, and nobody must believe it. */
  async function closeSilent(connection: Connection): Promise<boolean> {
    const { connectionId, lastHeartbeatAt } = connection;
    // As it was when it was removed: it may have handed its place on after the scan saw it.
    const removed = await connections.removeIfSilentSince(connectionId, lastHeartbeatAt);
    if (removed === undefined) return false;
    await leaveSession(removed, 'lost');
    await push.close(connectionId);
    return true;
  }

  /** @returns the sessions that are live after it */
  async function checkSessions(
    alive: ReadonlyMap<string, Connection>,
    places: Places,
    report: SweepReport,
  ): Promise<Session[]> {
    const live: Session[] = [];
    const known = new Map<string, Session>();
    for await (const page of sessions.pages()) {
      for (const session of page) {
        known.set(session.sessionId, session);
        if (!session.isActive) continue;
        if (await endIfOver(session)) {
          report.ended++;
          continue;
        }
        const { length: listenerCount } = places.get(session.sessionId) ?? [];
        const isMended = await verifySession(session, listenerCount, alive);
        if (isMended) report.mended++;
        live.push(isMended ? { ...session, listenerCount } : session);
      }
    }
    for (const connection of alive.values()) {
      if (await dismissOrphan(connection, known.get(connection.sessionId))) report.orphans++;
    }
    return live;
  }

  /**
   * Every speaker, each time: to know what a speaker was told last would cost a write for each message, which is more
   * than the messages that it saves, and a message that was lost would stay lost. Those who are gone are not removed
   * here: their `$disconnect`, or their silence, is what says so.
   */
  async function tellSpeakers(
    live: readonly Session[],
    alive: ReadonlyMap<string, Connection>,
    places: Places,
    asOfMs: number,
  ): Promise<void> {
    const told = live.filter((session) => session.speakerLostAt === undefined && hasItsSpeaker(session, alive));
    await push.sendEach(
      told.map((session) => ({
        connectionId: session.speakerConnectionId,
        message: statusOf(session, places.get(session.sessionId) ?? [], asOfMs),
      })),
    );
  }

  async function endIfOver(session: Session): Promise<boolean> {
    const { sessionId, speakerLostAt } = session;
    const nowMs = clock.nowMs();
    if (!isLive(session, nowMs)) {
      return endSession({ sessionId, reason: 'expired', only: { expiredBy: nowMs }, speaker: 'tell' });
    }
    if (speakerLostAt !== undefined && speakerLostAt + settings.speakerGraceMs <= nowMs) {
      return endSession({ sessionId, reason: 'speakerLost', only: { speakerLostAt }, speaker: 'gone' });
    }
    return false;
  }

  /** A connection of a session that has ended, which the end did not reach: told now, and removed. */
  async function dismissOrphan(connection: Connection, seen: Session | undefined): Promise<boolean> {
    const { connectionId, sessionId } = connection;
    if (seen?.isActive) return false;
    // Not seen: created after the scan passed by, or gone for good. Only a strongly consistent read can tell.
    const session = seen ?? (await sessions.find(sessionId));
    if (session?.isActive) return false;
    // The end itself may still be telling its listeners.
    if (session?.endedAt !== undefined && clock.nowMs() - session.endedAt < settings.reconcileAfterMs) return false;
    if (holdsPlace(connection) || connection.role === 'speaker') {
      const { failed } = await push.fanOut([connectionId], {
        type: 'sessionEnded',
        sessionId,
        reason: session?.endReason ?? 'expired',
      });
      if (failed.length > 0) return false;
    }
    await connections.remove(connectionId);
    return true;
  }
}

/** The languages of the listeners who hold a place, by session. */
type Places = ReadonlyMap<string, readonly string[]>;

function listPlaces(alive: ReadonlyMap<string, Connection>): Places {
  const places = new Map<string, string[]>();
  for (const connection of alive.values()) {
    if (!holdsPlace(connection)) continue;
    const { sessionId, targetLanguage = '' } = connection;
    const languages = places.get(sessionId);
    if (languages) languages.push(targetLanguage);
    else places.set(sessionId, [targetLanguage]);
  }
  return places;
}

import type { Session } from '../../src/sessions/model.ts';
import type { SessionRepository } from '../../src/sessions/ports.ts';

/** What the tests may see and change beside the port. */
export interface MemorySessions extends SessionRepository {
  readonly items: Map<string, Session>;
}

/** Sessions in a map, with the promises of the port. */
export function createMemorySessions(): MemorySessions {
  const items = new Map<string, Session>();

  /** Replaces a session if the condition holds. @returns before and after */
  function change(
    sessionId: string,
    condition: (session: Session) => boolean,
    apply: (session: Session) => Session,
  ): { before: Session; after: Session } | undefined {
    const before = items.get(sessionId);
    if (before === undefined || !condition(before)) return undefined;
    const after = apply(before);
    items.set(sessionId, after);
    return { before, after };
  }
  const isLiveAt =
    (nowMs: number) =>
    ({ isActive, expiresAt }: Session) =>
      isActive && expiresAt > nowMs;

  return {
    items,
    async create(session) {
      const existing = items.get(session.sessionId);
      const isOwn =
        existing?.speakerConnectionId === session.speakerConnectionId && existing.createdAt === session.createdAt;
      if (existing !== undefined && !isOwn) return false;
      items.set(session.sessionId, session);
      return true;
    },
    async discard(sessionId, speakerConnectionId) {
      if (items.get(sessionId)?.speakerConnectionId === speakerConnectionId) items.delete(sessionId);
    },
    async find(sessionId) {
      return items.get(sessionId);
    },
    async addListener({ sessionId, nowMs, capacity }) {
      return change(
        sessionId,
        (session) => isLiveAt(nowMs)(session) && session.listenerCount < capacity,
        (session) => ({ ...session, listenerCount: session.listenerCount + 1 }),
      )?.after;
    },
    async removeListener(sessionId) {
      return change(
        sessionId,
        ({ listenerCount }) => listenerCount > 0,
        (session) => ({ ...session, listenerCount: session.listenerCount - 1 }),
      )?.after;
    },
    async claimStatusPush({ sessionId, nowMs, notAfter }) {
      return change(
        sessionId,
        (session) => isLiveAt(nowMs)(session) && (session.statusPushedAt ?? 0) <= notAfter,
        (session) => ({ ...session, statusPushedAt: nowMs }),
      )?.after;
    },
    async moveSpeaker({ sessionId, userId, connectionId, nowMs, expiresAt }) {
      return change(
        sessionId,
        (session) => isLiveAt(nowMs)(session) && session.speakerUserId === userId,
        ({ speakerLostAt: _, ...session }) => ({
          ...session,
          speakerConnectionId: connectionId,
          expiresAt,
          statusPushedAt: nowMs,
        }),
      )?.before;
    },
    async moveSpeakerBack({ sessionId, from, before: { speakerConnectionId: to, expiresAt, speakerLostAt } }) {
      change(
        sessionId,
        ({ speakerConnectionId }) => speakerConnectionId === from,
        (session) => ({
          ...session,
          speakerConnectionId: to,
          expiresAt,
          ...(speakerLostAt === undefined ? {} : { speakerLostAt }),
        }),
      );
    },
    async markSpeakerLost({ sessionId, connectionId, nowMs }) {
      return change(
        sessionId,
        (session) =>
          isLiveAt(nowMs)(session) &&
          session.speakerConnectionId === connectionId &&
          (session.speakerLostAt === undefined || session.speakerLostAt === nowMs),
        (session) => ({ ...session, speakerLostAt: nowMs }),
      )?.after;
    },
    async end({ sessionId, reason, nowMs, only = {} }) {
      return change(
        sessionId,
        (session) =>
          session.isActive &&
          (only.speakerConnectionId === undefined || session.speakerConnectionId === only.speakerConnectionId) &&
          (only.speakerLostAt === undefined || session.speakerLostAt === only.speakerLostAt) &&
          (only.expiredBy === undefined || session.expiresAt <= only.expiredBy),
        (session) => ({ ...session, isActive: false, endedAt: nowMs, endReason: reason, listenerCount: 0 }),
      )?.before;
    },
    async suspect(sessionId, suspicion) {
      change(
        sessionId,
        ({ isActive }) => isActive,
        ({ suspicion: _, ...session }) => (suspicion === undefined ? session : { ...session, suspicion }),
      );
    },
    async correctCount({ sessionId, from, to }) {
      const changed = change(
        sessionId,
        (session) => session.isActive && session.listenerCount === from,
        ({ suspicion: _, ...session }) => ({ ...session, listenerCount: to }),
      );
      return changed !== undefined;
    },
    async *pages() {
      yield [...items.values()];
    },
  };
}

import type { Session } from './model.ts';
import type { Clock, SessionRepository } from './ports.ts';

/** Sessions of one function instance, each at most a second old: hundreds of listeners beat at the same time. */
export interface SessionCache {
  find(sessionId: string): Promise<Session | undefined>;
}

const MAX_AGE_MS = 1000;
/** An instance serves one request at a time, so a handful of sessions a second; the bound is against surprises. */
const MAX_ENTRIES = 1000;

export interface SessionCacheDeps {
  readonly sessions: Pick<SessionRepository, 'find'>;
  readonly clock: Clock;
}

export function createSessionCache({ sessions, clock }: SessionCacheDeps): SessionCache {
  const entries = new Map<string, { readonly readAtMs: number; readonly session: Promise<Session | undefined> }>();
  return {
    find(sessionId) {
      const nowMs = clock.nowMs();
      const entry = entries.get(sessionId);
      if (entry && nowMs - entry.readAtMs < MAX_AGE_MS) return entry.session;
      const session = sessions.find(sessionId);
      if (entries.size >= MAX_ENTRIES) entries.clear();
      entries.set(sessionId, { readAtMs: nowMs, session });
      // A failure is not kept: the next heartbeat asks again.
      session.catch(() => entries.delete(sessionId));
      return session;
    },
  };
}

import type { MessageLog, SessionWithHeads } from './message-log.ts';
import type { Clock } from './ports.ts';

/**
 * Sessions of one function instance with the heads of some of their channels, each at most a second old: hundreds of
 * listeners beat at the same time.
 */
export interface SessionCache {
  find(sessionId: string, channels: readonly string[]): Promise<SessionWithHeads | undefined>;
}

const MAX_AGE_MS = 1000;
/** An instance serves one request at a time, so a handful of sessions and languages a second; the bound is against surprises. */
const MAX_ENTRIES = 1000;

export interface SessionCacheDeps {
  readonly messageLog: Pick<MessageLog, 'findSession'>;
  readonly clock: Clock;
}

export function createSessionCache({ messageLog, clock }: SessionCacheDeps): SessionCache {
  const entries = new Map<
    string,
    { readonly readAtMs: number; readonly found: Promise<SessionWithHeads | undefined> }
  >();
  return {
    find(sessionId, channels) {
      const nowMs = clock.nowMs();
      // The listeners of each language follow channels of their own.
      const key = [sessionId, ...channels].join('#');
      const entry = entries.get(key);
      if (entry && nowMs - entry.readAtMs < MAX_AGE_MS) return entry.found;
      const found = messageLog.findSession(sessionId, channels);
      if (entries.size >= MAX_ENTRIES) entries.clear();
      entries.set(key, { readAtMs: nowMs, found });
      // A failure is not kept: the next heartbeat asks again.
      found.catch(() => entries.delete(key));
      return found;
    },
  };
}

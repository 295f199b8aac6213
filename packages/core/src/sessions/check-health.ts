import type { Clock, SessionRepository } from './ports.ts';

/** However often somebody asks, the database is asked by one function instance no more often than this. */
const MAX_AGE_MS = 10_000;

/** No session has this ID: reading it costs the least there is. */
const NO_SESSION = 'health';

export interface CheckHealthDeps {
  readonly sessions: Pick<SessionRepository, 'find'>;
  readonly clock: Clock;
}

/**
 * Finds out whether the service can work at all: without its sessions table it cannot. An answer, good or bad, is kept
 * for ten seconds.
 * @throws {ServiceError} SERVICE_UNAVAILABLE: the database does not answer
 */
export function createCheckHealth({ sessions, clock }: CheckHealthDeps) {
  let last: { readonly askedAtMs: number; readonly answer: Promise<unknown> } | undefined;
  return async (): Promise<void> => {
    const nowMs = clock.nowMs();
    if (last === undefined || nowMs - last.askedAtMs >= MAX_AGE_MS) {
      last = { askedAtMs: nowMs, answer: sessions.find(NO_SESSION) };
    }
    await last.answer;
  };
}
export type CheckHealth = ReturnType<typeof createCheckHealth>;

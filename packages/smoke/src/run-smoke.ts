import { Cast } from './cast.ts';
import { Journal, type Operation } from './journal.ts';
import { SmokeError } from './smoke-error.ts';
import { walk } from './walk.ts';

export interface SmokeOptions {
  /** Where clients connect: `wss://<api>/<stage>`. */
  readonly url: string;
  /** A speaker's access token. */
  readonly token: string;
  readonly listeners: number;
  /** Heartbeats of everybody; between two of them the interval passes that the service asks for. */
  readonly rounds: number;
  /** How long any single step may take, milliseconds. */
  readonly timeoutMs: number;
  /** Breaks off; the session is ended all the same. */
  readonly signal?: AbortSignal;
}

export interface SmokeResult {
  /** How many answers and other facts were checked. */
  readonly checks: number;
  /** One line each; empty if all is well. */
  readonly failures: readonly string[];
  /** Of each operation, in the order in which they came. */
  readonly latenciesMs: ReadonlyMap<Operation, readonly number[]>;
}

/**
 * Takes a service through the life of a session, and checks every answer and push, field by field. It keeps to the
 * protocol's limits: a user with 50 sessions an hour and an address with 30 failed joins a minute can do it again and
 * again. Whatever happens, it waits no longer than each step may take, and leaves no session behind.
 */
export async function runSmoke(options: SmokeOptions): Promise<SmokeResult> {
  const { url, token, timeoutMs, signal } = options;
  const journal = new Journal();
  const cast = new Cast({ url, token, timeoutMs, journal });
  const walking = walk(cast, journal, options);
  walking.catch(() => {}); // handled below, unless the signal came first
  try {
    await Promise.race([walking, broken(signal)]);
  } catch (error) {
    if (!(error instanceof SmokeError)) throw error;
    journal.fail(error.message);
  } finally {
    await cast.leave();
  }
  return { checks: journal.checks, failures: journal.failures, latenciesMs: journal.latenciesMs };
}

function broken(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new SmokeError('it was broken off'));
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  return promise;
}

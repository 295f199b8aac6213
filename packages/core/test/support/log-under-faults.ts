import { createMemoryMessageLog, type MemoryTables, type StoredChannel } from '../../src/memory/index.ts';
import { ServiceError } from '../../src/protocol/index.ts';
import type { MessageLog } from '../../src/sessions/index.ts';
import type { FakeClock } from './clock.ts';

/** How long an invocation may run: then it is killed, wherever it is. */
const FUNCTION_TIMEOUT_MS = 29_000;

interface Pending {
  readonly perform: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** When the invocation began that makes this call. */
  readonly startedAt: number;
}

/** What went wrong with the log itself, whatever its users were told. */
export interface Watched {
  readonly problems: string[];
  /** The messages that count, by offset: as they were when the head reached them. */
  readonly counted: ReadonlyMap<number, unknown>;
}

/**
 * A log whose calls are performed one at a time, in an order that chance decides: any may fail before it is performed,
 * lose its answer after that, or be the last of an invocation that is killed. Time passes in small steps, and now and
 * then in one that is long enough for messages to expire.
 */
export function createLogUnderFaults(tables: MemoryTables, clock: FakeClock, random: () => number) {
  const log = createMemoryMessageLog(tables);
  const pending: Pending[] = [];
  const counted = new Map<number, unknown>();
  const problems: string[] = [];
  let isCalm = false;

  /** The log of one invocation. */
  function invocation(): MessageLog {
    const startedAt = clock.nowMs();
    const call = <T>(perform: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        pending.push({ perform, resolve: resolve as (value: unknown) => void, reject, startedAt });
      });
    return {
      ...log,
      findSession: (...given) => call(() => log.findSession(...given)),
      find: (...given) => call(() => log.find(...given)),
      append: (change) =>
        call(async () => {
          const outcome = await log.append(change);
          if (outcome === 'stored') watchAppend(change.message.offset);
          return outcome;
        }),
      keep: (change) => call(() => log.keep(change)),
      raiseHead: (change) =>
        call(async () => {
          await log.raiseHead(change);
          watchHead();
        }),
    };
  }

  const channel = (): StoredChannel | undefined => [...tables.channels.values()][0];
  const headOffset = () => channel()?.head?.head.offset ?? 0;

  function watchAppend(offset: number): void {
    if (offset <= headOffset()) problems.push(`offset ${offset} was used again: the head is at ${headOffset()}`);
  }

  function watchHead(): void {
    for (let offset = 1; offset <= headOffset(); offset++) {
      if (counted.has(offset)) continue;
      const stored = channel()?.messages.get(offset);
      if (stored === undefined) problems.push(`offset ${offset} is a gap below the head at ${headOffset()}`);
      counted.set(offset, stored?.message);
    }
  }

  /** Performs one of the pending calls, or kills an invocation. @returns false: there is none */
  async function step(): Promise<boolean> {
    clock.advance(Math.floor(random() * 200));
    if (!isCalm && random() < 0.03) clock.advance(Math.floor(random() * 90_000));
    tables.expire(clock.nowMs());
    for (let index = pending.length - 1; index >= 0; index--) {
      const { startedAt } = pending[index] as Pending;
      if (clock.nowMs() - startedAt > FUNCTION_TIMEOUT_MS) pending.splice(index, 1);
    }
    const [one] = pending.splice(Math.floor(random() * pending.length), 1);
    if (one === undefined) return false;
    const fate = isCalm ? 1 : random();
    if (fate < 0.03) one.reject(new ServiceError('SERVICE_UNAVAILABLE', 'not performed'));
    else if (fate < 0.05)
      return true; // killed before it was performed
    else {
      const result = await one.perform();
      if (fate < 0.1) one.reject(new ServiceError('SERVICE_UNAVAILABLE', 'the answer was lost'));
      else if (fate >= 0.14) one.resolve(result); // otherwise killed after it was performed
    }
    return true;
  }

  return {
    invocation,
    watched: { problems, counted } satisfies Watched,
    headOffset,
    step,
    /** Nothing fails any more, and time passes only in small steps. */
    calm() {
      isCalm = true;
    },
  };
}

import { type MemoryChange, toSessionsTableChange } from '@sessions/core/memory';
import type { NotifyChanges } from '@sessions/core/sessions';
import type { Scheduler, Source } from './scheduler.ts';

const NOTIFIER_TIMEOUT_MS = 30_000;

/** One event source mapping of the sessions table's stream. */
export interface Mapping extends Source {
  add(change: MemoryChange): void;
  readonly isEmpty: boolean;
}

export interface MappingOptions {
  readonly name: string;
  readonly notifyChanges: () => NotifyChanges;
  readonly scheduler: Scheduler;
  /** How many batches are in flight at once, of different items. */
  readonly parallelization: number;
  readonly onFailure: (error: unknown) => void;
}

interface Lane {
  readonly changes: MemoryChange[];
  isInFlight: boolean;
}

/**
 * Delivers changes at least once: those of one item in order, those of two items in any. A batch that failed comes again,
 * from the first change that failed.
 */
export function createMapping(options: MappingOptions): Mapping {
  const { name, notifyChanges, scheduler, parallelization, onFailure } = options;
  const lanes = new Map<string, Lane>();
  let inFlight = 0;
  let waiting = 0;
  let ready = 0;

  function chooseBatch(): { changes: MemoryChange[]; used: Lane[] } {
    const changes: MemoryChange[] = [];
    const used: Lane[] = [];
    // 0: everything that waits; 1: one change of one item; 2: some of it
    const habit = scheduler.choices.draw(3);
    const free = [...lanes.values()].filter((lane) => !lane.isInFlight && lane.changes.length > 0);
    if (habit === 1) {
      const lane = free[scheduler.choices.draw(free.length)] as Lane;
      return { changes: lane.changes.slice(0, 1), used: [lane] };
    }
    for (const lane of free) {
      const count = habit === 0 ? lane.changes.length : 1 + scheduler.choices.draw(lane.changes.length);
      if (habit === 2 && changes.length > 0 && scheduler.choices.draw(2) === 1) continue;
      changes.push(...lane.changes.slice(0, count));
      used.push(lane);
    }
    return { changes: changes.sort((one, other) => one.sequence - other.sequence), used };
  }

  const mapping: Mapping = {
    name,
    priority: scheduler.choices.priority(),
    get isEmpty() {
      return waiting === 0 && inFlight === 0;
    },
    add(change) {
      const key = change.part === 'session' ? change.sessionId : placeKey(change);
      let lane = lanes.get(key);
      if (lane === undefined) {
        lane = { changes: [], isInFlight: false };
        lanes.set(key, lane);
      }
      lane.changes.push(change);
      waiting++;
      if (!lane.isInFlight) ready++;
    },
    isReady: () => ready > 0 && inFlight < parallelization,
    fire() {
      const { changes, used } = chooseBatch();
      for (const lane of used) {
        lane.isInFlight = true;
        ready -= lane.changes.length;
      }
      inFlight++;
      const release = (delivered: number) => {
        const gone = new Set(changes.slice(0, delivered));
        for (const lane of used) {
          while (lane.changes[0] !== undefined && gone.has(lane.changes[0])) {
            lane.changes.shift();
            waiting--;
          }
          lane.isInFlight = false;
          ready += lane.changes.length;
        }
        inFlight--;
      };
      scheduler.note(`stream: ${name} hands over ${changes.length} changes`);
      scheduler.spawn(
        `notifier(${name})`,
        NOTIFIER_TIMEOUT_MS,
        () =>
          notifyChanges()(
            changes.map((change) => ({
              sequenceNumber: String(change.sequence),
              change: toSessionsTableChange(change),
            })),
            onFailure,
          ),
        {
          done(first) {
            if (scheduler.takeFault(['twice'])) return release(0);
            const failedAt = changes.findIndex(({ sequence }) => String(sequence) === first);
            release(failedAt < 0 ? changes.length : failedAt);
          },
          failed(error) {
            onFailure(error);
            release(0);
          },
          crashed: () => release(0),
        },
      );
    },
  };
  return mapping;
}

const placeKey = (change: Extract<MemoryChange, { part: 'places' }>): string =>
  `${change.sessionId} ${(change.after ?? change.before)?.placeShard}`;

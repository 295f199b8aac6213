import type { Deliver, Deliverer, DeliveryTask } from '@sessions/core/sessions';
import type { Scheduler, Source } from './scheduler.ts';

const DELIVERER_TIMEOUT_MS = 60_000;
/** Lambda invokes asynchronously up to three times. */
const MAX_ATTEMPTS = 3;

export interface Tasks extends Source {
  readonly port: Deliverer;
  readonly isEmpty: boolean;
  /** Tasks that failed each time, and went to the on-failure destination. */
  readonly lost: DeliveryTask[];
}

export interface TasksOptions {
  readonly scheduler: Scheduler;
  readonly deliver: () => Deliver;
  readonly onFailure: (error: unknown) => void;
}

/** The asynchronous invocations of the `deliverer`: at least once, in any order, some of them twice. */
export function createTasks({ scheduler, deliver, onFailure }: TasksOptions): Tasks {
  const queue: { task: DeliveryTask; attempts: number }[] = [];
  const lost: DeliveryTask[] = [];
  let inFlight = 0;

  return {
    name: 'tasks',
    priority: scheduler.choices.priority(),
    lost,
    get isEmpty() {
      return queue.length === 0 && inFlight === 0;
    },
    isReady: () => queue.length > 0,
    fire() {
      const at = scheduler.choices.draw(queue.length);
      const entry = queue[at] as (typeof queue)[number];
      if (scheduler.takeFault(['twice']) === undefined) queue.splice(at, 1);
      else scheduler.note('deliverer: the same task once more, later');
      inFlight++;
      const again = (error: unknown) => {
        inFlight--;
        onFailure(error);
        if (entry.attempts + 1 < MAX_ATTEMPTS) queue.push({ task: entry.task, attempts: entry.attempts + 1 });
        else lost.push(entry.task);
      };
      scheduler.spawn(`deliverer(${entry.task.task})`, DELIVERER_TIMEOUT_MS, () => deliver()(entry.task), {
        done: () => void inFlight--,
        failed: again,
        crashed: () => again(undefined),
      });
    },
    port: {
      handOver: (task) =>
        scheduler.call('hand over', task, 'write', () => {
          queue.push({ task, attempts: 0 });
        }),
      // Only sessions of more than a thousand listeners have shares.
      run: (task) => deliver()(task),
    },
  };
}

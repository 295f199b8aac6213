import type { DeliveryTask } from '../sessions/delivery-task.ts';
import type { Deliverer, DeliveryOutcome } from '../sessions/ports.ts';

/** The `deliverer` function's queue, in memory. */
export interface MemoryDeliverer extends Deliverer {
  /** Tasks that were accepted and have not run yet; a test may repeat or reorder them. */
  readonly accepted: DeliveryTask[];
  /** Runs what was accepted, and what follows from it, until nothing is left. */
  drain(): Promise<void>;
}

/** @param runTask what one invocation of the function does */
export function createMemoryDeliverer(runTask: (task: DeliveryTask) => Promise<DeliveryOutcome>): MemoryDeliverer {
  const accepted: DeliveryTask[] = [];
  return {
    accepted,
    async handOver(task) {
      accepted.push(task);
    },
    run: (task) => runTask(task),
    async drain() {
      for (let task = accepted.shift(); task !== undefined; task = accepted.shift()) await runTask(task);
    },
  };
}

import type { LifecycleEvent } from '../sessions/lifecycle-event.ts';
import type { EventBus } from '../sessions/ports.ts';

/** An event bus in memory. */
export interface MemoryEventBus extends EventBus {
  /** Everything that was accepted, in order. */
  readonly published: LifecycleEvent[];
}

export function createMemoryEventBus(): MemoryEventBus {
  const published: LifecycleEvent[] = [];
  return {
    published,
    async publish(events) {
      published.push(...events);
    },
  };
}

import type { ServerMessage } from '../protocol/index.ts';
import type { DeliveryTask } from './delivery-task.ts';
import type { Listener } from './model.ts';
import type { ConnectionRepository, Deliverer, DeliveryOutcome } from './ports.ts';

/** Listeners that one invocation notifies: about a second of posts for one core, and 60 kB of an invocation's payload. */
export const MAX_LISTENERS_A_SHARE = 1000;
/** Shares of one message that are under way at once: 10,000 listeners in two rounds. */
const MAX_SHARES_AT_ONCE = 5;

type Share = Omit<Extract<DeliveryTask, { task: 'notifyShare' }>, 'task'>;

export interface DeliverToListenersDeps {
  readonly connections: Pick<ConnectionRepository, 'listenerPages'>;
  readonly deliverer: Pick<Deliverer, 'run'>;
  /** Notifies a share in this invocation. */
  readonly notifyShare: (share: Share) => Promise<DeliveryOutcome>;
}

export interface ToListeners {
  readonly sessionId: string;
  readonly message: ServerMessage;
  readonly remove: boolean;
}

/**
 * Sends one message to all listeners that the index lists. The listeners of a large session are shared out over further
 * invocations, so that none has to live long.
 * @returns the sum over all shares
 * @throws whatever a share throws, once all others are done
 */
export function createDeliverToListeners({ connections, deliverer, notifyShare }: DeliverToListenersDeps) {
  return async ({ sessionId, message, remove }: ToListeners): Promise<DeliveryOutcome> => {
    const inFlight = new Set<Promise<void>>();
    const outcomes: DeliveryOutcome[] = [];
    const failures: unknown[] = [];
    let waiting: Listener[] = [];

    const start = (run: Promise<DeliveryOutcome>) => {
      const done: Promise<void> = run
        .then(
          (outcome) => void outcomes.push(outcome),
          (error) => void failures.push(error),
        )
        .finally(() => inFlight.delete(done));
      inFlight.add(done);
    };
    const shareOut = async (listeners: readonly Listener[]) => {
      if (inFlight.size >= MAX_SHARES_AT_ONCE) await Promise.race(inFlight);
      start(deliverer.run({ task: 'notifyShare', sessionId, listeners, message, remove }));
    };

    for await (const page of connections.listenerPages(sessionId)) {
      waiting.push(...page);
      while (waiting.length > MAX_LISTENERS_A_SHARE) {
        await shareOut(waiting.slice(0, MAX_LISTENERS_A_SHARE));
        waiting = waiting.slice(MAX_LISTENERS_A_SHARE);
      }
    }
    // The last share, which is the only one of most sessions, needs no further invocation.
    if (waiting.length > 0) start(notifyShare({ sessionId, listeners: waiting, message, remove }));
    await Promise.all(inFlight);
    if (failures.length > 0) throw failures[0];
    return addUp(outcomes);
  };
}
export type DeliverToListeners = ReturnType<typeof createDeliverToListeners>;

export const addUp = (outcomes: readonly DeliveryOutcome[]): DeliveryOutcome =>
  outcomes.reduce(
    (sum, { delivered, gone, failed }) => ({
      delivered: sum.delivered + delivered,
      gone: sum.gone + gone,
      failed: sum.failed + failed,
    }),
    { delivered: 0, gone: 0, failed: 0 },
  );

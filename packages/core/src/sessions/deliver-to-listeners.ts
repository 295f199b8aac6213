import type { ServerMessage } from '../protocol/index.ts';
import type { Listener } from './model.ts';
import type { NotifyShare } from './notify-share.ts';
import type { ConnectionRepository, Deliverer, DeliveryOutcome } from './ports.ts';

/** Listeners that one invocation notifies: about a second of posts for one core, and 60 kB of an invocation's payload. */
export const MAX_LISTENERS_A_SHARE = 1000;
/** Shares of one notification that are under way at once: 10,000 listeners in two rounds. */
const MAX_SHARES_AT_ONCE = 5;
/**
 * Of a published message, whose time is short: a share with one listener who is throttled or stuck takes all of it, and
 * another round would have none left. 10,000 listeners in one round.
 */
const MAX_MESSAGE_SHARES_AT_ONCE = 10;

export interface DeliverToListenersDeps {
  readonly connections: Pick<ConnectionRepository, 'listenerPages'>;
  readonly deliverer: Pick<Deliverer, 'run'>;
  /** Notifies a share in this invocation. */
  readonly notifyShare: NotifyShare;
}

export interface ToListeners {
  readonly sessionId: string;
  readonly message: ServerMessage;
  readonly remove: boolean;
  /** No post starts after it, epoch milliseconds; absent: the deliverer's own budget. */
  readonly retryUntil?: number;
  /** The listeners of this language; absent: all. */
  readonly language?: string | undefined;
}

/**
 * Sends one message to all listeners that the index lists, or to those of one language. The listeners of a large session are shared out over further
 * invocations, so that none has to live long.
 * @returns the sum over all shares
 * @throws whatever a share throws, once all others are done
 */
export function createDeliverToListeners({ connections, deliverer, notifyShare }: DeliverToListenersDeps) {
  return async ({ language, ...to }: ToListeners): Promise<DeliveryOutcome> => {
    const maxAtOnce = to.retryUntil === undefined ? MAX_SHARES_AT_ONCE : MAX_MESSAGE_SHARES_AT_ONCE;
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
      if (inFlight.size >= maxAtOnce) await Promise.race(inFlight);
      start(deliverer.run({ task: 'notifyShare', ...to, listeners }));
    };

    for await (const page of connections.listenerPages(to.sessionId, language)) {
      waiting.push(...page);
      while (waiting.length > MAX_LISTENERS_A_SHARE) {
        await shareOut(waiting.slice(0, MAX_LISTENERS_A_SHARE));
        waiting = waiting.slice(MAX_LISTENERS_A_SHARE);
      }
    }
    // The last share, which is the only one of most sessions, needs no further invocation.
    if (waiting.length > 0) start(notifyShare({ ...to, listeners: waiting }));
    await Promise.all(inFlight);
    if (failures.length > 0) throw failures[0];
    return addUp(outcomes);
  };
}
export type DeliverToListeners = ReturnType<typeof createDeliverToListeners>;

/** The sum of several deliveries; the last one of all is the latest. */
export const addUp = (outcomes: readonly DeliveryOutcome[]): DeliveryOutcome => {
  const sum = (of: (outcome: DeliveryOutcome) => number) => outcomes.reduce((total, one) => total + of(one), 0);
  const times = outcomes.flatMap(({ lastDeliveredAt }) => lastDeliveredAt ?? []);
  return {
    delivered: sum(({ delivered }) => delivered),
    gone: sum(({ gone }) => gone),
    failed: sum(({ failed }) => failed),
    ...(times.length === 0 ? {} : { lastDeliveredAt: Math.max(...times) }),
  };
};

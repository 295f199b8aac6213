import { setTimeout } from 'node:timers/promises';
import type { BusEvent } from './event.ts';

export interface EventForwarderOptions {
  /** One line: nothing answers there, or it answers again and events were left out. */
  readonly onProblem: (line: string) => void;
  /** Before the first retry of an event; doubled each time. Real milliseconds. Default 100. */
  readonly firstDelayMs?: number;
  /** How long an event is retried, real milliseconds. Default 60,000. */
  readonly giveUpAfterMs?: number;
  /** Events that wait; of more, the oldest are left out. Default 1,000. */
  readonly maxWaiting?: number;
}

/** Posts events to a program outside, in order. */
export interface EventForwarder {
  forward(event: BusEvent): void;
  /** Events that were not delivered by now never are. */
  stop(): Promise<void>;
}

const LONGEST_DELAY_MS = 5000;
const ANSWER_LIMIT_MS = 10_000;

/**
 * Posts each event to a URL: the body is the event. One at a time and in order, so at least once; a program that does not
 * answer with 2xx gets the same event again, with backoff, until it is given up.
 */
export function createEventForwarder(url: string, options: EventForwarderOptions): EventForwarder {
  const { onProblem, firstDelayMs = 100, giveUpAfterMs = 60_000, maxWaiting = 1000 } = options;
  const waiting: BusEvent[] = [];
  const stopped = new AbortController();
  let sending: Promise<void> | undefined;
  let isFailing = false;
  let leftOut = 0;

  /** @returns why not */
  async function post(event: BusEvent): Promise<string | undefined> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(event),
        redirect: 'manual',
        signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
      });
      await response.body?.cancel();
      return response.ok ? undefined : `it answers ${response.status}`;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
    }
  }

  /** @returns whether it was delivered */
  async function deliver(event: BusEvent): Promise<boolean> {
    const startedAtMs = performance.now();
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
      const problem = await post(event);
      if (problem === undefined) return true;
      if (stopped.signal.aborted) return false;
      if (!isFailing) onProblem(`No event reaches ${url} (${problem}): they wait and are sent again`);
      isFailing = true;
      if (performance.now() - startedAtMs + delayMs > giveUpAfterMs) return false;
      await setTimeout(delayMs, undefined, { signal: stopped.signal }).catch(() => {}); // stopped
      if (stopped.signal.aborted) return false;
    }
  }

  async function sendAll(): Promise<void> {
    for (let event = waiting.shift(); event !== undefined && !stopped.signal.aborted; event = waiting.shift()) {
      if (!(await deliver(event))) leftOut++;
      else if (isFailing) {
        isFailing = false;
        onProblem(`Events reach ${url} again${leftOut > 0 ? ` (left out: ${leftOut})` : ''}`);
        leftOut = 0;
      }
    }
    sending = undefined;
  }

  return {
    forward(event) {
      if (stopped.signal.aborted) return;
      waiting.push(event);
      if (waiting.length > maxWaiting) {
        waiting.shift();
        leftOut++;
      }
      sending ??= sendAll();
    },
    async stop() {
      stopped.abort();
      waiting.length = 0;
      await sending;
    },
  };
}

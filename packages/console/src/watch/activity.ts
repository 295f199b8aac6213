import type { FeedEvent } from '@sessions/local/page';
import { describeEvent } from './describe-event.ts';

/** How far back the plots go. */
export const SECONDS_SHOWN = 60;
const EVENTS_KEPT = 80;

/** One second of what happened. */
interface Second {
  messages: number;
  readonly latenciesMs: number[];
}

/** What the plots and counters show. Series are by second, oldest first, the second that runs not included. */
export interface ActivitySummary {
  readonly messagesPerSecond: readonly number[];
  /** undefined where nothing was sent */
  readonly p50Ms: readonly (number | undefined)[];
  readonly p95Ms: readonly (number | undefined)[];
  readonly errorsByCode: readonly (readonly [code: string, count: number])[];
  readonly awsCalls: number;
  readonly awsFailures: number;
  readonly invocations: number;
  readonly functionFailures: number;
  readonly faults: number;
  /** Newest first. */
  readonly events: readonly NumberedEvent[];
  /** Those that went wrong, newest first: the others would soon push them out of sight. */
  readonly failures: readonly NumberedEvent[];
}

export interface NumberedEvent {
  readonly number: number;
  readonly event: FeedEvent;
}

/** Adds up what the stack tells of itself. Knows real time only by what it is given. */
export class Activity {
  readonly #seconds = new Map<number, Second>();
  readonly #errors = new Map<string, number>();
  #events: NumberedEvent[] = [];
  #failures: NumberedEvent[] = [];
  #count = 0;
  #awsCalls = 0;
  #awsFailures = 0;
  #invocations = 0;
  #functionFailures = 0;
  #faults = 0;

  /**
   * @param nowSeconds of real time, whole or not
   * @param scale of the stack's clock: its durations are shown in real milliseconds
   */
  add(events: readonly FeedEvent[], nowSeconds: number, scale: number): void {
    for (const event of events) this.#addOne(event, Math.floor(nowSeconds), scale);
    for (const second of this.#seconds.keys()) {
      if (second < nowSeconds - SECONDS_SHOWN - 1) this.#seconds.delete(second);
    }
  }

  #addOne(event: FeedEvent, second: number, scale: number): void {
    if (event.type === 'log') {
      this.#addLog(event.fields);
      return;
    }
    const numbered = { number: ++this.#count, event };
    this.#events = [numbered, ...this.#events].slice(0, EVENTS_KEPT);
    if (describeEvent(event)?.isBad) this.#failures = [numbered, ...this.#failures].slice(0, EVENTS_KEPT);
    if (event.type === 'message') {
      const bucket = this.#seconds.get(second) ?? { messages: 0, latenciesMs: [] };
      this.#seconds.set(second, bucket);
      bucket.messages++;
      bucket.latenciesMs.push(event.durationMs / scale);
      if (event.error !== undefined) this.#countError(event.error);
    } else if (event.type === 'awsCall') {
      this.#awsCalls++;
      if ((event.statusCode ?? 500) >= 400) this.#awsFailures++;
    } else if (event.type === 'invocation') {
      this.#invocations++;
      if (event.outcome !== 'returned') this.#functionFailures++;
    } else if (event.type === 'fault') {
      this.#faults++;
    } else if (event.type === 'refused') {
      this.#countError(`handshake ${event.statusCode}`);
    }
  }

  /** Functions count the errors they answer with in CloudWatch's embedded format, one line each. */
  #addLog(fields: Readonly<Record<string, unknown>>): void {
    if ('ConnectionErrors' in fields && typeof fields.code === 'string') this.#countError(fields.code);
  }

  #countError(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  summary(nowSeconds: number): ActivitySummary {
    const first = Math.floor(nowSeconds) - SECONDS_SHOWN;
    const seconds = Array.from({ length: SECONDS_SHOWN }, (_, index) => this.#seconds.get(first + index));
    return {
      messagesPerSecond: seconds.map((second) => second?.messages ?? 0),
      p50Ms: seconds.map((second) => percentile(second?.latenciesMs, 0.5)),
      p95Ms: seconds.map((second) => percentile(second?.latenciesMs, 0.95)),
      errorsByCode: [...this.#errors].sort(([, one], [, other]) => other - one),
      awsCalls: this.#awsCalls,
      awsFailures: this.#awsFailures,
      invocations: this.#invocations,
      functionFailures: this.#functionFailures,
      faults: this.#faults,
      events: this.#events,
      failures: this.#failures,
    };
  }
}

/** By nearest rank. */
function percentile(values: readonly number[] | undefined, share: number): number | undefined {
  if (!values || values.length === 0) return undefined;
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

import { EventEmitter, once } from 'node:events';
import type { AwsCall, EventSourceNews } from '@sessions/local';
import type { Fate, Fault } from './actions.ts';
import { invokesUnanswered } from './fault-rules.ts';
import { LATE_SECONDS } from './rules-leaving.ts';
import type { Part, StreamWork } from './stream-work.ts';

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan']);
/** The functions that hand work over and do not wait for it. */
const ASKS_FOR_LATER = /-(notifier|sweeper)$/;

/** What the platform tells of the work in flight, and what it is told about `$disconnect`s. */
export class Platform {
  fate: Fate = 'deliver';
  lastConnectionId = '';
  /** Calls that may have changed a table. */
  writes = 0;
  /** What goes wrong at the moment. */
  fault: Fault | undefined;
  #work: StreamWork | undefined;
  #pending = 0;
  /** Asynchronous invocations that were accepted, less those that are over. */
  #invocations = 0;
  #late = 0;
  readonly #ended = new Set<string>();
  readonly #changes = new EventEmitter().setMaxListeners(0);

  readonly hooks = {
    onConnection: ({ connectionId }: { connectionId: string }) => {
      this.lastConnectionId = connectionId;
    },
    onDisconnect: ({ connectionId }: { connectionId: string }) => {
      const deliveries = { deliver: 1, duplicate: 2, lose: 0, delay: 0 };
      this.#pending += deliveries[this.fate];
      if (this.fate === 'delay') this.#late++;
      this.#ended.add(connectionId);
      this.#change();
    },
    onMessage: () => {
      this.#pending--;
      this.#change();
    },
    onDisconnectDelivered: () => {
      this.#pending--;
      this.#change();
    },
    deliverDisconnect: () => (this.fate === 'delay' ? { delayMs: LATE_SECONDS * 1000 } : this.fate),
  };

  watch(work: StreamWork): void {
    this.#work = work;
  }

  onAwsCall({ service, operation, functionName, statusCode }: AwsCall): void {
    if (service === 'dynamodb' && !READS.has(operation)) this.writes++;
    if (service !== 'lambda' || operation !== 'Invoke' || !ASKS_FOR_LATER.test(functionName ?? '')) return;
    const isAccepted = statusCode === undefined ? invokesUnanswered(this.fault) : statusCode < 300;
    if (isAccepted) this.#invocations++;
    this.#change();
  }

  /** An asynchronous invocation has succeeded, or was given up. */
  invocationOver(): void {
    this.#invocations--;
    this.#change();
  }

  onEventSource(news: EventSourceNews): void {
    this.#work?.note(news);
    this.#change();
  }

  #change(): void {
    this.#changes.emit('change');
  }

  get hasLate(): boolean {
    return this.#late > 0;
  }

  faultMet(): void {
    this.#changes.emit('fault');
  }

  async nextFault(): Promise<void> {
    await once(this.#changes, 'fault');
  }

  messageSent(): void {
    this.#pending++;
  }

  lateAreDue(): void {
    this.#pending += this.#late;
    this.#late = 0;
  }

  async ended(connectionId: string): Promise<void> {
    while (!this.#ended.has(connectionId)) await once(this.#changes, 'change');
  }

  /** Every message and `$disconnect` that is due was dealt with, and all that follows from what it has changed. */
  async settled(parts: readonly Part[]): Promise<void> {
    for (;;) {
      // Registered before the look: what happens during it must not be missed.
      const changed = once(this.#changes, 'change');
      const isQuiet = this.#pending <= 0 && (await this.#isStreamDone(parts)) && this.#invocations === 0;
      if (isQuiet && this.#pending <= 0) return;
      await changed;
    }
  }

  /** What is still in flight, for a complaint. */
  inFlight(): string {
    return `${this.#pending} messages, ${this.#invocations} invocations, records ${this.#work?.left()}`;
  }

  async #isStreamDone(parts: readonly Part[]): Promise<boolean> {
    for (const part of parts) {
      if (!(await this.#work?.isDone(part))) return false;
    }
    return true;
  }
}

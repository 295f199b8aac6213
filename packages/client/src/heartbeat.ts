import type { ServerMessageOf } from '@sessions/core/protocol';
import type { Clock } from './clock.ts';
import { ConnectionFailedError, SessionsError } from './errors.ts';
import type { Transport } from './transport.ts';

export interface HeartbeatOptions {
  readonly transport: Transport;
  /** The service's, milliseconds. */
  readonly intervalMs: number;
  readonly ackTimeoutMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onAck: (ack: ServerMessageOf<'heartbeatAck'>) => void;
  /** Two acknowledgements in a row did not come: the connection is dead. */
  readonly onDead: () => void;
  /** The service answers that this connection has no place any more. */
  readonly onPlaceGone: () => void;
}

/** This many acknowledgements missed in a row, and the connection is taken for dead. */
const MAX_MISSED = 2;

/**
 * When the first heartbeat comes, or sooner if the interval is short. Its answer shows a message that was lost while the
 * place was taken; the spread keeps clients apart that came together.
 */
const FIRST_MS = { min: 2000, max: 5000 } as const;

/**
 * Keeps one connection's place. The first heartbeat comes after 2 to 5 seconds; each further one after an interval or up to a tenth more: never more often than the service
 * allows, and, were one to be lost, still well within its patience of three.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #cancelTimer = () => {};
  #isRunning = false;
  #missed = 0;
  /** When the last two were sent: the service allows two in two intervals, from when the place was taken. */
  #sentAtMs: [number, number];
  #notBeforeMs = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    const nowMs = options.clock.nowMs();
    this.#sentAtMs = [nowMs, nowMs];
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { intervalMs, random } = this.#options;
    const draw = random();
    const firstMs = FIRST_MS.min + (FIRST_MS.max - FIRST_MS.min) * draw;
    this.#schedule(Math.min(firstMs, intervalMs * (0.5 + draw / 2)));
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancelTimer();
  }

  /**
   * The network was away, or the page was: asks now whether the connection is still there, if the service's limit
   * allows one more, and does not wait for a second missed answer.
   */
  probe(): void {
    const { clock, intervalMs } = this.#options;
    const nowMs = clock.nowMs();
    if (!this.#isRunning || nowMs < Math.max(this.#sentAtMs[0] + intervalMs, this.#notBeforeMs)) return;
    this.#missed = Math.max(this.#missed, MAX_MISSED - 1);
    this.#beat();
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.setTimer(() => this.#beat(), delayMs);
  }

  #beat(): void {
    const { transport, clock, random, intervalMs } = this.#options;
    const nowMs = clock.nowMs();
    this.#sentAtMs = [this.#sentAtMs[1], nowMs];
    this.#schedule(intervalMs * (1 + random() / 10));
    transport.request({ action: 'heartbeat', sentAt: Math.floor(nowMs) }, this.#options.ackTimeoutMs).then(
      (ack) => {
        this.#missed = 0;
        if (this.#isRunning) this.#options.onAck(ack);
      },
      (error) => this.#unacknowledged(error),
    );
  }

  #unacknowledged(error: unknown): void {
    if (!this.#isRunning) return;
    if (error instanceof ConnectionFailedError) {
      this.#missed++;
      if (this.#missed >= MAX_MISSED) {
        this.stop();
        this.#options.onDead();
      }
      return;
    }
    // Any other answer says that the service is there.
    this.#missed = 0;
    if (!(error instanceof SessionsError)) return;
    if (error.code === 'NOT_IN_SESSION') {
      this.stop();
      this.#options.onPlaceGone();
    } else if (error.retryAfterSeconds !== undefined) {
      const waitMs = error.retryAfterSeconds * 1000;
      this.#notBeforeMs = this.#options.clock.nowMs() + waitMs;
      this.#schedule(Math.max(waitMs, this.#options.intervalMs));
    }
  }
}

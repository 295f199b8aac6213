import { Heartbeat, type HeartbeatOptions } from './heartbeat.ts';
import { RefreshClock, type RefreshClockOptions } from './refresh-clock.ts';
import type { Transport } from './transport.ts';

export interface ActiveConnectionOptions extends HeartbeatOptions, Pick<RefreshClockOptions, 'onDue'> {
  /** Of the token that the connection was opened with: epoch milliseconds. */
  readonly tokenExpiresAtMs: number | undefined;
}

/** The connection that has the place, with what keeps it alive and says when it is to be replaced. */
export class ActiveConnection {
  readonly transport: Transport;
  readonly refreshClock: RefreshClock;
  readonly #heartbeat: Heartbeat;
  #isAcknowledged = false;

  constructor({ tokenExpiresAtMs, onDue, ...options }: ActiveConnectionOptions) {
    const { transport, clock, random, onAck } = options;
    this.transport = transport;
    const activatedAtMs = clock.nowMs();
    this.refreshClock = new RefreshClock({ clock, random, onDue });
    if (tokenExpiresAtMs !== undefined) this.refreshClock.setTokenExpiry(tokenExpiresAtMs);
    this.#heartbeat = new Heartbeat({
      ...options,
      onAck: (ack) => {
        this.#isAcknowledged = true;
        const remainingMs = ack.connectionExpiresAt - ack.timestamp;
        this.refreshClock.set({ ageMs: clock.nowMs() - activatedAtMs, remainingMs });
        onAck(ack);
      },
    });
    this.#heartbeat.start();
  }

  /** Whether the service has confirmed it since the place was given. */
  get isAcknowledged(): boolean {
    return this.#isAcknowledged;
  }

  /** Asks now whether it is still there. */
  probe(): void {
    this.#heartbeat.probe();
  }

  /** Stops keeping it alive; the socket stays as it is. */
  stop(): void {
    this.#heartbeat.stop();
    this.refreshClock.stop();
  }
}

import { backoffDelayMs } from './backoff.ts';
import { type Clock, sleep } from './clock.ts';
import { Deduplicator } from './deduplicator.ts';
import { asError, connectionFailed, SessionsError, TokenUnavailableError } from './errors.ts';
import { Heartbeat } from './heartbeat.ts';
import { type NetworkEvents, onWake } from './network.ts';
import { isServiceMessage } from './pushes.ts';
import { RefreshClock } from './refresh-clock.ts';
import type { ServiceClock } from './service-clock.ts';
import { type StateChange, StateMachine } from './states.ts';
import type { Timing } from './timing.ts';
import { CLOSE, type Transport } from './transport.ts';
import type { OverReason, Place, Retry, SessionStatus } from './types.ts';

/** How a speaker or a listener takes a place. */
export interface Role<Entered extends Place> {
  open(signal: AbortSignal): Promise<Transport>;
  /** Takes a place for the first time. */
  enter(transport: Transport): Promise<Entered>;
  /** Takes over the place of an earlier connection. */
  resume(transport: Transport, previousConnectionId: string): Promise<Place>;
}

export interface KeeperEvents {
  readonly onState: (change: StateChange) => void;
  readonly onMessage: (message: unknown) => void;
  readonly onRetry: (retry: Retry) => void;
  readonly onInterrupted: (graceSeconds: number) => void;
  readonly onResumed: () => void;
  readonly onStatus: (status: SessionStatus) => void;
  /** Once; nothing comes after it. */
  readonly onOver: (over: { readonly reason: OverReason } | { readonly error: Error }) => void;
}

export interface KeeperOptions<Entered extends Place> {
  readonly role: Role<Entered>;
  readonly timing: Timing;
  /** This machine's: for patience with what computers and networks do. */
  readonly clock: Clock;
  /** For what the service asks for. */
  readonly serviceClock: ServiceClock;
  readonly random: () => number;
  readonly network: NetworkEvents;
  readonly events: KeeperEvents;
}

/** Keeps a place in a session, on one connection after the other, until the session or the wish for it is over. */
export class Keeper<Entered extends Place> {
  readonly #options: KeeperOptions<Entered>;
  readonly #states: StateMachine;
  readonly #life = new AbortController();
  readonly #deduplicator: Deduplicator;
  readonly #forgetNetwork: () => void;
  /** The connection that has the place; none while it is lost. */
  #current: Transport | undefined;
  /** The connection that an attempt has opened, and that has no place yet, as far as is known. */
  #attempted: Transport | undefined;
  /** Those that have handed their place on. */
  readonly #retired = new Map<Transport, () => void>();
  #connectionId = '';
  #heartbeatIntervalMs = 0;
  #heartbeat: Heartbeat | undefined;
  #refreshClock: RefreshClock | undefined;
  #isInterrupted = false;
  #cancelInterruption = () => {};
  /** A new connection is being made: nobody else may begin with that. */
  #isAcquiring = false;
  #isAcknowledged = false;
  #failures = 0;
  #lastError = connectionFailed('The connection was lost');
  #notBeforeMs = 0;
  #wake = new AbortController();
  /** Who waits for a change. */
  readonly #changed: (() => void)[] = [];

  constructor(options: KeeperOptions<Entered>) {
    this.#options = options;
    this.#states = new StateMachine(options.events.onState);
    this.#deduplicator = new Deduplicator(options.timing.overlapMs);
    this.#forgetNetwork = onWake(options.network, () => this.#lookAfter());
  }

  get state() {
    return this.#states.state;
  }

  get isOver(): boolean {
    return this.#states.isFinal;
  }

  /** The connection to send requests on. */
  get transport(): Transport | undefined {
    return this.#current;
  }

  get refreshClock(): RefreshClock | undefined {
    return this.#refreshClock;
  }

  /** A time of the service by this machine's clock. */
  localTimeMs(timeMs: number | undefined): number | undefined {
    return timeMs === undefined ? undefined : this.#options.serviceClock.localTimeMs(timeMs);
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /**
   * Makes the first connection; what may pass is tried again until the time for it is over.
   * @throws {SessionsError} the reason of the abort
   */
  async start(): Promise<Entered> {
    const { role, timing, clock, serviceClock } = this.#options;
    const { signal } = this.#life;
    const deadlineMs = clock.nowMs() + timing.connectTimeoutMs;
    for (let attempt = 0; ; attempt++) {
      try {
        const transport = await this.#open();
        const entered = await role.enter(transport);
        signal.throwIfAborted();
        this.#heartbeatIntervalMs = (entered.heartbeatIntervalSeconds ?? 30) * 1000;
        this.#adopt(transport, entered, 'joined');
        return entered;
      } catch (thrown) {
        // A goodbye: should the service have created a session, it ends at once.
        this.#dropAttempt(CLOSE.goodbye);
        if (signal.aborted) throw signal.reason;
        const error = asError(thrown);
        const delayMs = this.#delayAfter(error, attempt, timing.reconnect);
        if (delayMs === undefined || error instanceof TokenUnavailableError) throw this.#fail(error);
        const waitMs = serviceClock.localDurationMs(delayMs);
        if (clock.nowMs() + waitMs > deadlineMs) throw this.#fail(gaveUp(error));
        await sleep(serviceClock, delayMs, signal);
        if (signal.aborted) throw signal.reason;
      }
    }
  }

  /** Leaves: closes everything with a goodbye. Resolves when that is done. */
  async finish(reason: OverReason): Promise<void> {
    if (this.isOver) return;
    await this.#over('ended', reason, { reason });
  }

  /** Ends it all at once, also while it is being started. */
  abort(reason: unknown): void {
    if (this.isOver) return;
    void this.#over('ended', 'aborted', { reason: 'aborted' }, reason);
  }

  /**
   * Takes another place and leaves the one it has, without being anywhere in between.
   * @throws {SessionsError} the old place is kept, as far as it is still there
   */
  async moveTo(enter: (transport: Transport) => Promise<Place>, reason: string): Promise<void> {
    while (this.#isAcquiring || !this.#current) await this.#change();
    this.#isAcquiring = true;
    this.#states.to('refreshing', reason);
    try {
      const transport = await this.#open();
      const place = await enter(transport);
      this.#life.signal.throwIfAborted();
      this.#isAcquiring = false;
      this.#adopt(transport, place, reason, 'leave');
    } catch (error) {
      this.#isAcquiring = false;
      this.#dropAttempt(CLOSE.goodbye);
      if (!this.isOver) {
        if (this.#current) this.#settle(`${reason} failed`);
        else void this.#acquire();
      }
      throw error;
    }
  }

  /** Resolves with the next change of state. */
  async #change(): Promise<void> {
    if (this.isOver) throw this.#life.signal.reason;
    await new Promise<void>((resolve) => this.#changed.push(resolve));
    if (this.isOver) throw this.#life.signal.reason;
  }

  /** Resolves with the next connection that takes the place, or when it is over, or after a time. */
  async nextConnection(timeoutMs: number): Promise<void> {
    const waited = new AbortController();
    const change = new Promise<void>((resolve) => this.#changed.push(resolve));
    await Promise.race([change, sleep(this.#options.clock, timeoutMs, AbortSignal.any([waited.signal, this.signal]))]);
    waited.abort();
  }

  async #open(): Promise<Transport> {
    const transport = await this.#options.role.open(this.#life.signal);
    if (this.isOver) {
      void transport.close(CLOSE.goodbye);
      throw this.#life.signal.reason;
    }
    this.#attempted = transport;
    return transport;
  }

  #dropAttempt(code: number): void {
    void this.#attempted?.close(code);
    this.#attempted = undefined;
  }

  #adopt(transport: Transport, place: Place, reason: string, old: 'overlap' | 'leave' = 'overlap'): void {
    const { serviceClock, random, timing } = this.#options;
    this.#heartbeat?.stop();
    this.#refreshClock?.stop();
    if (this.#current) this.#retire(this.#current, old);
    this.#attempted = undefined;
    this.#current = transport;
    this.#connectionId = place.connectionId;
    this.#isAcknowledged = false;
    const adoptedAtMs = serviceClock.nowMs();
    const refreshClock = new RefreshClock({
      clock: serviceClock,
      random,
      onDue: () => this.#refresh('the connection is old'),
    });
    const heartbeat = new Heartbeat({
      transport,
      intervalMs: this.#heartbeatIntervalMs,
      ackTimeoutMs: timing.ackTimeoutMs,
      clock: serviceClock,
      random,
      onAck: ({ timestamp, connectionExpiresAt }) => {
        this.#isAcknowledged = true;
        if (!this.#isAcquiring) this.#failures = 0;
        const ageMs = serviceClock.nowMs() - adoptedAtMs;
        refreshClock.set({ ageMs, remainingMs: connectionExpiresAt - timestamp });
      },
      onDead: () => this.#lost(transport, 'heartbeats are not acknowledged'),
      onPlaceGone: () => this.#lost(transport, 'the service gave up the place'),
    });
    this.#refreshClock = refreshClock;
    this.#heartbeat = heartbeat;
    heartbeat.start();
    this.#settle(reason);
    transport.attach({
      onPush: (message, frame) => this.#received(transport, message, frame),
      onClose: ({ code }) => {
        this.#retired.get(transport)?.();
        this.#retired.delete(transport);
        this.#lost(transport, `the connection ended with close code ${code}`);
      },
    });
  }

  /** Back to where nothing is being done. */
  #settle(reason: string): void {
    this.#states.to(this.#isInterrupted && this.state !== 'reconnecting' ? 'interrupted' : 'live', reason);
    if (this.state === 'live') this.#isInterrupted = false;
    this.#tellChanged();
  }

  #tellChanged(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }

  /** Its place has moved: what was posted to it before still comes, and then it is closed. */
  #retire(old: Transport, how: 'overlap' | 'leave'): void {
    if (how === 'leave') {
      void old.close(CLOSE.goodbye);
      return;
    }
    const { clock, timing } = this.#options;
    const cancel = clock.setTimer(() => {
      this.#retired.delete(old);
      void old.close(CLOSE.goodbye);
    }, timing.overlapMs);
    this.#retired.set(old, cancel);
  }

  #refresh(reason: string): void {
    if (this.#isAcquiring || !this.#current || this.isOver) return;
    this.#failures = 0;
    this.#states.to('refreshing', reason);
    void this.#acquire();
  }

  #lost(transport: Transport, reason: string): void {
    if (transport !== this.#current || this.isOver) return;
    this.#heartbeat?.stop();
    this.#refreshClock?.stop();
    this.#current = undefined;
    void transport.close(CLOSE.abandoned);
    this.#lastError = connectionFailed(`Lost: ${reason}`);
    // One that was lost before it proved itself is no success: the waits go on growing.
    this.#failures = this.#isAcknowledged ? 0 : this.#failures + 1;
    this.#isInterrupted = false; // whether the speaker is back is not known from here on
    this.#cancelInterruption();
    this.#states.to('reconnecting', reason);
    if (this.#isAcquiring) this.#wake.abort();
    else void this.#acquire();
  }

  /** Makes a new connection and moves the place to it; while the old one lives, nobody notices. */
  async #acquire(): Promise<void> {
    const { role, timing, serviceClock, events } = this.#options;
    this.#isAcquiring = true;
    let isFirst = true;
    while (!this.isOver) {
      const isPlanned = this.state === 'refreshing';
      if (!isPlanned || !isFirst) {
        const options = isPlanned ? timing.refresh : timing.reconnect;
        const attempt = isPlanned ? Math.max(0, this.#failures - 1) : this.#failures;
        const backoffMs = backoffDelayMs(attempt, { ...options, random: this.#options.random });
        const delayMs = Math.max(0, this.#notBeforeMs - serviceClock.nowMs()) + backoffMs;
        const waitMs = serviceClock.localDurationMs(delayMs);
        events.onRetry({ error: this.#lastError, attempt: this.#failures, delayMs: waitMs });
        this.#wake = new AbortController();
        await sleep(serviceClock, delayMs, AbortSignal.any([this.#wake.signal, this.#life.signal]));
        // Woken: the old connection was lost meanwhile, or the network is back. Then other waits hold.
        if (this.#wake.signal.aborted) continue;
        if (this.isOver) return;
      }
      isFirst = false;
      try {
        const transport = await this.#open();
        const place = await role.resume(transport, this.#connectionId);
        if (this.isOver) return;
        this.#isAcquiring = false;
        this.#adopt(transport, place, this.state === 'refreshing' ? 'refreshed' : 'reconnected');
        return;
      } catch (thrown) {
        // No goodbye: the service may have moved a speaker's place to it without our knowing.
        this.#dropAttempt(CLOSE.abandoned);
        if (this.isOver) return;
        const error = asError(thrown);
        if (error instanceof SessionsError && error.code === 'SESSION_NOT_FOUND') {
          void this.finish('unknown');
          return;
        }
        // As long as the old connection lives there is hope; after that, what cannot be mended is final.
        const isFinal = !(error instanceof SessionsError && error.retriesByItself);
        if (isFinal && !this.#current) {
          this.#fail(error);
          return;
        }
        this.#failures++;
        this.#lastError = error instanceof SessionsError ? error : connectionFailed(error.message, error);
        this.#notBeforeMs = serviceClock.nowMs() + (this.#lastError.retryAfterSeconds ?? 0) * 1000;
      }
    }
  }

  /** @returns undefined: trying again does not help */
  #delayAfter(error: Error, attempt: number, options: Timing['reconnect']): number | undefined {
    if (!(error instanceof SessionsError) || !error.retriesByItself) return undefined;
    const backoffMs = backoffDelayMs(attempt, { ...options, random: this.#options.random });
    return (error.retryAfterSeconds ?? 0) * 1000 + backoffMs;
  }

  /** The network is back, or the page is seen again. */
  #lookAfter(): void {
    if (this.#current) this.#heartbeat?.probe();
    else if (this.#isAcquiring) {
      this.#failures = 0;
      this.#wake.abort();
    }
  }

  #received(transport: Transport, message: unknown, frame: unknown): void {
    if (this.isOver) return;
    const { clock, events } = this.#options;
    if (isServiceMessage(message)) {
      switch (message.type) {
        case 'connectionRefreshRequired':
        case 'connectionWarning':
          if (transport === this.#current) this.#refresh('the service asked for it');
          return;
        case 'sessionStatus':
          events.onStatus(message);
          return;
        case 'sessionEnded':
          void this.finish(message.reason);
          return;
        case 'sessionInterrupted':
        case 'sessionResumed':
          break;
        default:
          return; // a reply that nobody waits for
      }
    }
    if (typeof frame === 'string' && !this.#deduplicator.accept(frame, transport, clock.nowMs())) return;
    if (!isServiceMessage(message)) events.onMessage(message);
    else if (message.type === 'sessionInterrupted') this.#interrupted(message.graceSeconds);
    else this.#resumed();
  }

  #interrupted(graceSeconds: number): void {
    if (this.#isInterrupted) return;
    this.#isInterrupted = true;
    this.#options.events.onInterrupted(graceSeconds);
    // The word that it goes on may be lost. But by then it goes on or is over, and that comes out with a heartbeat.
    const untilMs = graceSeconds * 1000 + SWEEP_MS;
    this.#cancelInterruption = this.#options.serviceClock.setTimer(() => this.#resumed(), untilMs);
    if (this.state === 'live') this.#states.to('interrupted', 'the speaker is away');
  }

  #resumed(): void {
    if (!this.#isInterrupted) return;
    this.#isInterrupted = false;
    this.#cancelInterruption();
    this.#options.events.onResumed();
    if (this.state === 'interrupted') this.#states.to('live', 'the speaker is back');
  }

  #fail(error: Error): Error {
    if (!this.isOver) void this.#over('failed', error.message, { error });
    return error;
  }

  async #over(
    state: 'ended' | 'failed',
    reason: string,
    over: Parameters<KeeperEvents['onOver']>[0],
    abortReason?: unknown,
  ): Promise<void> {
    this.#forgetNetwork();
    this.#cancelInterruption();
    this.#heartbeat?.stop();
    this.#refreshClock?.stop();
    this.#states.to(state, reason);
    const open = [this.#current, this.#attempted, ...this.#retired.keys()];
    for (const cancel of this.#retired.values()) cancel();
    this.#current = undefined;
    this.#retired.clear();
    const closed = Promise.all(open.map((transport) => transport?.close(CLOSE.goodbye)));
    this.#life.abort(abortReason ?? ('error' in over ? over.error : undefined));
    this.#tellChanged();
    this.#options.events.onOver(over);
    await closed;
  }
}

/** After the grace period, the service ends a session within a minute; another one for what is slow. */
const SWEEP_MS = 120_000;

/** A wait that the service asks for is its own answer; anything else is that nothing worked. */
const gaveUp = (error: Error): Error =>
  error instanceof SessionsError && error.retryAfterSeconds !== undefined
    ? error
    : connectionFailed(`No connection could be made in time: ${error.message}`, error, false);

import { ActiveConnection } from './active-connection.ts';
import { Attempts, asksToWait, gaveUp, retryDelayMs } from './attempts.ts';
import { type Clock, sleep } from './clock.ts';
import {
  asError,
  connectionFailed,
  hasCode,
  SessionsError,
  sessionOver,
  TokenRefusedError,
  TokenUnavailableError,
} from './errors.ts';
import { MessageReceiver, type PositionsReply, type ReceivedSoFar } from './message-receiver.ts';
import { type NetworkEvents, onWake } from './network.ts';
import { isServiceMessage } from './pushes.ts';
import type { RefreshClock } from './refresh-clock.ts';
import { RetrySchedule } from './retry-schedule.ts';
import type { ServiceClock } from './service-clock.ts';
import { SessionTracker, type SessionTrackerEvents } from './session-tracker.ts';
import { type StateChange, StateMachine } from './states.ts';
import type { Timing } from './timing.ts';
import { CLOSE, type Transport } from './transport.ts';
import type {
  Connecting,
  MessagesLost,
  OverReason,
  Place,
  ReceivedMessage,
  Retry,
  SessionReport,
  SessionStatus,
} from './types.ts';

/** How a speaker or a listener takes a place. */
export interface Role<Entered extends Place> {
  /** Whether a refused request may be repeated on the connection that it was refused on. */
  readonly repeatsOnOpenConnection: boolean;
  /** How a first connection is closed that came to nothing. */
  readonly failedStartCloseCode: number;
  /** When the token of the connection that was opened last expires: epoch milliseconds. */
  readonly tokenExpiresAtMs?: number | undefined;
  open(signal: AbortSignal, needsFreshToken: boolean): Promise<Transport>;
  /** Takes a place for the first time. */
  enter(transport: Transport): Promise<Entered>;
  /** Takes over the place of an earlier connection, and asks for the messages since then. */
  resume(transport: Transport, previousConnectionId: string, received: ReceivedSoFar | undefined): Promise<Place>;
}

export interface ConnectionEvents extends Omit<SessionTrackerEvents, 'onEnded'> {
  readonly onState: (change: StateChange) => void;
  readonly onMessage: (message: ReceivedMessage) => void;
  readonly onMessagesLost: (lost: MessagesLost) => void;
  /** Something that the service does not send. */
  readonly onFrame: (frame: unknown) => void;
  readonly onConnecting: (connecting: Connecting) => void;
  readonly onRetry: (retry: Retry) => void;
  readonly onStatus: (status: SessionStatus) => void;
  /** Once; nothing comes after it. */
  readonly onOver: (over: { readonly reason: OverReason } | { readonly error: Error }) => void;
}

export interface ConnectionManagerOptions<Entered extends Place> {
  readonly role: Role<Entered>;
  readonly timing: Timing;
  /** This machine's: for patience with what computers and networks do. */
  readonly clock: Clock;
  /** For what the service asks for. */
  readonly serviceClock: ServiceClock;
  readonly random: () => number;
  readonly network: NetworkEvents;
  /** How many of the last messages of each channel a newcomer asks for. */
  readonly rewind?: number | undefined;
  readonly events: ConnectionEvents;
}

/**
 * How long a speaker that reconnects in a browser goes on after its token seems to be refused: what it sees then is the
 * same as when the service could not verify the token.
 */
const REFUSED_TOKEN_PATIENCE_MS = 10_000;

/** Keeps a place in a session, on one connection after the other, until the session or the wish for it is over. */
export class ConnectionManager<Entered extends Place> {
  readonly #options: ConnectionManagerOptions<Entered>;
  readonly #states: StateMachine;
  readonly #session: SessionTracker;
  readonly #life = new AbortController();
  readonly #attempts: Attempts;
  readonly #receiver: MessageReceiver;
  readonly #forgetNetwork: () => void;
  #started: Promise<Entered> | undefined;
  /** None while it is lost. */
  #active: ActiveConnection | undefined;
  /** Those that have handed their place on. */
  readonly #retired = new Map<Transport, () => void>();
  #connectionId = '';
  /** A new connection is being made, and no second one may be. */
  #isAcquiring = false;
  /** A new connection has asked for the place, and has no answer yet. */
  #isClaiming = false;
  /** Meanwhile the active connection has lost it. */
  #isPlaceGone = false;
  readonly #retries: RetrySchedule;
  #refusedSinceMs: number | undefined;
  readonly #waitingForConnection: (() => void)[] = [];

  constructor(options: ConnectionManagerOptions<Entered>) {
    const { role, timing, events } = options;
    this.#options = options;
    this.#states = new StateMachine(events.onState);
    this.#session = new SessionTracker({
      onInterrupted: (graceSeconds) => {
        events.onInterrupted(graceSeconds);
        if (this.state === 'live' || this.state === 'scheduled') {
          this.#states.to('interrupted', 'the speaker is away');
        }
      },
      onStarted: () => {
        events.onStarted();
        if (this.state === 'scheduled') this.#states.to('live', 'the speaker has come');
      },
      onResumed: () => {
        events.onResumed();
        if (this.state === 'interrupted') this.#states.to('live', 'the speaker is back');
      },
      onBroadcastState: events.onBroadcastState,
      onEnded: (reason) => void this.finish(reason ?? 'unknown'),
    });
    this.#attempts = new Attempts({
      repeatsOnOpenConnection: role.repeatsOnOpenConnection,
      open: (needsFreshToken) => this.#open(needsFreshToken),
    });
    this.#retries = new RetrySchedule({
      timing,
      clock: options.serviceClock,
      random: options.random,
      signal: this.#life.signal,
      onRetry: events.onRetry,
    });
    this.#receiver = new MessageReceiver({
      clock: options.clock,
      random: options.random,
      rewind: options.rewind,
      onMessage: events.onMessage,
      onLost: events.onMessagesLost,
      recover: (received) => this.#recover(received),
    });
    this.#forgetNetwork = onWake(options.network, () => this.#probe());
  }

  get state() {
    return this.#states.state;
  }

  get isOver(): boolean {
    return this.#states.isFinal;
  }

  get broadcastState() {
    return this.#session.broadcastState;
  }

  /** The connection that has the place. */
  get transport(): Transport | undefined {
    return this.#active?.transport;
  }

  get refreshClock(): RefreshClock | undefined {
    return this.#active?.refreshClock;
  }

  /** For waits that the service asks for, until it is over. */
  get pace(): { readonly clock: Clock; readonly signal: AbortSignal } {
    return { clock: this.#options.serviceClock, signal: this.#life.signal };
  }

  /** A time of the service by this machine's clock. */
  localTimeMs(timeMs: number | undefined): number | undefined {
    return timeMs === undefined ? undefined : this.#options.serviceClock.localTimeMs(timeMs);
  }

  /** Takes in what a reply says of the session. */
  report(report: SessionReport): void {
    if (!this.isOver) this.#session.report(report);
  }

  /** Takes in which channels are followed from now on, as a reply says. */
  follow(reply: PositionsReply): void {
    if (!this.isOver) this.#receiver.follow(reply);
  }

  /**
   * Makes the first connection, with as many attempts as it takes: until the time for it is over, and as long as the
   * service asks to wait. May be called twice.
   * @throws {SessionsError} the reason of the abort
   */
  start(): Promise<Entered> {
    this.#started ??= this.#start();
    return this.#started;
  }

  async #start(): Promise<Entered> {
    const { role, timing, clock, serviceClock, events } = this.#options;
    const { signal } = this.#life;
    const deadlineMs = clock.nowMs() + timing.connectTimeoutMs;
    this.#isAcquiring = true;
    for (;;) {
      signal.throwIfAborted();
      events.onConnecting({ attempt: this.#retries.failures });
      try {
        const { transport, place } = await this.#attempts.claim((opened) => role.enter(opened));
        signal.throwIfAborted();
        this.#activate(transport, place, 'joined');
        return place;
      } catch (thrown) {
        const error = asError(thrown);
        this.#attempts.failed(error, role.failedStartCloseCode);
        signal.throwIfAborted();
        if (!isRetried(error) || error instanceof TokenUnavailableError) throw this.#fail(error);
        this.#retries.failed(error);
        for (let isDue = false; !isDue; ) {
          const delayMs = this.#retries.nextDelayMs('first');
          if (!asksToWait(error) && clock.nowMs() + serviceClock.localDurationMs(delayMs) > deadlineMs) {
            throw this.#fail(gaveUp(error));
          }
          isDue = await this.#retries.wait(delayMs);
          signal.throwIfAborted();
        }
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
   * Sends a request that may be repeated, on the connection that has the place, or the next one if that is lost or the
   * place moves meanwhile. An expired token is replaced first; what the service asks to wait for is waited for.
   * @param timeoutMs how long to wait for a connection
   * @throws {SessionsError} refused, or no connection in time; SESSION_OVER
   */
  async perform<Reply>(request: (transport: Transport) => Promise<Reply>, timeoutMs: number): Promise<Reply> {
    const { timing, serviceClock, random } = this.#options;
    let hasRenewed = false;
    for (let attempt = 0; ; attempt++) {
      if (!this.#active && !this.isOver) await this.#nextConnection(timeoutMs);
      if (this.isOver) throw sessionOver();
      const { transport } = this;
      if (!transport) throw this.#retries.lastError;
      try {
        return await request(transport);
      } catch (error) {
        if (this.isOver) throw sessionOver();
        if (attempt >= MAX_REPEATS) throw error;
        if (hasCode(error, 'SERVICE_UNAVAILABLE')) {
          await sleep(serviceClock, retryDelayMs(error, attempt, timing.reconnect, random), this.#life.signal);
          continue;
        }
        const isExpired = hasCode(error, 'TOKEN_EXPIRED') && !hasRenewed;
        if (!isExpired && !hasCode(error, 'CONNECTION_FAILED', 'NOT_IN_SESSION', 'FORBIDDEN')) throw error;
        if (isExpired) {
          hasRenewed = true;
          this.#refresh('the token has expired', true);
        } else if (hasCode(error, 'NOT_IN_SESSION') && !this.#isAcquiring) {
          this.#lost(transport, PLACE_GONE);
        }
        if (this.transport === transport) await this.#nextConnection(timeoutMs);
        if (this.transport === transport) throw error;
      }
    }
  }

  /** Resolves with the next connection that takes the place, or when it is over, or after a time. */
  async #nextConnection(timeoutMs: number): Promise<void> {
    const waited = new AbortController();
    const change = new Promise<void>((resolve) => this.#waitingForConnection.push(resolve));
    const signal = AbortSignal.any([waited.signal, this.#life.signal]);
    await Promise.race([change, sleep(this.#options.clock, timeoutMs, signal)]);
    waited.abort();
  }

  async #open(needsFreshToken: boolean): Promise<Transport> {
    const transport = await this.#options.role.open(this.#life.signal, needsFreshToken);
    if (this.isOver) {
      void transport.close(CLOSE.goodbye);
      throw this.#life.signal.reason;
    }
    return transport;
  }

  /** Makes a connection the one that has the place. */
  #activate(transport: Transport, place: Place, reason: string): void {
    const { serviceClock, random, timing, role } = this.#options;
    if (this.#active) this.#retire(this.#active);
    this.#attempts.succeeded();
    this.#isAcquiring = false;
    this.#connectionId = place.connectionId;
    this.#refusedSinceMs = undefined;
    this.#active = new ActiveConnection({
      transport,
      tokenExpiresAtMs: role.tokenExpiresAtMs,
      intervalMs: place.heartbeatIntervalSeconds * 1000,
      ackTimeoutMs: timing.ackTimeoutMs,
      clock: serviceClock,
      random,
      onAck: (ack) => {
        if (!this.#isAcquiring) this.#retries.reset();
        this.report(ack);
        this.#receiver.expect(ack);
      },
      onDead: () => this.#lost(transport, 'heartbeats are not acknowledged'),
      onPlaceGone: () => {
        // Most likely it has just moved to the connection that asks for it, and the reply is on its way.
        if (this.#isClaiming) this.#isPlaceGone = true;
        else this.#lost(transport, PLACE_GONE);
      },
      onDue: (why, needsFreshToken) => this.#refresh(why, needsFreshToken),
    });
    // A place that was taken anew may be in a later session of the same ID, whose revisions begin anew.
    if (place.type === 'sessionJoined') this.#session.restart();
    this.report(place);
    if (this.isOver) return;
    const { state } = this.#session;
    this.#states.to(state === 'interrupted' || state === 'scheduled' ? state : 'live', reason);
    for (const resolve of this.#waitingForConnection.splice(0)) resolve();
    this.follow(place);
    transport.attach({
      onPush: (message) => this.#received(transport, message),
      onClose: ({ code }) => {
        this.#retired.get(transport)?.();
        this.#retired.delete(transport);
        this.#lost(transport, `the connection ended with close code ${code}`);
      },
    });
  }

  /** Its place has moved: what was posted to it before still comes, and then it is closed. */
  #retire(active: ActiveConnection): void {
    const { clock, timing } = this.#options;
    const old = active.transport;
    active.stop();
    const cancel = clock.setTimer(() => {
      this.#retired.delete(old);
      void old.close(CLOSE.goodbye);
    }, timing.overlapMs);
    this.#retired.set(old, cancel);
  }

  #refresh(reason: string, needsFreshToken = false): void {
    if (needsFreshToken) this.#attempts.requireFreshToken();
    if (this.#isAcquiring || !this.#active || this.isOver) return;
    this.#retries.reset();
    this.#states.to('refreshing', reason);
    void this.#acquire();
  }

  #lost(transport: Transport, reason: string): void {
    const active = this.#active;
    if (transport !== active?.transport || this.isOver) return;
    active.stop();
    this.#active = undefined;
    this.#receiver.pause();
    void transport.close(CLOSE.abandoned);
    this.#retries.lost(reason, active.isAcknowledged);
    this.#states.to('reconnecting', reason);
    if (this.#isAcquiring) this.#retries.wake();
    else void this.#acquire();
  }

  /** Moves the place to a new connection; while the old one lives, the application notices nothing. */
  async #acquire(): Promise<void> {
    const { role, events } = this.#options;
    this.#isAcquiring = true;
    let isFirst = true;
    while (!this.isOver) {
      const isRefresh = this.state === 'refreshing';
      const needsWait = !isRefresh || !isFirst;
      // Woken: the old connection was lost meanwhile, or the network is back. Then other waits hold.
      const delayMs = () => this.#retries.nextDelayMs(isRefresh ? 'refresh' : 'replacement');
      if (needsWait && !(await this.#retries.wait(delayMs()))) continue;
      isFirst = false;
      events.onConnecting({ attempt: this.#retries.failures });
      this.#isPlaceGone = false;
      this.#isClaiming = true;
      try {
        const { transport, place } = await this.#attempts.claim((opened) =>
          role.resume(opened, this.#connectionId, this.#receiver.receivedSoFar),
        );
        this.#isClaiming = false;
        if (this.isOver) return;
        this.#activate(transport, place, this.state === 'refreshing' ? 'refreshed' : 'reconnected');
        return;
      } catch (thrown) {
        this.#isClaiming = false;
        const error = asError(thrown);
        // No goodbye: the service may have moved a speaker's place to it without our knowing.
        this.#attempts.failed(error, CLOSE.abandoned);
        if (this.isOver) return;
        if (this.#isPlaceGone && this.#active) this.#lost(this.#active.transport, PLACE_GONE);
        if (hasCode(error, 'SESSION_NOT_FOUND')) return void this.finish('unknown');
        if (hasCode(error, 'SPEAKER_REPLACED')) return void this.finish('replaced');
        // As long as the old connection lives there is hope; after that, what cannot be mended is final.
        if (!this.#active && !this.#isRetriedForNow(error)) return void this.#fail(error);
        this.#retries.failed(error);
      }
    }
  }

  #isRetriedForNow(error: Error): boolean {
    // The place may still be held by an attempt whose answer was lost; it is free again when that one's end is noticed.
    if (hasCode(error, 'SESSION_FULL')) return true;
    if (!(error instanceof TokenRefusedError)) return isRetried(error);
    const nowMs = this.#options.clock.nowMs();
    this.#refusedSinceMs ??= nowMs;
    return !error.isCertain && nowMs - this.#refusedSinceMs < REFUSED_TOKEN_PATIENCE_MS;
  }

  /** The network is back, or the page is seen again. */
  #probe(): void {
    if (this.#active) this.#active.probe();
    else if (this.#isAcquiring) {
      this.#retries.reset();
      this.#retries.wake();
    }
  }

  #received(transport: Transport, message: unknown): void {
    if (this.isOver) return;
    if (!isServiceMessage(message)) {
      this.#options.events.onFrame(message);
      return;
    }
    switch (message.type) {
      case 'message':
        this.#receiver.accept(message);
        break;
      case 'connectionRefreshRequired':
      case 'connectionWarning':
        if (transport === this.transport) this.#refresh('the service asked for it');
        break;
      case 'sessionStatus':
        this.#options.events.onStatus(message);
        this.report(message);
        break;
      case 'sessionStarted':
      case 'sessionInterrupted':
      case 'sessionResumed':
      case 'broadcastStateChanged':
        this.report(message);
        break;
      case 'sessionEnded':
        this.report({ ...message, state: 'ended' });
        break;
      case 'speakerReplaced':
        if (transport === this.transport) void this.finish('replaced');
        break;
      default: // a reply that came too late
    }
  }

  async #recover(received: ReceivedSoFar) {
    if (!this.transport) throw connectionFailed('There is no connection now');
    const recovery = await this.transport.request({ action: 'recover', ...received });
    this.report(recovery);
    return recovery;
  }

  #fail(error: Error): Error {
    if (!this.isOver) void this.#over('failed', error.message, { error });
    return error;
  }

  async #over(
    state: 'ended' | 'failed',
    reason: string,
    over: Parameters<ConnectionEvents['onOver']>[0],
    abortReason?: unknown,
  ): Promise<void> {
    this.#forgetNetwork();
    this.#receiver.stop();
    this.#active?.stop();
    this.#states.to(state, reason);
    const open = [this.transport, this.#attempts.transport, ...this.#retired.keys()];
    for (const cancel of this.#retired.values()) cancel();
    this.#active = undefined;
    this.#retired.clear();
    const closed = Promise.all(open.map((transport) => transport?.close(CLOSE.goodbye)));
    this.#life.abort(abortReason ?? ('error' in over ? over.error : sessionOver()));
    for (const resolve of this.#waitingForConnection.splice(0)) resolve();
    this.#options.events.onOver(over);
    await closed;
  }
}

const PLACE_GONE = 'the service gave up the place';

/** How often a request is repeated before its error is the caller's. */
const MAX_REPEATS = 4;

const isRetried = (error: Error): error is SessionsError => error instanceof SessionsError && error.retriesByItself;

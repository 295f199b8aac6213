import type { BroadcastState, EndReason, SessionReport, SessionState } from './types.ts';

export interface SessionTrackerEvents {
  /** The speaker of a scheduled session has come. */
  readonly onStarted: () => void;
  /** @param graceSeconds unknown if the notification itself was missed */
  readonly onInterrupted: (graceSeconds: number | undefined) => void;
  readonly onResumed: () => void;
  readonly onBroadcastState: (broadcastState: BroadcastState) => void;
  /** @param reason unknown if the service did not say */
  readonly onEnded: (reason: EndReason | undefined) => void;
}

/**
 * Follows how the session is, by the highest revision. Notifications may be lost or come in any order, so what an older
 * revision says is ignored, and every reply and acknowledgement counts as a notification.
 */
export class SessionTracker {
  readonly #events: SessionTrackerEvents;
  #state: SessionState = 'active';
  #broadcastState: BroadcastState = { paused: false, muted: false, volume: 1 };
  #revision = 0;

  constructor(events: SessionTrackerEvents) {
    this.#events = events;
  }

  get state(): SessionState {
    return this.#state;
  }

  get broadcastState(): BroadcastState {
    return this.#broadcastState;
  }

  /** Begins anew with the next report, even with a lower revision: the place in the session is another one. */
  restart(): void {
    this.#revision = 0;
  }

  /** Takes in what a notification, a reply or an acknowledgement says. */
  report({ revision, state, broadcastState, graceSeconds, reason }: SessionReport): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    if (broadcastState) this.#setBroadcastState(broadcastState);
    if (state === 'ended') {
      this.#events.onEnded(reason);
      return;
    }
    const last = this.#state;
    if (state === last) return;
    this.#state = state;
    if (state === 'interrupted') this.#events.onInterrupted(graceSeconds);
    else if (last === 'interrupted') this.#events.onResumed();
    else if (last === 'scheduled') this.#events.onStarted();
  }

  #setBroadcastState({ paused, muted, volume }: BroadcastState): void {
    const last = this.#broadcastState;
    if (paused === last.paused && muted === last.muted && volume === last.volume) return;
    this.#broadcastState = { paused, muted, volume };
    this.#events.onBroadcastState(this.#broadcastState);
  }
}

/**
 * - `connecting`: not in the session yet: the first attempts, and the waits between them
 * - `scheduled`: in the session, whose speaker has not come yet
 * - `live`: in the session
 * - `refreshing`: in the session, and moving to a new connection
 * - `reconnecting`: the connection is lost, and is being made again
 * - `interrupted`: in the session, whose speaker is away; it goes on or ends within the grace period
 * - `ended`: over for this client, as it should be: the session ended, this client left, or another one speaks now
 * - `failed`: over, because of an error that trying again cannot mend
 */
export type State =
  | 'connecting'
  | 'scheduled'
  | 'live'
  | 'refreshing'
  | 'reconnecting'
  | 'interrupted'
  | 'ended'
  | 'failed';

/** What may follow on each state. Nothing follows on `ended` and `failed`. */
export const transitions: Readonly<Record<State, readonly State[]>> = {
  connecting: ['scheduled', 'live', 'interrupted', 'ended', 'failed'],
  scheduled: ['live', 'refreshing', 'reconnecting', 'interrupted', 'ended', 'failed'],
  live: ['refreshing', 'reconnecting', 'interrupted', 'ended', 'failed'],
  refreshing: ['scheduled', 'live', 'interrupted', 'reconnecting', 'ended', 'failed'],
  reconnecting: ['scheduled', 'live', 'interrupted', 'ended', 'failed'],
  interrupted: ['live', 'refreshing', 'reconnecting', 'ended', 'failed'],
  ended: [],
  failed: [],
};

export interface StateChange {
  readonly from: State;
  readonly to: State;
  /** Why, in a few words: for a person, or a log. */
  readonly reason: string;
}

/** Where a client is, and the only way to get on. */
export class StateMachine {
  #state: State = 'connecting';
  readonly #onChange: (change: StateChange) => void;

  constructor(onChange: (change: StateChange) => void) {
    this.#onChange = onChange;
  }

  get state(): State {
    return this.#state;
  }

  /** Whether nothing follows any more. */
  get isFinal(): boolean {
    return transitions[this.#state].length === 0;
  }

  /**
   * Goes to a state; the one it is in already is no change.
   * @throws {Error} the table does not allow it: a bug of this SDK
   */
  to(state: State, reason: string): void {
    const from = this.#state;
    if (from === state) return;
    if (!transitions[from].includes(state)) throw new Error(`No transition leads from ${from} to ${state}`);
    this.#state = state;
    this.#onChange({ from, to: state, reason });
  }
}

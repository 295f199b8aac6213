import type { Action } from './actions.ts';
import { nothing, type Outcome } from './outcome.ts';
import { close, sweep, wait } from './rules-leaving.ts';
import { message } from './rules-messages.ts';
import type { State } from './state.ts';

/** What an action must do, if nothing goes wrong; the state is moved on. Not for what has several outcomes. */
export function predict(state: State, action: Exclude<Action, { do: 'rush' | 'hold' }>): Outcome {
  switch (action.do) {
    case 'connect':
      state.conns.set(action.conn, {
        name: action.conn,
        user: action.user,
        openedAt: state.now,
        isOpen: true,
        item: undefined,
        owed: new Set(),
        wasIn: new Set(),
      });
      return nothing();
    case 'close':
      return close(state, action);
    case 'wait':
      return wait(state, action.seconds);
    case 'sweep':
      return sweep(state);
    default:
      return message(state, action);
  }
}

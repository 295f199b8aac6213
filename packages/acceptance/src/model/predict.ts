import type { Action } from './actions.ts';
import { nothing, type Outcome } from './outcome.ts';
import { flood, guess } from './rules-budget.ts';
import { close, endSession, sweep, wait } from './rules-leaving.ts';
import { message } from './rules-messages.ts';
import type { State } from './state.ts';

/** What an action must do, if nothing goes wrong; the state is moved on. Not for what has several outcomes. */
export function predict(state: State, action: Exclude<Action, { do: 'rush' | 'hold' }>): Outcome {
  switch (action.do) {
    case 'connect':
      state.conns.set(action.conn, {
        name: action.conn,
        order: state.conns.size,
        user: action.user,
        client: action.client,
        openedAt: state.now,
        isOpen: true,
        item: undefined,
        activeAt: state.now,
        charged: { minute: 0, points: 0 },
        owed: new Set(),
      });
      return nothing();
    case 'close':
      return close(state, action);
    case 'wait':
      return wait(state, action.seconds);
    case 'sweep':
      return sweep(state);
    case 'guess':
      return guess(state, action.conns);
    case 'flood':
      return flood(state, action.conn);
    case 'operatorEnd': {
      const outcome = nothing();
      const session = state.session(action.session);
      if (session.state !== 'ended') endSession(state, session, 'operatorEnded', outcome);
      return outcome;
    }
    case 'deny': {
      const outcome = nothing();
      state.denied.add(action.user);
      for (const session of state.sessions.values()) {
        if (session.user === action.user && session.state !== 'ended') {
          endSession(state, session, 'operatorEnded', outcome);
        }
      }
      return outcome;
    }
    case 'allow':
      state.denied.delete(action.user);
      return nothing();
    default:
      return message(state, action);
  }
}

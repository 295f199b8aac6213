import type { Action, Fault } from './actions.ts';
import { isTransient } from './fault-rules.ts';
import { isGivenUp, isSilent } from './rules-leaving.ts';
import { RULES, type State } from './state.ts';

/**
 * Whether an action has one right outcome, to the last detail. A single fault that a retry outlasts must not show at
 * all.
 */
export function isExact({
  action,
  fault,
  before,
  lags,
}: {
  action: Action;
  fault?: Fault;
  before: State;
  lags: boolean;
}): boolean {
  if (action.do === 'rush' || action.do === 'hold' || lags) return false;
  if (action.do === 'sweep' && (action.atOnce > 1 || meetsInSweep(before))) return false;
  // Several that are late come at once, in any order.
  if (action.do === 'wait' && before.late.length > 1) return false;
  // The limits are open while their table cannot be reached.
  if (fault && (action.do === 'guess' || action.do === 'flood')) return false;
  return !fault || isTransient(fault);
}

/** A sweep that ends a session and removes a silent one of it: which comes first, depends. */
function meetsInSweep(before: State): boolean {
  return [...before.conns.values()].some((conn) => {
    if (!conn.item || !isSilent(before, conn) || !isGivenUp(before, conn)) return false;
    const session = before.session(conn.item.session);
    const { interruptedAt } = session;
    const isLost = interruptedAt !== undefined && interruptedAt + RULES.graceSeconds <= before.now;
    return session.state !== 'ended' ? isLost || !before.isLive(session) : !session.isComplete;
  });
}

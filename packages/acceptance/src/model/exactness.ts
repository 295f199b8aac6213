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

/**
 * A sweep that removes a silent one of a session that it ends, or whose silent speaker it removes: which comes first,
 * depends. The notification of the loss makes a silent listener active for API Gateway, so that it may be left alone.
 */
function meetsInSweep(before: State): boolean {
  const silent = [...before.conns.values()].filter((conn) => isSilent(before, conn) && isGivenUp(before, conn));
  return silent.some(({ item }) => {
    if (!item) return false;
    const session = before.session(item.session);
    const { interruptedAt } = session;
    if (session.state === 'ended') return !session.isComplete;
    const isLost = interruptedAt !== undefined && interruptedAt + RULES.graceSeconds <= before.now;
    const isSpeakerSilent = item.role === 'listener' && silent.some(({ name }) => name === session.speaker);
    return isLost || isSpeakerSilent || !before.isLive(session);
  });
}

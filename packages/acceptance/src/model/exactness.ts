import type { Action, Fault } from './actions.ts';
import type { State } from './state.ts';

/** Faults that the service's own retries outlast. */
const TRANSIENT = ['throttle', 'error500', 'resetBefore', 'lostAnswer', 'pushThrottled'];

/**
 * Whether an action has one right outcome, to the last detail. A single fault that a retry outlasts must not show at
 * all, unless it can hit a count that is lowered: that write alone is never repeated, as twice would oversell.
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
  if (action.do === 'rush' || action.do === 'hold') return false;
  // A mismatch that an earlier fault has left behind is mended by some sweep.
  if (action.do === 'sweep' && (hasDebts(before) || action.atOnce > 1)) return false;
  if (lags) return !usesIndex(action, before);
  if (!fault) return true;
  // A join that is repeated because its answer was lost counts twice, or finds its own place taken: decision 4.
  if (fault.what === 'lostAnswer' && action.do === 'join') return false;
  // A speaker's move that is repeated no longer knows from where: the old item stays until its connection ends, and
  // the listeners hear once too often that the speaker is there.
  if (fault.what === 'lostAnswer' && action.do === 'refresh' && action.role === 'speaker') return false;
  return TRANSIENT.includes(fault.what) && !lowersCount(action, before);
}

/** A count that is too high, or a session without the speaker that it believes in. */
export function hasDebts(state: State): boolean {
  return [...state.sessions.values()].some(({ name, isActive, count, speaker, lostAt }) => {
    if (!isActive) return false;
    const isSpeakerThere = state.conns.get(speaker)?.item?.session === name;
    return count !== state.listeners(name).length || (lostAt === undefined && !isSpeakerThere);
  });
}

function lowersCount(action: Action, before: State): boolean {
  switch (action.do) {
    case 'close':
    case 'sweep':
    case 'wait':
      return true;
    case 'join':
      return before.conn(action.conn).item !== undefined;
    case 'refresh':
      return before.listeners(action.session).some(({ isOpen }) => !isOpen);
    default:
      return false;
  }
}

/** The end of a session looks again until it has found everybody; other messages may miss who has come just now. */
function usesIndex(action: Action, before: State): boolean {
  switch (action.do) {
    case 'end': {
      // One who has moved or left is still listed, and counts as told.
      const session = before.conn(action.conn).item?.session;
      return [...before.conns.values()].some(({ wasIn }) => session !== undefined && wasIn.has(session));
    }
    case 'status':
    case 'close':
    case 'refresh':
    case 'sweep':
    case 'wait':
      return true;
    default:
      return false;
  }
}

import type { Action } from './actions.ts';
import { partsOf } from './adopt.ts';
import type { Heard, Problems } from './compare.ts';
import { RULES, type State } from './state.ts';
import type { Reply } from './world.ts';

/** What holds also where more than one outcome is right. */

/** Pushes of a session to those who have nothing to do with it, or of an end that has not been. */
export function strangersWereTold(
  action: Action,
  before: State,
  after: State,
  heard: readonly Heard[],
  /** While the index lags, it lists those who have left or moved on as well. */
  wasIn: (conn: string, session: string) => boolean,
): Problems {
  return heard.flatMap(({ to, message: { type, sessionId } }) => {
    if (sessionId === undefined) return [];
    const session = String(sessionId);
    // One who has come in between may have gone again with the session.
    const isComing = partsOf(action).some((part) => 'session' in part && 'conn' in part && part.conn === to);
    const isIn =
      isComing || wasIn(to, session) || [before, after].some(({ conns }) => conns.get(to)?.item?.session === session);
    if (!isIn) return [`${to} got ${String(type)} of ${session}, in which it has no place`];
    const isOver = after.sessions.get(session)?.state === 'ended';
    return type === 'sessionEnded' && !isOver ? [`${to} was told of the end of ${session}, which has not ended`] : [];
  });
}

/** A rush has as many winners as there were places. */
export function rushWasWrong(
  action: Action,
  before: State,
  replies: readonly (Reply | undefined)[],
  isFaulted: boolean,
): Problems {
  if (action.do !== 'rush') return [];
  const session = before.session(action.session);
  const free = before.isLive(session) ? RULES.capacity - before.listeners(session.name).length : 0;
  const expected = Math.min(free, action.conns.length);
  const joined = replies.filter((reply) => reply && 'type' in reply && reply.type === 'sessionJoined').length;
  // Somebody has guessed too often behind the same address: right IDs wait as well.
  const isLimited = replies.some((reply) => reply && 'code' in reply && reply.code === 'RATE_LIMIT_EXCEEDED');
  const isRight = isFaulted || isLimited ? joined <= expected : joined === expected;
  return isRight ? [] : [`${joined} of ${action.conns.length} got a place, where ${free} were free`];
}

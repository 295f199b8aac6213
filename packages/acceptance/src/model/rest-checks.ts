import type { Problems } from './compare.ts';
import { type State, tellsOf } from './state.ts';

type IsOpen = (conn: string) => boolean;

/** Whether there is anything for a sweep to do. */
export function isUneven(state: State): boolean {
  const { conns, sessions, late } = state;
  return (
    late.length > 0 ||
    [...conns.values()].some(({ isOpen, item }) => item && !isOpen) ||
    [...sessions.values()].some(
      (session) =>
        session.state === 'interrupted' || (session.state === 'ended' ? !session.isComplete : !state.isLive(session)),
    )
  );
}

/** What is over has been cleared up: no connection that is gone holds anything, and no session waits for anything. */
export function isClearedUp(state: State, isOpen: IsOpen): Problems {
  return [
    ...[...state.conns.values()].flatMap(({ name, item }) => {
      if (!item || isOpen(name)) return [];
      return [`${name} is gone, and still stored as ${item.role} of ${item.session}`];
    }),
    ...[...state.sessions.values()].flatMap((session) => {
      const { name, speaker } = session;
      if (session.state === 'interrupted') return [`${name} lives on beyond its grace period`];
      if (session.state === 'ended') return endsAreComplete(state, name);
      return speaker === undefined || !isOpen(speaker) ? [`${name} is active without a speaker`] : [];
    }),
  ];
}

/** An ended session: its end is complete, and no listener is left. */
export function endsAreComplete(state: State, name: string): Problems {
  const session = state.session(name);
  return [
    ...(session.isComplete ? [] : [`the end of ${name} is not complete`]),
    ...state.listeners(name).map((conn) => `${conn.name} still has a place of ${name}, which has ended`),
  ];
}

/** What a client believes of a session: the newest that it has heard. */
export interface Belief {
  readonly revision: number;
  readonly tells: string;
}

/** The newest that each client has heard is how the session is: a client that ignores older revisions ends with that. */
export function beliefsAreWrong(
  state: State,
  beliefOf: (conn: string, session: string) => Belief | undefined,
  isOpen: IsOpen,
): Problems {
  return [...state.conns.values()].flatMap(({ name, item }) => {
    const session = item && isOpen(name) ? state.session(item.session) : undefined;
    if (!session || session.state === 'ended') return [];
    const belief = beliefOf(name, session.name);
    if (belief === undefined || belief.tells === tellsOf(session)) return [];
    return [
      `${name} believes that ${session.name} is ${belief.tells} (revision ${belief.revision}), and it is ${tellsOf(session)}`,
    ];
  });
}

/**
 * Each listener who had a place in a session that has ended was notified of that, once.
 * @param mayRepeat sessions whose end was disturbed
 * @param mayMiss the service believed that somebody was gone
 */
export function notifiedWrongly(
  state: State,
  notified: ReadonlyMap<string, number>,
  { isOpen, mayRepeat, mayMiss }: { isOpen: IsOpen; mayRepeat: ReadonlySet<string>; mayMiss: boolean },
): Problems {
  const problems: Problems = [];
  for (const { name, owed } of state.conns.values()) {
    for (const session of owed) {
      const times = notified.get(`${name} ${session}`) ?? 0;
      const isMissed = times === 0 && isOpen(name) && !mayMiss;
      if (isMissed) problems.push(`${name} was never notified that ${session} has ended`);
      if (times > 1 && !mayRepeat.has(session))
        problems.push(`${name} was notified ${times} times that ${session} has ended`);
    }
  }
  return problems;
}

import type { Problems } from './compare.ts';
import { hasDebts } from './exactness.ts';
import type { State } from './state.ts';

type IsOpen = (conn: string) => boolean;

/** Whether there is anything for a sweep to do. */
export function isUneven(state: State): boolean {
  const { conns, sessions, late } = state;
  return (
    late.length > 0 ||
    hasDebts(state) ||
    [...conns.values()].some(({ isOpen, item }) => item && (!isOpen || !sessions.get(item.session)?.isActive)) ||
    [...sessions.values()].some(
      (session) => session.isActive && (session.lostAt !== undefined || !state.isLive(session)),
    )
  );
}

/** After two sweeps, a count is what it counts: the open connections that hold a place. */
export function countsAreWrong(state: State, isOpen: IsOpen): Problems {
  return [...state.sessions.values()].flatMap(({ name, isActive, count }) => {
    if (!isActive) return [];
    const open = state.listeners(name).filter((conn) => isOpen(conn.name)).length;
    return count === open ? [] : [`after two sweeps, ${name} counts ${count} listeners, and ${open} are there`];
  });
}

/** Sessions that live on without a speaker. */
export function speakersAreMissing(state: State, isOpen: IsOpen): Problems {
  return [...state.sessions.values()].flatMap(({ name, isActive, speaker }) =>
    isActive && !isOpen(speaker) ? [`${name} has no speaker, and lives on beyond its grace period`] : [],
  );
}

export function itemsAreLeft(state: State): Problems {
  return [...state.conns.values()].flatMap(({ name, item }) =>
    item && !state.session(item.session).isActive
      ? [`${name} still has an item of ${item.session}, which has ended`]
      : [],
  );
}

/**
 * Whoever had a place in a session that has ended was told so, once.
 * @param mayRepeat sessions whose end was disturbed
 * @param mayMiss the service believed that somebody was gone
 */
export function toldWrongly(
  state: State,
  told: ReadonlyMap<string, number>,
  { isOpen, mayRepeat, mayMiss }: { isOpen: IsOpen; mayRepeat: ReadonlySet<string>; mayMiss: boolean },
): Problems {
  const problems: Problems = [];
  for (const { name, owed } of state.conns.values()) {
    for (const session of owed) {
      const times = told.get(`${name} ${session}`) ?? 0;
      const isMissed = times === 0 && isOpen(name) && !mayMiss;
      if (isMissed) problems.push(`${name} was never told that ${session} has ended`);
      if (times > 1 && !mayRepeat.has(session))
        problems.push(`${name} was told ${times} times that ${session} has ended`);
    }
  }
  return problems;
}

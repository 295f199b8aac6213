import { type Outcome, refused } from './outcome.ts';
import { type ModelSession, RULES, type State, type Status } from './state.ts';

/** The rules of what a speaker is told of its session. */

/** A listener has come or gone: the speaker is told, unless it has been a moment ago. */
export function tellSpeaker(state: State, session: ModelSession, outcome: Outcome): void {
  const { toldAt } = session;
  if (!state.isLive(session) || session.lostAt !== undefined) return;
  if (toldAt !== undefined && toldAt + RULES.statusPushSeconds > state.now) return;
  session.toldAt = state.now;
  pushStatus(state, session, outcome);
}

/** One who is gone is not told, and that is all. */
export function pushStatus(state: State, session: ModelSession, outcome: Outcome): void {
  if (!state.conn(session.speaker).isOpen) return;
  outcome.pushes.push({
    to: session.speaker,
    type: 'sessionStatus',
    session: session.name,
    status: statusOf(state, session),
  });
}

/** The message `getSessionStatus`. */
export function status(state: State, name: string): Outcome {
  const { item } = state.conn(name);
  if (!item) return refused('NOT_IN_SESSION');
  if (item.role !== 'speaker') return refused('FORBIDDEN');
  const { askedBeforeAt } = item;
  if (askedBeforeAt !== undefined && askedBeforeAt + RULES.twoRequestsSeconds > state.now) {
    return refused('RATE_LIMIT_EXCEEDED');
  }
  item.askedBeforeAt = item.askedAt ?? Number.NEGATIVE_INFINITY;
  item.askedAt = state.now;
  const session = state.session(item.session);
  return {
    pushes: [],
    closes: [],
    reply: { type: 'sessionStatus', sessionId: session.name, ...statusOf(state, session) },
  };
}

function statusOf(state: State, session: ModelSession): Status {
  if (!state.isLive(session)) return { state: 'ended', listenerCount: 0, listenersByLanguage: {} };
  const listenersByLanguage: Record<string, number> = {};
  for (const language of state.listeners(session.name).map(({ item }) => item?.language ?? '')) {
    listenersByLanguage[language] = (listenersByLanguage[language] ?? 0) + 1;
  }
  return {
    state: session.lostAt === undefined ? 'active' : 'interrupted',
    listenerCount: session.count,
    listenersByLanguage: Object.fromEntries(Object.entries(listenersByLanguage).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

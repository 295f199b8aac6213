import { type Outcome, refused, replied } from './outcome.ts';
import { type Conn, type ModelSession, RULES, type State, sessionNow } from './state.ts';

/** The rules of what a speaker is told of its session. */

export interface Status {
  readonly listenerCount: number;
  readonly listenersByLanguage: Readonly<Record<string, number>>;
}

/** Whether the token that opened the connection has expired. */
export const hasExpiredToken = (state: State, { user, openedAt }: Conn): boolean =>
  user !== undefined && openedAt + RULES.tokenSeconds <= state.now;

/** The message `getSessionStatus`. */
export function status(state: State, name: string): Outcome {
  const conn = state.conn(name);
  if (hasExpiredToken(state, conn)) return refused('TOKEN_EXPIRED');
  const { item } = conn;
  if (!item) return refused('NOT_IN_SESSION');
  if (item.role !== 'speaker') return refused('FORBIDDEN');
  const { askedBeforeAt } = item;
  if (askedBeforeAt !== undefined && askedBeforeAt + RULES.twoRequestsSeconds > state.now) {
    return refused('RATE_LIMIT_EXCEEDED');
  }
  item.askedBeforeAt = item.askedAt ?? Number.NEGATIVE_INFINITY;
  item.askedAt = state.now;
  const session = state.session(item.session);
  const isOver = !state.isLive(session);
  return replied({
    type: 'sessionStatus',
    sessionId: session.name,
    ...sessionNow(session),
    ...(isOver && { state: 'ended' }),
    ...(isOver ? { listenerCount: 0, listenersByLanguage: {} } : statusOf(state, session)),
  });
}

export function statusOf(state: State, session: ModelSession): Status {
  return { listenerCount: state.listeners(session.name).length, listenersByLanguage: state.languages(session.name) };
}

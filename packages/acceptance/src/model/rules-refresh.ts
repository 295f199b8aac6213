import type { Message } from './actions.ts';
import { nothing, type Outcome, refused } from './outcome.ts';
import { notifyListeners } from './rules-leaving.ts';
import { hasExpiredToken } from './rules-status.ts';
import { type Conn, RULES, revise, type State, sessionNow } from './state.ts';

type Refresh = Extract<Message, { do: 'refresh' }>;

export const refresh = (state: State, action: Refresh): Outcome =>
  action.role === 'speaker' ? refreshSpeaker(state, action) : refreshListener(state, action);

function refreshSpeaker(state: State, { conn: name, session: sessionName, previous, takeOver }: Refresh): Outcome {
  const conn = state.conn(name);
  const session = state.session(sessionName);
  const outcome = nothing();
  const complete = (from: string): Outcome => ({
    ...outcome,
    reply: {
      type: 'connectionRefreshComplete',
      sessionId: sessionName,
      role: 'speaker',
      connectionId: name,
      previousConnectionId: from,
      ...sessionNow(session),
    },
  });
  if (conn.user === undefined) return refused('UNAUTHORIZED');
  if (hasExpiredToken(state, conn)) return refused('TOKEN_EXPIRED');
  // One answer for all three: another user's session must not be told.
  if (!state.isLive(session) || session.user !== conn.user) return refused('SESSION_NOT_FOUND');
  if (session.speaker === name) return complete(previous);
  if (takeOver !== true && session.client !== conn.client) {
    return refused('SPEAKER_REPLACED');
  }
  // A late attempt of a connection that is older than the present or the last one.
  if (state.conn(session.lastSpeaker).order >= conn.order) return refused('SERVICE_UNAVAILABLE');
  if (state.denied.has(conn.user)) return refused('SPEAKER_DENIED');
  if (conn.item) return refused('ALREADY_IN_SESSION');

  const old = session.speaker === undefined ? undefined : state.conn(session.speaker);
  const isResumed = session.state === 'interrupted';
  if (old && session.client !== conn.client) replaceSpeaker(old, sessionName, outcome);
  if (old) old.item = undefined;
  conn.item = { session: sessionName, role: 'speaker', heardAt: state.now };
  revise(session, {
    speaker: name,
    lastSpeaker: name,
    client: conn.client,
    state: 'active',
    interruptedAt: undefined,
    expiresAt: state.now + RULES.sessionSeconds,
    isStatusDue: true,
  });
  if (isResumed) notifyListeners(state, session, 'sessionResumed', outcome);
  return complete(old?.name ?? previous);
}

/** The client that has lost the session is notified, and closed, for it must not try to get the session back. */
function replaceSpeaker(old: Conn, session: string, outcome: Outcome): void {
  if (!old.isOpen) return;
  outcome.pushes.push({ to: old.name, type: 'speakerReplaced', session });
  outcome.closes.push(old.name);
  old.isOpen = false;
}

function refreshListener(
  state: State,
  { conn: name, session: sessionName, previous: previousName, isHinted }: Refresh,
): Outcome {
  const conn = state.conn(name);
  const session = state.session(sessionName);
  if (name === previousName) return refused('INVALID_PARAMETERS');
  const previous = state.conn(previousName);
  const old = previous.item;
  const complete = (language: string | undefined): Outcome => {
    // The place has moved all the same, and the end of the session removes it.
    if (!state.isLive(session)) return refused('SESSION_NOT_FOUND');
    return {
      ...nothing(),
      reply: {
        type: 'connectionRefreshComplete',
        sessionId: sessionName,
        role: 'listener',
        connectionId: name,
        previousConnectionId: previousName,
        targetLanguage: language,
        ...sessionNow(session),
      },
    };
  };
  const holds = (item: Conn['item']) => item?.role === 'listener' && item.session === sessionName;
  if (holds(old)) {
    if (conn.item) return refused('ALREADY_IN_SESSION');
    // A closed shard moves no place.
    if (session.state === 'ended') return refused('SESSION_NOT_FOUND');
    conn.item = { session: sessionName, role: 'listener', heardAt: state.now, ...languageOf(old?.language) };
    previous.item = undefined;
    return complete(old?.language);
  }
  // A repetition: the previous connection is gone, and the one that asks has the place.
  if (!old && holds(conn.item)) return complete(conn.item?.language);
  // One answer, whether there is such a session or not. With hints, the role of the one that asks comes first.
  return refused(isHinted && conn.item ? 'ALREADY_IN_SESSION' : 'NOT_IN_SESSION');
}

const languageOf = (language: string | undefined) => (language === undefined ? {} : { language });

import type { Message } from './actions.ts';
import { nothing, type Outcome, refused } from './outcome.ts';
import { endSession, tellListeners } from './rules-leaving.ts';
import { pushStatus, status, tellSpeaker } from './rules-status.ts';
import { type Conn, type Item, RULES, type State } from './state.ts';

/** The rules of messages: what each is answered, and what it changes. */
export function message(state: State, action: Message): Outcome {
  switch (action.do) {
    case 'create':
      return create(state, action);
    case 'join':
      return join(state, action);
    case 'heartbeat':
      return heartbeat(state, action.conn);
    case 'refresh':
      return action.role === 'speaker' ? refreshSpeaker(state, action) : refreshListener(state, action);
    case 'status':
      return status(state, action.conn);
    case 'end':
      return end(state, action.conn);
  }
}

type Of<D extends Message['do']> = Extract<Message, { do: D }>;

function create(state: State, { conn: name, session }: Of<'create'>): Outcome {
  const conn = state.conn(name);
  if (conn.user === undefined) return refused('UNAUTHORIZED');
  const { item } = conn;
  if (item) {
    const own = state.session(item.session);
    const isRepeated = item.role === 'speaker' && state.isLive(own) && own.speaker === name;
    return isRepeated ? created(own.name, name) : refused('ALREADY_IN_SESSION');
  }
  state.sessions.set(session, {
    name: session,
    user: conn.user,
    speaker: name,
    isActive: true,
    expiresAt: state.now + RULES.sessionSeconds,
    lostAt: undefined,
    endedAt: undefined,
    reason: undefined,
    count: 0,
    toldAt: undefined,
  });
  conn.item = { session, role: 'speaker', heardAt: state.now };
  return created(session, name);
}

const created = (sessionId: string, connectionId: string): Outcome => ({
  ...nothing(),
  reply: { type: 'sessionCreated', sessionId, connectionId, sourceLanguage: 'en' },
});

function join(state: State, { conn: name, session: sessionName, language }: Of<'join'>): Outcome {
  const conn = state.conn(name);
  const session = state.session(sessionName);
  if (!state.isLive(session)) return refused('SESSION_NOT_FOUND');
  const joined = (): Outcome => ({
    ...nothing(),
    reply: {
      type: 'sessionJoined',
      sessionId: sessionName,
      connectionId: name,
      targetLanguage: language,
      listenerCount: session.count,
    },
  });
  const { item } = conn;
  if (item) return isListener(item, sessionName, language) ? joined() : refused('ALREADY_IN_SESSION');
  if (session.count >= RULES.capacity) return refused('SESSION_FULL');
  session.count++;
  conn.item = { session: sessionName, role: 'listener', language, heardAt: state.now };
  const outcome = joined();
  tellSpeaker(state, session, outcome);
  return outcome;
}

const isListener = (item: Item, session: string, language: string | undefined): boolean =>
  item.role === 'listener' && item.session === session && item.language === language && item.supersededBy === undefined;

function heartbeat(state: State, name: string): Outcome {
  const { item, openedAt } = state.conn(name);
  if (!item) return refused('NOT_IN_SESSION');
  const { heardBeforeAt } = item;
  if (heardBeforeAt !== undefined && heardBeforeAt + RULES.twoBeatsSeconds > state.now) {
    return refused('RATE_LIMIT_EXCEEDED');
  }
  item.heardBeforeAt = item.heardAt;
  item.heardAt = state.now;
  const outcome: Outcome = { ...nothing(), reply: { type: 'heartbeatAck' } };
  const age = state.now - openedAt;
  if (item.supersededBy === undefined && age >= RULES.refreshSeconds) {
    outcome.pushes.push({ to: name, type: 'connectionRefreshRequired', session: item.session });
    if (age >= RULES.warnSeconds) outcome.pushes.push({ to: name, type: 'connectionWarning' });
  }
  return outcome;
}

function refreshSpeaker(state: State, { conn: name, session: sessionName, previous }: Of<'refresh'>): Outcome {
  const conn = state.conn(name);
  const session = state.session(sessionName);
  if (conn.user === undefined) return refused('UNAUTHORIZED');
  if (!state.isLive(session)) return refused('SESSION_NOT_FOUND');
  if (session.user !== conn.user) return refused('FORBIDDEN');
  if (conn.item && (conn.item.role !== 'speaker' || conn.item.session !== sessionName)) {
    return refused('ALREADY_IN_SESSION');
  }
  const outcome = nothing();
  const old = state.conn(session.speaker);
  const wasLost = session.lostAt !== undefined;
  session.speaker = name;
  session.lostAt = undefined;
  session.expiresAt = state.now + RULES.sessionSeconds;
  const isFirst = conn.item === undefined;
  if (isFirst) conn.item = { session: sessionName, role: 'speaker', heardAt: state.now };
  if (old !== conn) old.item = undefined;
  if (wasLost || (old === conn && isFirst)) tellListeners(state, session, 'sessionResumed', outcome);
  session.toldAt = state.now;
  pushStatus(state, session, outcome);
  return {
    ...outcome,
    reply: {
      type: 'connectionRefreshComplete',
      sessionId: sessionName,
      role: 'speaker',
      connectionId: name,
      previousConnectionId: old === conn ? previous : old.name,
    },
  };
}

function refreshListener(
  state: State,
  { conn: name, session: sessionName, previous: previousName }: Of<'refresh'>,
): Outcome {
  const conn = state.conn(name);
  const session = state.session(sessionName);
  if (name === previousName) return refused('INVALID_PARAMETERS');
  const { item: old } = state.conn(previousName);
  const isItsPlace =
    old?.role === 'listener' &&
    old.session === sessionName &&
    (old.supersededBy === undefined || old.supersededBy === name);
  if (!old || !isItsPlace) {
    if (!state.isLive(session)) return refused('SESSION_NOT_FOUND');
    if (old && (old.role !== 'listener' || old.session !== sessionName)) return refused('FORBIDDEN');
    return refused('NOT_IN_SESSION');
  }
  const { language } = old;
  const isRepeated = old.supersededBy === name && conn.item && isListener(conn.item, sessionName, language);
  if (conn.item && !isRepeated) return refused('ALREADY_IN_SESSION');
  if (!conn.item) conn.item = newItem(state, sessionName, language);
  old.supersededBy = name;
  return {
    ...nothing(),
    reply: {
      type: 'connectionRefreshComplete',
      sessionId: sessionName,
      role: 'listener',
      connectionId: name,
      previousConnectionId: previousName,
      ...(language === undefined ? {} : { targetLanguage: language }),
    },
  };
}

const newItem = (state: State, session: string, language: string | undefined): Item => ({
  session,
  role: 'listener',
  heardAt: state.now,
  ...(language === undefined ? {} : { language }),
});

function end(state: State, name: string): Outcome {
  const conn: Conn = state.conn(name);
  const { item } = conn;
  if (!item) return refused('NOT_IN_SESSION');
  if (item.role !== 'speaker') return refused('FORBIDDEN');
  const session = state.session(item.session);
  if (session.isActive && session.speaker !== name) return refused('FORBIDDEN');
  const outcome = nothing();
  if (session.isActive) endSession(state, session, 'speakerEnded', 'asked', outcome);
  return { ...outcome, reply: { type: 'sessionEnded', sessionId: session.name, reason: session.reason } };
}

import type { Message } from './actions.ts';
import { type Outcome, refused, replied } from './outcome.ts';
import { charge, countWrongId, hasGuessedTooOften } from './rules-budget.ts';
import { endSession, notifyListeners } from './rules-leaving.ts';
import { refresh } from './rules-refresh.ts';
import { hasExpiredToken, status } from './rules-status.ts';
import { RULES, revise, type State, sessionNow, tellsOf } from './state.ts';

/** The rules of messages: what each is answered, and what it changes. */
export const message = (state: State, action: Message): Outcome => charge(state, action.conn, answer(state, action));

function answer(state: State, action: Message): Outcome {
  switch (action.do) {
    case 'create':
      return create(state, action);
    case 'join':
      return join(state, action);
    case 'heartbeat':
      return heartbeat(state, action.conn);
    case 'refresh':
      return refresh(state, action);
    case 'changeLanguage':
      return changeLanguage(state, action);
    case 'setBroadcastState':
      return setBroadcastState(state, action);
    case 'status':
      return status(state, action.conn);
    case 'end':
      return end(state, action.conn);
  }
}

type Of<D extends Message['do']> = Extract<Message, { do: D }>;

function create(state: State, { conn: name, session }: Of<'create'>): Outcome {
  const conn = state.conn(name);
  const created = (sessionId: string): Outcome =>
    replied({
      type: 'sessionCreated',
      sessionId,
      connectionId: name,
      sourceLanguage: 'en',
      maxListeners: RULES.capacity,
      ...sessionNow(state.session(sessionId)),
    });
  if (conn.user === undefined) return refused('UNAUTHORIZED');
  if (hasExpiredToken(state, conn)) return refused('TOKEN_EXPIRED');
  if (state.denied.has(conn.user)) return refused('SPEAKER_DENIED');
  const { item } = conn;
  if (item) {
    const own = state.session(item.session);
    const isRepeated = item.role === 'speaker' && state.isLive(own) && own.speaker === name;
    return isRepeated ? created(own.name) : refused('ALREADY_IN_SESSION');
  }
  const fresh = {
    name: session,
    user: conn.user,
    speaker: name,
    lastSpeaker: name,
    client: conn.client,
    state: 'active' as const,
    broadcastState: { paused: false, muted: false, volume: 1 },
    broadcastStateSetAt: undefined,
    revision: 0,
    expiresAt: state.now + RULES.sessionSeconds,
    interruptedAt: undefined,
    endedAt: undefined,
    reason: undefined,
    isComplete: false,
    history: new Map(),
    isStatusDue: false,
  };
  revise(fresh, {});
  state.sessions.set(session, fresh);
  conn.item = { session, role: 'speaker', heardAt: state.now };
  return created(session);
}

function join(state: State, { conn: name, session: sessionName, language, isKeyed }: Of<'join'>): Outcome {
  const conn = state.conn(name);
  const session = state.session(sessionName);
  if (!isKeyed && hasGuessedTooOften(state)) return refused('RATE_LIMIT_EXCEEDED');
  if (!state.isLive(session)) {
    return refused(
      !isKeyed && countWrongId(state) > RULES.wrongIdsPerMinute ? 'RATE_LIMIT_EXCEEDED' : 'SESSION_NOT_FOUND',
    );
  }
  const joined = (): Outcome =>
    replied({
      type: 'sessionJoined',
      sessionId: sessionName,
      connectionId: name,
      targetLanguage: language,
      listenerCount: state.listeners(sessionName).length,
      ...sessionNow(session),
    });
  const { item } = conn;
  if (item) {
    const isRepeated = item.role === 'listener' && item.session === sessionName && item.language === language;
    return isRepeated ? joined() : refused('ALREADY_IN_SESSION');
  }
  if (state.listeners(sessionName).length >= RULES.capacity) return refused('SESSION_FULL');
  conn.item = { session: sessionName, role: 'listener', language, heardAt: state.now };
  session.isStatusDue = true;
  return joined();
}

function heartbeat(state: State, name: string): Outcome {
  const { item, openedAt } = state.conn(name);
  if (!item) return refused('NOT_IN_SESSION');
  const { heardBeforeAt } = item;
  if (heardBeforeAt !== undefined && heardBeforeAt + RULES.twoBeatsSeconds > state.now) {
    return refused('RATE_LIMIT_EXCEEDED');
  }
  item.heardBeforeAt = item.heardAt;
  item.heardAt = state.now;
  const session = state.session(item.session);
  // What it says of the session may be a second old: compared with the session's history.
  const outcome = replied({ type: 'heartbeatAck', sessionId: session.name });
  const age = state.now - openedAt;
  if (session.state !== 'ended' && age >= RULES.refreshSeconds) {
    outcome.pushes.push({ to: name, type: 'connectionRefreshRequired', session: session.name });
    if (age >= RULES.warnSeconds) outcome.pushes.push({ to: name, type: 'connectionWarning' });
  }
  return outcome;
}

function changeLanguage(state: State, { conn: name, language }: Of<'changeLanguage'>): Outcome {
  const { item } = state.conn(name);
  if (!item) return refused('NOT_IN_SESSION');
  if (item.role !== 'listener') return refused('FORBIDDEN');
  const session = state.session(item.session);
  if (item.language !== language) {
    if (session.state === 'ended') return refused('SESSION_NOT_FOUND');
    item.language = language;
    item.languageChangedAt = state.now;
    session.isStatusDue = true;
  }
  if (!state.isLive(session)) return refused('SESSION_NOT_FOUND');
  return replied({
    type: 'languageChanged',
    sessionId: session.name,
    targetLanguage: language,
    ...sessionNow(session),
  });
}

function setBroadcastState(state: State, { conn: name, change }: Of<'setBroadcastState'>): Outcome {
  const conn = state.conn(name);
  if (conn.user === undefined) return refused('UNAUTHORIZED');
  if (hasExpiredToken(state, conn)) return refused('TOKEN_EXPIRED');
  if (!conn.item) return refused('NOT_IN_SESSION');
  if (conn.item.role !== 'speaker') return refused('FORBIDDEN');
  const session = state.session(conn.item.session);
  if (session.state !== 'active' || session.speaker !== name) {
    return refused(state.isLive(session) ? 'FORBIDDEN' : 'SESSION_NOT_FOUND');
  }
  const before = tellsOf(session);
  revise(session, { broadcastState: { ...session.broadcastState, ...change }, broadcastStateSetAt: state.now });
  const outcome = replied({ type: 'broadcastStateChanged', sessionId: session.name, ...sessionNow(session) });
  if (tellsOf(session) !== before) notifyListeners(state, session, 'broadcastStateChanged', outcome);
  return outcome;
}

function end(state: State, name: string): Outcome {
  const conn = state.conn(name);
  if (hasExpiredToken(state, conn)) return refused('TOKEN_EXPIRED');
  const { item } = conn;
  if (!item) return refused('NOT_IN_SESSION');
  if (item.role !== 'speaker') return refused('FORBIDDEN');
  const session = state.session(item.session);
  if (session.state !== 'ended' && session.speaker !== name) return refused('FORBIDDEN');
  const outcome = replied({ type: 'sessionEnded', sessionId: session.name });
  if (session.state !== 'ended') {
    // The answer does not wait for what follows.
    const revision = session.revision + 1;
    endSession(state, session, 'speakerEnded', outcome);
    return { ...outcome, reply: { ...outcome.reply, revision, reason: session.reason } };
  }
  // That of the end, and not of its completion.
  const revision = session.isComplete ? session.revision - 1 : session.revision;
  return { ...outcome, reply: { ...outcome.reply, revision, reason: session.reason } };
}

import { nothing, type Outcome } from './outcome.ts';
import { pushStatus, tellSpeaker } from './rules-status.ts';
import { type Conn, holdsPlace, type Item, type ModelSession, RULES, type State } from './state.ts';

/** The rules of ends and losses, as plainly as they can be said. */

/** Tells the listeners of a live session something. Sockets that turn out to be gone lose their place. */
export function tellListeners(state: State, session: ModelSession, type: string, outcome: Outcome): void {
  for (const conn of state.listeners(session.name)) {
    if (conn.isOpen) {
      outcome.pushes.push({ to: conn.name, type, session: session.name });
    } else {
      conn.item = undefined;
      session.count--;
    }
  }
}

export function endSession(
  state: State,
  session: ModelSession,
  reason: string,
  speaker: 'asked' | 'gone' | 'tell',
  outcome: Outcome,
): void {
  session.isActive = false;
  session.endedAt = state.now;
  session.reason = reason;
  session.count = 0;
  const push = (conn: Conn) => {
    if (conn.isOpen) outcome.pushes.push({ to: conn.name, type: 'sessionEnded', session: session.name, reason });
  };
  const speakerConn = state.conn(session.speaker);
  if (speaker === 'tell') push(speakerConn);
  for (const conn of state.listeners(session.name)) {
    push(conn);
    conn.owed.add(session.name);
    conn.item = undefined;
  }
  if (speaker !== 'gone') speakerConn.item = undefined;
}

/** What follows from an item that was removed because its connection is no longer there. */
export function leave(state: State, conn: Conn, item: Item, isClean: boolean, outcome: Outcome): void {
  const session = state.session(item.session);
  if (item.role === 'listener') {
    if (holdsPlace(item) && session.count > 0) session.count--;
    return;
  }
  if (session.speaker !== conn.name) return;
  if (isClean) {
    if (session.isActive) endSession(state, session, 'speakerLeft', 'gone', outcome);
  } else if (state.isLive(session) && session.lostAt === undefined) {
    session.lostAt = state.now;
    tellListeners(state, session, 'sessionInterrupted', outcome);
  }
}

/** The service hears that a connection has ended. */
export function disconnected(state: State, name: string, isClean: boolean, outcome: Outcome): void {
  const conn = state.conn(name);
  const { item } = conn;
  if (item === undefined) return;
  conn.item = undefined;
  leave(state, conn, item, isClean, outcome);
  if (holdsPlace(item)) tellSpeaker(state, state.session(item.session), outcome);
}

export function close(state: State, { conn: name, how, fate }: { conn: string; how: string; fate: string }): Outcome {
  const outcome = nothing();
  state.conn(name).isOpen = false;
  const isClean = how === 'close';
  if (fate === 'delay') state.late.push({ conn: name, isClean, dueAt: state.now + LATE_SECONDS });
  else if (fate !== 'lose') disconnected(state, name, isClean, outcome);
  return outcome;
}

/** How much late a delayed `$disconnect` is: less than any wait. */
export const LATE_SECONDS = 15;

export function wait(state: State, seconds: number): Outcome {
  const outcome = nothing();
  state.now += seconds;
  const due = state.late.filter(({ dueAt }) => dueAt <= state.now);
  state.late = state.late.filter(({ dueAt }) => dueAt > state.now);
  const speakers = [...state.sessions.values()].map(({ name, speaker }) => ({ to: speaker, session: name }));
  for (const { conn, isClean } of due) disconnected(state, conn, isClean, outcome);
  if (due.length > 1) {
    // They all come at once: of one that is told and another that leaves, either may be first.
    const others = outcome.pushes.filter(({ type }) => type !== 'sessionStatus');
    const statuses = speakers.map((speaker) => ({ ...speaker, type: 'sessionStatus' }));
    outcome.pushes = [...others, ...statuses].map((push) => ({ ...push, isOptional: true }));
  }
  return outcome;
}

export function sweep(state: State): Outcome {
  const outcome = nothing();
  const seen = [...state.conns.values()].filter(({ item }) => item !== undefined);
  const silent = seen.filter(({ item }) => item !== undefined && item.heardAt + RULES.silenceSeconds <= state.now);
  const items = silent.map((conn) => ({ conn, item: conn.item as Item }));
  for (const { conn } of items) {
    conn.item = undefined;
    if (conn.isOpen) outcome.closes.push(conn.name);
  }
  for (const { conn, item } of items) leave(state, conn, item, false, outcome);
  // Whether a silent listener, on its way out, still hears that the speaker was lost as well, is a matter of order.
  for (const { conn, item } of items) {
    if (!conn.isOpen || !holdsPlace(item)) continue;
    const type = 'sessionInterrupted';
    outcome.pushes.push({ to: conn.name, type, session: item.session, isOptional: true });
  }
  for (const { conn } of items) conn.isOpen = false;
  for (const session of state.sessions.values()) {
    if (!session.isActive) continue;
    if (!state.isLive(session)) endSession(state, session, 'expired', 'tell', outcome);
    else if (session.lostAt !== undefined && session.lostAt + RULES.graceSeconds <= state.now) {
      endSession(state, session, 'speakerLost', 'gone', outcome);
    }
    const isSpeakerThere = state.conn(session.speaker).item?.session === session.name;
    if (state.isLive(session) && session.lostAt === undefined && isSpeakerThere) pushStatus(state, session, outcome);
  }
  for (const conn of seen) {
    const session = conn.item && state.session(conn.item.session);
    if (!conn.item || !session || session.isActive) continue;
    if (session.endedAt === undefined || session.endedAt + RULES.reconcileSeconds > state.now) continue;
    const isTold = holdsPlace(conn.item) || conn.item.role === 'speaker';
    if (isTold && conn.isOpen) {
      outcome.pushes.push({ to: conn.name, type: 'sessionEnded', session: session.name });
      if (holdsPlace(conn.item)) conn.owed.add(session.name);
    }
    conn.item = undefined;
  }
  return outcome;
}

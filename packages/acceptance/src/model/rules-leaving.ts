import { nothing, type Outcome } from './outcome.ts';
import { type Conn, type Item, type ModelSession, RULES, revise, type State } from './state.ts';

/** The rules of ends and losses, as plainly as they can be said. */

/** Notifies the listeners of a session. Sockets that turn out to be gone lose their place. */
export function notifyListeners(state: State, session: ModelSession, type: string, outcome: Outcome): void {
  for (const conn of state.listeners(session.name)) {
    if (conn.isOpen) outcome.pushes.push({ to: conn.name, type, session: session.name });
    else releasePlace(state, conn);
  }
}

/** Removes a listener, or a speaker whose session has moved on. */
function releasePlace(state: State, conn: Conn): void {
  const { item } = conn;
  conn.item = undefined;
  if (item?.role === 'listener') state.session(item.session).isStatusDue = true;
}

/**
 * Ends a session, and all that follows: everybody is notified and removed, then the end is complete. A speaker who has
 * asked for it has the answer, and keeps its role, so that it can ask again.
 */
export function endSession(state: State, session: ModelSession, reason: string, outcome: Outcome): void {
  revise(session, { state: 'ended', endedAt: state.now, reason, interruptedAt: undefined });
  completeEnd(state, session, outcome);
}

export function completeEnd(state: State, session: ModelSession, outcome: Outcome): void {
  const { name, reason, speaker } = session;
  const notify = (conn: Conn) => {
    if (conn.isOpen) {
      outcome.pushes.push({ to: conn.name, type: 'sessionEnded', session: name, ...(reason && { reason }) });
      conn.owed.add(name);
    }
    conn.item = undefined;
  };
  const speakerConn = speaker === undefined || reason === 'speakerEnded' ? undefined : state.conn(speaker);
  if (speakerConn?.item?.session === name) notify(speakerConn);
  for (const conn of state.listeners(name)) notify(conn);
  revise(session, { speaker: undefined, isComplete: true });
}

/** What follows when a connection that holds a role is removed. */
export function leave(state: State, conn: Conn, item: Item, isGoodbye: boolean, outcome: Outcome): void {
  const session = state.session(item.session);
  releasePlace(state, conn);
  conn.item = undefined;
  if (item.role === 'listener' || session.state !== 'active' || session.speaker !== conn.name) return;
  session.speaker = undefined;
  if (isGoodbye) {
    endSession(state, session, 'speakerLeft', outcome);
    return;
  }
  revise(session, { state: 'interrupted', interruptedAt: state.now });
  notifyListeners(state, session, 'sessionInterrupted', outcome);
}

/** The service hears that a connection has ended. */
function disconnected(state: State, name: string, isGoodbye: boolean, outcome: Outcome): void {
  const conn = state.conn(name);
  if (conn.item) leave(state, conn, conn.item, isGoodbye, outcome);
}

export function close(state: State, { conn: name, how, fate }: { conn: string; how: string; fate: string }): Outcome {
  const outcome = nothing();
  state.conn(name).isOpen = false;
  const isGoodbye = how === 'goodbye';
  if (fate === 'delay') state.late.push({ conn: name, isGoodbye, dueAt: state.now + LATE_SECONDS });
  else if (fate !== 'lose') disconnected(state, name, isGoodbye, outcome);
  return outcome;
}

/** The service closes a connection on purpose: the role goes first, so `$disconnect` finds nothing. */
export function closeByService(state: State, conn: Conn, outcome: Outcome): void {
  if (conn.item) leave(state, conn, conn.item, false, outcome);
  conn.isOpen = false;
  outcome.closes.push(conn.name);
}

/** How much late a delayed `$disconnect` is: less than any wait. */
export const LATE_SECONDS = 15;

export function wait(state: State, seconds: number): Outcome {
  const outcome = nothing();
  state.now += seconds;
  const due = state.late.filter(({ dueAt }) => dueAt <= state.now);
  state.late = state.late.filter(({ dueAt }) => dueAt > state.now);
  for (const { conn, isGoodbye } of due) disconnected(state, conn, isGoodbye, outcome);
  return outcome;
}

export const isSilent = (state: State, { item }: Conn): boolean =>
  item !== undefined && item.heardAt + RULES.silenceSeconds <= state.now;

/** Whether a sweep removes a silent connection: not one that API Gateway has seen active, unless for very long. */
export function isGivenUp(state: State, { item, isOpen, activeAt }: Conn): boolean {
  if (!item || !isOpen) return true;
  const isActive = activeAt + RULES.silenceSeconds > state.now;
  return !isActive || item.heardAt + RULES.maxTimeouts * RULES.silenceSeconds <= state.now;
}

export function sweep(state: State): Outcome {
  const outcome = nothing();
  for (const session of state.sessions.values()) {
    const { interruptedAt, endedAt = state.now } = session;
    if (session.state === 'ended') {
      if (!session.isComplete && endedAt + RULES.endSeconds <= state.now) completeEnd(state, session, outcome);
    } else if (!state.isLive(session)) {
      endSession(state, session, 'expired', outcome);
    } else if (interruptedAt !== undefined && interruptedAt + RULES.graceSeconds <= state.now) {
      endSession(state, session, 'speakerLost', outcome);
    }
  }
  const silent = [...state.conns.values()].filter((conn) => isSilent(state, conn) && isGivenUp(state, conn));
  // In any order: whether a silent listener, on its way out, still hears that the speaker was lost as well, depends.
  const open = silent.filter(({ isOpen }) => isOpen);
  const places = open.map(({ name, item }) => ({ name, item }));
  for (const conn of silent) {
    if (conn.item?.role === 'listener') leave(state, conn, conn.item, false, outcome);
  }
  for (const conn of silent) {
    if (conn.item) leave(state, conn, conn.item, false, outcome);
  }
  for (const { name, item } of places) {
    if (item?.role !== 'listener') continue;
    outcome.pushes.push({ to: name, type: 'sessionInterrupted', session: item.session, isOptional: true });
  }
  for (const conn of open) {
    conn.isOpen = false;
    outcome.closes.push(conn.name);
  }
  return outcome;
}

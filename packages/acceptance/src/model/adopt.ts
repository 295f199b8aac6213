import type { Action, Single } from './actions.ts';
import { itemOf, type Problems, show } from './compare.ts';
import type { Names } from './names.ts';
import { LATE_SECONDS } from './rules-leaving.ts';
import { type Conn, type Item, type ModelSession, RULES, type State, tellsOf } from './state.ts';
import type { Stored } from './tables.ts';

export interface Adoption {
  readonly before: State;
  readonly actions: readonly Action[];
  readonly stored: Stored;
  readonly names: Names;
  readonly baseMs: number;
  /** Whether a client's socket is open now. */
  readonly isOpen: (conn: string) => boolean;
  /** Whether a heartbeat of the connection was acknowledged in the meantime. */
  readonly isHeard: (conn: string) => boolean;
  /** The service was told that an open connection is gone, so it may take its place away. */
  readonly isGoneBelieved: boolean;
}

/**
 * After a fault, or with two things at once, more than one outcome is right. The model then takes over what is stored,
 * but only what the actions can explain: no place of another may change.
 */
export function adopt(adoption: Adoption): { state: State; problems: Problems } {
  const { before, stored, names, baseMs, actions } = adoption;
  const state = before.copy();
  const problems: Problems = [];
  const items = new Map(stored.connections.map((item) => [names.of(item.connectionId), item]));
  const sessions = new Map(stored.sessions.map((session) => [names.of(session.sessionId), session]));
  for (const action of actions) {
    if (action.do === 'deny') state.denied.add(action.user);
  }

  for (const name of sessions.keys()) {
    if (!state.sessions.has(name)) adoptNewSession(name);
  }
  for (const session of state.sessions.values()) {
    const found = sessions.get(session.name);
    if (found) adoptSession(session, found);
    else problems.push(`${session.name} is no longer stored`);
  }
  for (const conn of state.conns.values()) {
    const found = items.get(conn.name);
    const item = found && itemOf(found, names, baseMs);
    conn.isOpen = adoption.isOpen(conn.name);
    if (item) explainItem(conn, item);
    else if (conn.item) explainLoss(conn, conn.item);
    oweEnd(conn, conn.item ?? item);
    if (show([conn.item?.session, conn.item?.language]) !== show([item?.session, item?.language])) {
      for (const one of [conn.item, item]) if (one) state.session(one.session).isStatusDue = true;
    }
    conn.item = item;
    items.delete(conn.name);
  }
  for (const action of actions) {
    if (action.do !== 'close' || action.fate !== 'delay' || state.late.some(({ conn }) => conn === action.conn))
      continue;
    state.late.push({ conn: action.conn, isGoodbye: action.how === 'goodbye', dueAt: state.now + LATE_SECONDS });
  }
  for (const name of items.keys()) problems.push(`there is an item of ${name}, which no client is`);
  return { state, problems };

  function adoptSession(session: ModelSession, found: Stored['sessions'][number]): void {
    const { name } = session;
    const hasEnded = session.state !== 'ended' && found.state === 'ended';
    if (hasEnded && !actions.some((action) => canEnd(action, name, adoption))) {
      problems.push(`${name} has ended (${found.endReason}) without a reason`);
    }
    if (session.state === 'ended' && found.state !== 'ended') problems.push(`${name} has come back to life`);
    if (found.revision < session.revision) problems.push(`${name} has fallen back to revision ${found.revision}`);
    const speaker = found.speakerConnectionId === undefined ? undefined : names.of(found.speakerConnectionId);
    const isMoved = speaker !== undefined && speaker !== session.speaker;
    const mover = actions.find(
      (action) => action.do === 'refresh' && action.role === 'speaker' && action.conn === speaker,
    );
    if (isMoved && !mover) problems.push(`${name} has moved from ${session.speaker} to ${speaker} without a reason`);
    if (isMoved && state.conn(session.lastSpeaker).order > state.conn(speaker).order) {
      problems.push(`${name} has moved back from ${session.lastSpeaker} to ${speaker}, which is older`);
    }
    if (session.state === 'active' && found.state === 'interrupted' && !isInterruptible(name)) {
      problems.push(`${name} was interrupted without a reason`);
    }
    const isChanged = found.revision !== session.revision;
    session.speaker = speaker;
    if (isMoved) {
      session.lastSpeaker = speaker;
      session.client = found.speakerClientId;
      session.isStatusDue = true;
    }
    if (hasEnded) session.endedAt = state.now;
    if (found.state === 'scheduled') problems.push(`${name} is scheduled: nobody has scheduled it`);
    else session.state = found.state;
    session.reason = found.endReason;
    session.revision = found.revision;
    session.broadcastState = found.broadcastState;
    session.isComplete = found.endCompletedAt !== undefined;
    session.expiresAt = (found.expiresAt - baseMs) / 1000;
    session.interruptedAt = found.interruptedAt === undefined ? undefined : (found.interruptedAt - baseMs) / 1000;
    if (isChanged) session.history.set(found.revision, tellsOf(session));
  }

  function isInterruptible(name: string): boolean {
    const { speaker } = before.session(name);
    const candidates = [speaker, ...actions.flatMap((action) => ('conn' in action ? [action.conn] : []))];
    return candidates.some((conn) => conn !== undefined && (!adoption.isOpen(conn) || adoption.isGoneBelieved));
  }

  function adoptNewSession(name: string): void {
    const found = sessions.get(name);
    const creator = actions.find((action) => action.do === 'create');
    const conn = creator?.do === 'create' ? state.conn(creator.conn) : undefined;
    if (!found || !conn || conn.user === undefined) {
      problems.push(`there is a session ${name} that no client has created`);
      return;
    }
    state.sessions.set(name, {
      name,
      user: conn.user,
      speaker: conn.name,
      lastSpeaker: conn.name,
      client: conn.client,
      state: 'active',
      broadcastState: found.broadcastState,
      broadcastStateSetAt: undefined,
      revision: 1,
      expiresAt: state.now + RULES.sessionSeconds,
      interruptedAt: undefined,
      endedAt: undefined,
      reason: undefined,
      isComplete: false,
      history: new Map([[1, show(['active', false, false, 1])]]),
      isStatusDue: false,
    });
  }

  function explainItem(conn: Conn, item: Item): void {
    const { item: old, name } = conn;
    if (!old) {
      const isActor = actions.some((action) => speaksAs(action, name));
      if (!isActor) problems.push(`${name} has got a place that it did not ask for: ${show(item)}`);
      return;
    }
    // What it asks for while it loses its old place to another, it may get.
    if (actions.some((action) => speaksAs(action, name))) return;
    if (old.session !== item.session || old.role !== item.role || old.language !== item.language) {
      problems.push(`${name} has changed its place from ${show(old)} to ${show(item)}`);
    }
  }

  function explainLoss(conn: Conn, item: Item): void {
    const session = state.session(item.session);
    if (session.state === 'ended') return;
    // Handed on to the connection that has refreshed it.
    if (actions.some((action) => action.do === 'refresh' && action.previous === conn.name && action.role === item.role))
      return;
    if (item.role === 'speaker' && session.speaker !== undefined && session.speaker !== conn.name) return;
    // Closed by its client, or by the service, which may do that only to the silent.
    if (!conn.isOpen && (isClosedByClient(conn.name) || !before.conn(conn.name).isOpen)) return;
    if (!conn.isOpen && actions.some((action) => speaksAs(action, conn.name))) return;
    if (adoption.isGoneBelieved) return;
    if (!isSweptAsSilent(conn, item)) problems.push(`${conn.name} has lost its place without a reason`);
  }

  /** One who is or was in an ended session is to be notified. */
  function oweEnd(conn: Conn, item: Item | undefined): void {
    if (item?.role !== 'listener' || state.session(item.session).state !== 'ended') return;
    // Where a sweep took the place of a silent one first, the end found no connection to notify; and what has just joined may
    // have had its place taken back.
    if (isSweptAsSilent(conn, item) || !before.conn(conn.name).item) return;
    // It may have handed its place on at the same moment.
    if (actions.some((action) => action.do === 'refresh' && action.previous === conn.name)) return;
    conn.owed.add(item.session);
  }

  function isSweptAsSilent(conn: Conn, item: Item): boolean {
    const isSwept = actions.some(({ do: what }) => what === 'sweep');
    const heardAt = adoption.isHeard(conn.name) ? state.now : item.heardAt;
    return isSwept && heardAt + RULES.silenceSeconds <= state.now;
  }

  function isClosedByClient(name: string): boolean {
    return actions.some((action) => action.do === 'close' && action.conn === name);
  }
}

/** Splits what is held up and what comes in between. */
export const partsOf = (action: Action): Action[] => (action.do === 'hold' ? [action.first, action.second] : [action]);

const speaksAs = (action: Action, conn: string): boolean =>
  'conns' in action ? action.conns.includes(conn) : 'conn' in action && action.conn === conn;

function canEnd(action: Action | Single, name: string, { before }: Adoption): boolean {
  const session = before.sessions.get(name);
  if (!session) return action.do === 'operatorEnd' || action.do === 'deny';
  const { speaker, interruptedAt } = session;
  switch (action.do) {
    case 'end':
    case 'close':
      return action.conn === speaker || before.conn(action.conn).item?.session === name;
    case 'operatorEnd':
      return action.session === name;
    case 'deny':
      return session.user === action.user;
    case 'sweep':
      return (
        !before.isLive(session) || (interruptedAt !== undefined && interruptedAt + RULES.graceSeconds <= before.now)
      );
    case 'wait':
      return before.late.some(({ conn }) => conn === speaker);
    default:
      return false;
  }
}

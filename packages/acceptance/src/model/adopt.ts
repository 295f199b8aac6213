import type { Action, Single } from './actions.ts';
import { itemOf, type Problems } from './compare.ts';
import type { Names } from './names.ts';
import { LATE_SECONDS } from './rules-leaving.ts';
import { type Conn, holdsPlace, type Item, RULES, type State } from './state.ts';
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
 * but only what the actions can explain: nobody else's place may change.
 */
export function adopt(adoption: Adoption): { state: State; problems: Problems } {
  const { before, stored, names, baseMs, actions } = adoption;
  const state = before.copy();
  const problems: Problems = [];
  const items = new Map(stored.connections.map((item) => [names.of(item.connectionId), item]));
  const sessions = new Map(stored.sessions.map((session) => [names.of(session.sessionId), session]));

  for (const name of sessions.keys()) {
    if (!state.sessions.has(name)) adoptNewSession(name);
  }
  for (const session of state.sessions.values()) {
    const found = sessions.get(session.name);
    if (!found) {
      problems.push(`${session.name} is no longer stored`);
      continue;
    }
    if (session.isActive && !found.isActive && !actions.some((action) => canEnd(action, session.name, adoption))) {
      problems.push(`${session.name} has ended (${found.endReason}) without a reason`);
    }
    if (!session.isActive && found.isActive) problems.push(`${session.name} has come back to life`);
    const speaker = names.of(found.speakerConnectionId);
    const isMoved = speaker !== session.speaker;
    if (isMoved && !actions.some((action) => isRefresh(action, 'speaker', speaker))) {
      problems.push(`${session.name} has moved from ${session.speaker} to ${speaker} without a reason`);
    }
    if (found.isActive && found.speakerLostAt === undefined && session.lostAt !== undefined && !isMoved) {
      const isRefreshed = actions.some((action) => isRefresh(action, 'speaker', speaker));
      if (!isRefreshed) problems.push(`the grace period of ${session.name} has stopped without a reason`);
    }
    if (session.isActive && !found.isActive) session.endedAt = state.now;
    session.speaker = speaker;
    session.isActive = found.isActive;
    session.reason = found.endReason;
    session.count = found.listenerCount;
    session.expiresAt = (found.expiresAt - baseMs) / 1000;
    session.lostAt = found.speakerLostAt === undefined ? undefined : (found.speakerLostAt - baseMs) / 1000;
  }

  for (const conn of state.conns.values()) {
    const found = items.get(conn.name);
    const item = found && itemOf(found, names, baseMs);
    conn.isOpen = adoption.isOpen(conn.name);
    if (item) explainItem(conn, item);
    else if (conn.item) explainLoss(conn, conn.item);
    conn.item = item;
    items.delete(conn.name);
  }
  for (const action of actions) {
    if (action.do !== 'close' || action.fate !== 'delay' || state.late.some(({ conn }) => conn === action.conn))
      continue;
    state.late.push({ conn: action.conn, isClean: action.how === 'close', dueAt: state.now + LATE_SECONDS });
  }
  for (const name of items.keys()) problems.push(`there is an item of ${name}, whom nobody knows`);
  return { state, problems };

  function adoptNewSession(name: string): void {
    const found = sessions.get(name);
    const creator = actions.find((action) => action.do === 'create');
    const conn = creator?.do === 'create' ? state.conn(creator.conn) : undefined;
    if (!found || !conn || names.of(found.speakerConnectionId) !== conn.name || conn.user === undefined) {
      problems.push(`there is a session ${name} that nobody has created`);
      return;
    }
    state.sessions.set(name, {
      name,
      user: conn.user,
      speaker: conn.name,
      isActive: true,
      expiresAt: state.now + RULES.sessionSeconds,
      lostAt: undefined,
      endedAt: undefined,
      reason: undefined,
      count: 0,
      toldAt: undefined,
    });
  }

  function explainItem(conn: Conn, item: Item): void {
    const { item: old, name } = conn;
    if (!old) {
      const isActor = actions.some((action) => speaksAs(action, name));
      if (!isActor) problems.push(`${name} has got a place that it did not ask for: ${JSON.stringify(item)}`);
      return;
    }
    // What it asks for while it loses its old place to another, it may get.
    if (actions.length > 1 && actions.some((action) => speaksAs(action, name))) return;
    if (old.session !== item.session || old.role !== item.role || old.language !== item.language) {
      problems.push(`${name} has changed its place from ${JSON.stringify(old)} to ${JSON.stringify(item)}`);
    }
    const isHandedOn = old.supersededBy !== item.supersededBy;
    if (isHandedOn && !actions.some((action) => isRefresh(action, 'listener', item.supersededBy ?? old.supersededBy))) {
      problems.push(`${name} has handed its place on to ${item.supersededBy} without a reason`);
    }
  }

  function explainLoss(conn: Conn, item: Item): void {
    const session = state.session(item.session);
    const wasListener = holdsPlace(item);
    if (!session.isActive) {
      // Where a sweep took the place of a silent one first, the end found nobody to tell.
      if (wasListener && !isSweptAsSilent(conn, item)) conn.owed.add(session.name);
      return;
    }
    if (!conn.isOpen) {
      // Closed by its client, or by a sweep, which may do that only to the silent.
      if (!isClosedByClient(conn.name) && before.conn(conn.name).isOpen) explainSilence(conn, item);
      return;
    }
    if (item.role === 'speaker' && session.speaker !== conn.name) return;
    if (item.supersededBy !== undefined) return;
    if (adoption.isGoneBelieved) return;
    explainSilence(conn, item);
  }

  function explainSilence(conn: Conn, item: Item): void {
    if (!isSweptAsSilent(conn, item)) problems.push(`${conn.name} has lost its place without a reason`);
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
  action.do === 'rush' ? action.conns.includes(conn) : 'conn' in action && action.conn === conn;

const isRefresh = (action: Action, role: string, by: string | undefined): boolean =>
  action.do === 'refresh' && action.role === role && action.conn === by;

function canEnd(action: Action | Single, session: string, { before }: Adoption): boolean {
  const { speaker, lostAt } = before.session(session);
  switch (action.do) {
    case 'end':
    case 'close':
      return before.conn(action.conn).item?.session === session && before.conn(action.conn).item?.role === 'speaker'
        ? true
        : action.conn === speaker;
    case 'sweep':
      return (
        !before.isLive(before.session(session)) || (lostAt !== undefined && lostAt + RULES.graceSeconds <= before.now)
      );
    case 'wait':
      return before.late.some(({ conn }) => conn === speaker);
    default:
      return false;
  }
}

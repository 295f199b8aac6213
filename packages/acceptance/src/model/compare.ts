import type { Action } from './actions.ts';
import type { Names } from './names.ts';
import type { Outcome } from './outcome.ts';
import { type Item, RULES, type State, type Status } from './state.ts';
import type { Stored } from './tables.ts';

/** Differences between what is and what should be, each in a line; none: all is well. */
export type Problems = string[];

/** A push as it came, with names. */
export interface Heard {
  readonly to: string;
  readonly message: Readonly<Record<string, unknown>>;
}

export function compareReply(expected: Outcome['reply'], actual: Record<string, unknown> | undefined): Problems {
  if (expected === undefined) return [];
  const wrong = Object.keys(expected).filter((key) => show(actual?.[key]) !== show(expected[key]));
  return wrong.length === 0 ? [] : [`the reply was ${show(actual)} instead of ${show(expected)}`];
}

/**
 * How a session is, as its speaker is told: where more than one outcome is right, when and with which numbers depends. But
 * nobody else is told, and never of more listeners than there can be.
 */
export function compareStatuses(
  heard: readonly Heard[],
  { before, actions, after }: { before: State; actions: readonly Action[]; after: State },
): Problems {
  return heard.flatMap(({ to, message }) => {
    if (message.type !== 'sessionStatus') return [];
    const session = String(message.sessionId);
    // One who has become the speaker in between may no longer be it.
    const isComing = actions.some(
      (action) => action.do === 'refresh' && action.role === 'speaker' && action.conn === to,
    );
    const isSpeaker = isComing || [before, after].some(({ sessions }) => sessions.get(session)?.speaker === to);
    const count = Number(message.listenerCount);
    const isPossible = count >= 0 && count <= RULES.capacity;
    return isSpeaker && isPossible ? [] : [`${to} got ${show(message)}, which it should not`];
  });
}

const isStatus = ({ state, listenerCount, listenersByLanguage }: Status, message: Heard['message']): boolean =>
  show([state, listenerCount, listenersByLanguage]) ===
  show([message.state, message.listenerCount, message.listenersByLanguage]);

export function comparePushes(expected: Outcome['pushes'], heard: readonly Heard[]): Problems {
  const open = [...expected];
  const problems: Problems = [];
  for (const { to, message } of heard) {
    const at = open.findIndex(
      (push) =>
        push.to === to &&
        push.type === message.type &&
        (push.session === undefined || push.session === message.sessionId) &&
        (push.reason === undefined || push.reason === message.reason) &&
        (push.status === undefined || isStatus(push.status, message)),
    );
    if (at < 0) problems.push(`${to} got ${show(message)}, which it should not`);
    else open.splice(at, 1);
  }
  for (const push of open.filter(({ isOptional }) => isOptional !== true)) {
    problems.push(`${push.to} did not get ${show({ ...push })}`);
  }
  return problems;
}

export function compareTables(state: State, stored: Stored, names: Names): Problems {
  const problems: Problems = [];
  const items = new Map(stored.connections.map((item) => [names.of(item.connectionId), item]));
  for (const { name, item } of state.conns.values()) {
    const [wanted, found] = [item && showItem(item), items.get(name)];
    items.delete(name);
    const actual = found && showItem(itemOf(found, names, 0));
    if (wanted !== actual)
      problems.push(`${name} is stored as ${actual ?? 'nothing'} instead of ${wanted ?? 'nothing'}`);
  }
  for (const [name, item] of items) problems.push(`there is an item of ${name}: ${show(item)}`);

  const sessions = new Map(stored.sessions.map((session) => [names.of(session.sessionId), session]));
  for (const session of state.sessions.values()) {
    const found = sessions.get(session.name);
    sessions.delete(session.name);
    const wanted = {
      isActive: session.isActive,
      listenerCount: session.count,
      isLost: session.lostAt !== undefined,
      ...(session.isActive ? { speaker: session.speaker } : { reason: session.reason }),
    };
    const actual = found && {
      isActive: found.isActive,
      listenerCount: found.listenerCount,
      isLost: found.speakerLostAt !== undefined,
      ...(found.isActive ? { speaker: names.of(found.speakerConnectionId) } : { reason: found.endReason }),
    };
    if (show(wanted) !== show(actual)) problems.push(`${session.name} is ${show(actual)} instead of ${show(wanted)}`);
  }
  for (const name of sessions.keys()) problems.push(`there is a session ${name} that nobody was told of`);
  return problems;
}

/** What must hold at every moment, whatever has gone wrong. */
export function compareInvariants(stored: Stored, names: Names): Problems {
  const problems: Problems = [];
  for (const session of stored.sessions) {
    const { sessionId, listenerCount, isActive } = session;
    const name = names.of(sessionId);
    const holders = stored.connections.filter(
      (item) => item.sessionId === sessionId && item.role === 'listener' && item.supersededBy === undefined,
    ).length;
    if (holders > RULES.capacity) problems.push(`${name} has ${holders} listeners, more than its capacity`);
    if (listenerCount > RULES.capacity)
      problems.push(`${name} counts ${listenerCount} listeners, more than its capacity`);
    if (isActive && listenerCount < holders) problems.push(`${name} counts ${listenerCount} for ${holders} listeners`);
    if (listenerCount < 0) problems.push(`${name} counts ${listenerCount} listeners`);
  }
  return problems;
}

/** @param baseMs the time of the stack's clock that the model calls 0 */
export function itemOf(found: Stored['connections'][number], names: Names, baseMs: number): Item {
  const { sessionId, role, targetLanguage, supersededLanguage, supersededBy, lastButOneHeartbeatAt } = found;
  const { lastStatusAt, lastButOneStatusAt } = found;
  const language = targetLanguage ?? supersededLanguage;
  return {
    session: sessionId === undefined ? '?' : names.of(sessionId),
    role,
    heardAt: (found.lastHeartbeatAt - baseMs) / 1000,
    ...(language === undefined ? {} : { language }),
    ...(supersededBy === undefined ? {} : { supersededBy: names.of(supersededBy) }),
    ...(lastButOneHeartbeatAt === undefined ? {} : { heardBeforeAt: (lastButOneHeartbeatAt - baseMs) / 1000 }),
    ...(lastStatusAt === undefined ? {} : { askedAt: (lastStatusAt - baseMs) / 1000 }),
    ...(lastButOneStatusAt === undefined ? {} : { askedBeforeAt: (lastButOneStatusAt - baseMs) / 1000 }),
  };
}

const showItem = ({ session, role, language, supersededBy }: Item): string =>
  show({ session, role, language, supersededBy });

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

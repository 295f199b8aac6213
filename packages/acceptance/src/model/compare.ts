import type { Names } from './names.ts';
import type { Expected, Outcome } from './outcome.ts';
import { type BroadcastState, type Item, RULES, type State, tells } from './state.ts';
import type { Stored, StoredConnection } from './tables.ts';

/** Differences between what is and what should be, each in a line; none: all is well. */
export type Problems = string[];

/** A message as it came, with names. */
export interface Heard {
  readonly to: string;
  readonly message: Readonly<Record<string, unknown>>;
}

export function compareReply(expected: Expected | undefined, actual: Record<string, unknown> | undefined): Problems {
  if (expected === undefined) return [];
  const wrong = Object.keys(expected).filter((key) => show(actual?.[key]) !== show(expected[key]));
  return wrong.length === 0 ? [] : [`the reply was ${show(actual)} instead of ${show(expected)}`];
}

export function compareReplies(
  { reply, replies }: Outcome,
  actual: readonly (Record<string, unknown> | undefined)[],
): Problems {
  if (replies === undefined) return compareReply(reply, actual[0]);
  const problems = replies.flatMap((expected, index) => compareReply(expected, actual[index]));
  // What overtakes the closing of its connection is answered as the message that has caused it.
  const more = actual.slice(replies.length).flatMap((reply) => compareReply(replies.at(-1), reply));
  if (actual.length >= replies.length && more.length === 0) return problems;
  return [...problems, `there were ${actual.length} replies instead of ${replies.length}`];
}

/**
 * Every notification that is due has come, and no other. What the speaker is told of its listeners is held against the
 * model elsewhere, for it comes when places have been collected.
 * @param mayRepeat whether one may come more than once
 */
export function comparePushes(expected: Outcome['pushes'], heard: readonly Heard[], mayRepeat = false): Problems {
  const open = [...expected];
  const problems: Problems = [];
  const matches =
    ({ to, message }: Heard) =>
    (push: Outcome['pushes'][number]) =>
      push.to === to &&
      push.type === message.type &&
      (push.session === undefined || push.session === message.sessionId) &&
      (push.reason === undefined || push.reason === message.reason);
  for (const one of heard) {
    if (one.message.type === 'sessionStatus') continue;
    const at = open.findIndex(matches(one));
    if (at >= 0) open.splice(at, 1);
    else if (!mayRepeat || !expected.some(matches(one))) {
      problems.push(`${one.to} got ${show(one.message)}, which it should not`);
    }
  }
  for (const push of open.filter(({ isOptional }) => isOptional !== true)) {
    problems.push(`${push.to} did not get ${show({ ...push })}`);
  }
  return problems;
}

/** What a message says of a session must have been so at the revision that it names. */
export function compareHistory(heard: readonly Heard[], state: State): Problems {
  return heard.flatMap(({ to, message }) => {
    const { type, sessionId, revision } = message;
    const session = state.sessions.get(String(sessionId));
    if (typeof revision !== 'number' || !session) return [];
    const wrong = (why: string) => [`${to} got ${show(message)}: ${why}`];
    if (revision > session.revision) return wrong(`${session.name} has revision ${session.revision} only`);
    const then = session.history.get(revision);
    // Another revision was written in between by something that has several right outcomes.
    if (then === undefined) return [];
    // A session that has expired is reported as ended before a sweep has ended it.
    if (type === 'sessionStatus' && message.state === 'ended') return [];
    if (type === 'sessionEnded') return then.startsWith('["ended"') ? [] : wrong('it had not ended at this revision');
    if (message.state === undefined) return [];
    const said = tells(String(message.state), message.broadcastState as BroadcastState);
    return said === then ? [] : wrong(`at this revision it was ${then}`);
  });
}

/** What a status says must fit together, and only the session's speaker may get it. */
export function compareStatuses(heard: readonly Heard[], speakersOf: (session: string) => readonly string[]): Problems {
  return heard.flatMap(({ to, message }) => {
    if (message.type !== 'sessionStatus') return [];
    const count = Number(message.listenerCount);
    const sum = Object.values(message.listenersByLanguage as Record<string, number>).reduce((a, b) => a + b, 0);
    const isPossible = count >= 0 && count <= RULES.capacity && count === sum;
    const isSpeaker = speakersOf(String(message.sessionId)).includes(to);
    return isSpeaker && isPossible ? [] : [`${to} got ${show(message)}, which it should not`];
  });
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
    const { revision, broadcastState, speaker, reason, isComplete } = session;
    const wanted = { state: session.state, revision, broadcastState, speaker, reason, isComplete };
    const actual = found && {
      state: found.state,
      revision: found.revision,
      broadcastState: found.broadcastState,
      speaker: found.speakerConnectionId === undefined ? undefined : names.of(found.speakerConnectionId),
      reason: found.endReason,
      isComplete: found.endCompletedAt !== undefined,
    };
    if (show(wanted) !== show(actual)) problems.push(`${session.name} is ${show(actual)} instead of ${show(wanted)}`);
  }
  for (const name of sessions.keys()) problems.push(`there is a session ${name} that no client was told of`);
  return problems;
}

/** @param baseMs the time of the stack's clock that the model calls 0 */
export function itemOf(found: StoredConnection, names: Names, baseMs: number): Item {
  const { sessionId, role, lastHeartbeatAt, lastButOneHeartbeatAt, lastStatusAt, lastButOneStatusAt } = found;
  const seconds = (atMs: number) => (atMs - baseMs) / 1000;
  return {
    session: names.of(sessionId),
    role,
    heardAt: seconds(lastHeartbeatAt),
    ...(found.role === 'listener' ? { language: found.targetLanguage } : {}),
    ...(lastButOneHeartbeatAt === undefined ? {} : { heardBeforeAt: seconds(lastButOneHeartbeatAt) }),
    ...(lastStatusAt === undefined ? {} : { askedAt: seconds(lastStatusAt) }),
    ...(lastButOneStatusAt === undefined ? {} : { askedBeforeAt: seconds(lastButOneStatusAt) }),
  };
}

const showItem = ({ session, role, language }: Item): string => show({ session, role, language });

/** As JSON, with the members of every object in the order of their names. */
export const show = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? 'nothing';

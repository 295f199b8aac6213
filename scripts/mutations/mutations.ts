import type { Edit } from './build-stack.ts';

/** A bug that we know of, brought back. */
export interface Mutation {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Of the synthesized stack, for a bug of the infrastructure. */
  readonly editStack?: (stack: StackJson) => void;
  /** It shows as a reply that never comes. */
  readonly isSilent?: boolean;
  /** A seed that leads to it soon; any other does as well, after more sequences. */
  readonly seed?: number;
}

export interface StackJson {
  readonly resource: Record<string, Record<string, Record<string, unknown>>>;
}

const sessions = (file: string) => `core/src/sessions/${file}.ts`;
const dynamodb = (file: string) => `core/src/dynamodb/${file}.ts`;
const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

export const mutations: readonly Mutation[] = [
  {
    name: "after a speaker's refresh, the old connection's `$disconnect` ends the session",
    edits: [
      edit(sessions('leave-session'), 'only: { speakerConnectionId: connectionId }, ', ''),
      edit(sessions('refresh-connection'), 'if (old !== connectionId) await connections.remove(old);', ''),
    ],
  },
  {
    name: 'a duplicate `$disconnect` lowers the count twice',
    edits: [
      edit(
        sessions('disconnect'),
        'const removed = await connections.remove(connectionId);',
        'const removed = await (connections as any).find(connectionId); await connections.remove(connectionId);',
      ),
    ],
  },
  {
    name: 'a count is lowered without condition, below zero',
    edits: [
      edit(dynamodb('sessions'), "            ConditionExpression: 'listenerCount > :zero',\n", ''),
      edit(dynamodb('sessions'), "{ ':minusOne': -1, ':zero': 0 }", "{ ':minusOne': -1 }"),
    ],
  },
  {
    name: 'the capacity is read, and the count raised afterwards',
    edits: [
      edit(
        dynamodb('sessions'),
        'addListener: ({ sessionId, nowMs, capacity }) =>\n      update(',
        `addListener: async ({ sessionId, nowMs, capacity }) => {
      const { Item } = await send(new GetItemCommand({ ...key(sessionId), ConsistentRead: true }));
      const found: any = fromOptional(Item);
      if (!found?.isActive || found.expiresAt <= nowMs || found.listenerCount >= capacity) return undefined;
      return raise(sessionId);
    },
    unused: ({ sessionId, nowMs, capacity }: any) =>
      update(`,
      ),
      edit(
        dynamodb('sessions'),
        '  return {\n    async create(session) {',
        `  const raise = (sessionId: string) => update(sessionId, {
    UpdateExpression: 'ADD listenerCount :one',
    ExpressionAttributeValues: values({ ':one': 1 }),
    ReturnValues: 'ALL_NEW',
  });
  return {
    async create(session) {`,
      ),
    ],
  },
  {
    name: 'the reminder to refresh comes only within a minute of the threshold',
    edits: [
      edit(
        sessions('record-heartbeat'),
        'if (ageMs >= settings.refreshAfterMs) {',
        'if (ageMs >= settings.refreshAfterMs && ageMs < settings.refreshAfterMs + 60_000) {',
      ),
    ],
  },
  {
    name: 'only the first page of the listeners is read (pages of one, as DynamoDB fills a page with 1 MB)',
    edits: [
      edit(
        dynamodb('connections'),
        "            ExpressionAttributeValues: values({ ':sessionId': sessionId }),\n            ExclusiveStartKey: start,",
        "            ExpressionAttributeValues: values({ ':sessionId': sessionId }),\n            Limit: 1,",
      ),
      edit(
        dynamodb('connections'),
        'return { connectionId, targetLanguage };\n        });\n        start = page.LastEvaluatedKey;',
        'return { connectionId, targetLanguage };\n        });',
      ),
    ],
  },
  {
    name: 'the route `joinSession` has no route response',
    edits: [],
    isSilent: true,
    editStack: ({ resource }) => {
      const routes = resource.aws_apigatewayv2_route ?? {};
      const join = Object.entries(routes).find(([, route]) => route.route_key === 'joinSession');
      const responses = resource.aws_apigatewayv2_route_response ?? {};
      const response = Object.entries(responses).find(([, { route_id }]) =>
        String(route_id).includes(`.${join?.[0]}.`),
      );
      if (!response) throw new Error('The stack has no route response of joinSession');
      delete responses[response[0]];
    },
  },
  {
    name: 'a session ends that has ended before',
    edits: [
      edit(
        dynamodb('sessions'),
        "['(isActive = :true OR writtenBy = :token)']",
        "['(isActive = :true OR isActive = :false)']",
      ),
    ],
  },
  {
    name: 'lowering the count is repeated when its answer is lost',
    edits: [edit(dynamodb('sessions'), '        sendOnce(\n', '        send(\n')],
  },
  {
    name: "a superseded listener's `$disconnect` lowers the count",
    edits: [
      edit(
        sessions('leave-session'),
        'const session = holdsPlace(connection) ? await sessions.removeListener(sessionId) : undefined;',
        'const session = await sessions.removeListener(sessionId);',
      ),
    ],
  },
  {
    name: 'a superseded listener stays in the index',
    edits: [edit(dynamodb('connections'), ' REMOVE targetLanguage', '')],
  },
  {
    name: 'the sweeper believes what it sees at first sight',
    edits: [
      edit(sessions('verify-session'), 'if (suspicion?.what !== what) {', 'if (places < 0) {'),
      edit(sessions('verify-session'), 'nowMs - suspicion.since < settings.reconcileAfterMs', 'places < 0'),
    ],
  },
  {
    name: 'a repeated join keeps the place that it took',
    edits: [edit(sessions('join-session'), '    await sessions.removeListener(sessionId);\n', '')],
  },
  {
    name: 'the end of a session does not look into a lagging index again',
    edits: [edit(sessions('end-session'), '[0, ...PAUSES_BEFORE_QUERYING_AGAIN_MS]', '[0]')],
  },
  {
    name: 'the put of a connection takes its own repetition for another',
    edits: [
      edit(dynamodb('connections'), ' OR $' + '{isOwnWrite}`', '`'),
      edit(dynamodb('connections'), "            ExpressionAttributeValues: values({ ':token': token }),\n", ''),
    ],
  },
  {
    name: 'a heartbeat brings a removed connection back',
    edits: [
      edit(
        dynamodb('connections'),
        "'attribute_exists(connectionId) AND lastHeartbeatAt <> :now AND (attribute_not_exists",
        "'(attribute_not_exists",
      ),
      edit(
        dynamodb('connections'),
        'SET lastButOneHeartbeatAt = lastHeartbeatAt,',
        'SET lastButOneHeartbeatAt = if_not_exists(lastHeartbeatAt, :now),',
      ),
    ],
  },
  {
    name: 'the sweeper removes one who has just been heard',
    edits: [
      edit(
        dynamodb('connections'),
        "'lastHeartbeatAt = :lastHeartbeatAt'",
        "'lastHeartbeatAt = :lastHeartbeatAt OR attribute_exists(connectionId)'",
      ),
    ],
  },
  {
    name: 'a session that was created twice on one connection is left behind',
    edits: [edit(sessions('create-session'), '    await sessions.discard(session.sessionId, connectionId);\n', '')],
  },
  {
    name: "a listener with a place takes another one's by a refresh",
    edits: [edit(sessions('refresh-connection'), ' && earlier?.supersedes === previousConnectionId', '')],
  },
  {
    name: 'a refused refresh stops the grace period',
    edits: [
      edit(dynamodb('sessions'), ', speakerLostAt = :lostAt`', '`'),
      edit(dynamodb('sessions'), "          ':lostAt': speakerLostAt,\n", ''),
    ],
  },
  {
    name: "the end of a lost speaker's grace period is never noticed",
    edits: [edit(sessions('sweep'), 'speakerLostAt + settings.speakerGraceMs <= nowMs', 'speakerLostAt > nowMs')],
  },
  {
    name: "a sweep's closing of a socket passes for its speaker's goodbye",
    edits: [edit(sessions('disconnect'), ' && closeReason !== CLOSED_BY_SERVICE', '')],
  },
  {
    name: 'a listener who turned out to be gone keeps the place',
    edits: [edit(sessions('tell-listeners'), 'await sessions.removeListener(removed.sessionId);', '')],
  },
  {
    name: 'a speaker who has moved is told the status on the connection that was left',
    edits: [
      edit(
        sessions('refresh-connection'),
        '...session, speakerConnectionId: connectionId, expiresAt',
        '...session, expiresAt',
      ),
    ],
  },
  {
    name: 'a speaker is told of every listener who comes or goes, however many there are',
    edits: [
      edit(sessions('tell-speaker'), ' || statusPushedAt > notAfter', ''),
      edit(dynamodb('sessions'), 'OR statusPushedAt <= :notAfter', 'OR statusPushedAt <> :notAfter'),
    ],
  },
  {
    name: 'a sweep tells no speaker',
    edits: [edit(sessions('sweep'), '    await tellSpeakers(live, alive, places, asOfMs);\n', '')],
  },
  {
    name: 'anybody in the session may ask for its status',
    edits: [
      edit(
        dynamodb('connections'),
        "'#role = :speaker AND (attribute_not_exists(lastStatusAt)",
        "'(#role = :speaker OR #role <> :speaker) AND (attribute_not_exists(lastStatusAt)",
      ),
    ],
  },
];

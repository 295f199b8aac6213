import { expect } from 'chai';
import { toPlacesItem } from '../src/dynamodb/places-item.ts';
import { toSessionItem } from '../src/dynamodb/session-item.ts';
import type { DeliveryTask, PlacesShard, Session } from '../src/sessions/index.ts';
import { createJoinKeys } from '../src/sessions/index.ts';
import { type AwsCalls, type Stored, startAwsCalls } from './support/aws-calls.ts';
import { useEnvironment } from './support/environment.ts';
import { lambdaContext, messageEvent, type TestEvent } from './support/events.ts';
import { createHandlers, type RouteKey } from './support/handlers.ts';
import { captureOutput } from './support/output.ts';
import { sampleListener, sampleSession, sampleShard, sampleSpeaker } from './support/samples.ts';
import { HMAC_KEY } from './support/set-up.ts';

const id = 'faithful-shepherd-427';
const now = Date.now();
/** What must still be so when the last test runs. */
const later = now + 600_000;
const shardName = `${now}#0`;
const session = sampleSession({
  createdAt: now,
  expiresAt: now + 3_600_000,
  speakerConnectedAt: now - 1000,
  capacity: 500,
});
const shard = (taken: number, more: Partial<PlacesShard> = {}) =>
  sampleShard({ placeShard: shardName, capacity: 500, taken, joins: taken, languages: { es: taken }, ...more });
const speaker = sampleSpeaker({ connectedAt: now - 1000, lastHeartbeatAt: later });
const listener = sampleListener({ connectedAt: now, lastHeartbeatAt: later, placeShard: shardName });
const listeners = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ ...listener, connectionId: `l-${String(index).padStart(4, '0')}` }));
/** A session with its speaker and one listener. */
const room: readonly Stored[] = [session, shard(1), speaker, listener];
const ended: Session = { ...session, state: 'ended', endedAt: now, endReason: 'expired', revision: 2 };
const { speakerConnectionId: _, ...lost } = {
  ...session,
  state: 'interrupted',
  interruptedAt: now - 500,
  revision: 2,
} as const;

const joinKey = createJoinKeys(HMAC_KEY).joinKeyOf(id);
const join = { sessionId: id, targetLanguage: 'es' };
const proof = { sessionId: id, role: 'listener', previousConnectionId: 'listener-1' };
/** The session with the heads of two channels, in one call. */
const HEADS = 'BatchGetItem Sessions, Messages';
/** Two messages to those who hear Spanish. */
const log: readonly Stored[] = [
  { channel: 'es', epoch: now, offset: 2, recent: [] },
  { channel: 'es', epoch: now, offset: 1, publishedAt: later, data: 'uno' },
  { channel: 'es', epoch: now, offset: 2, publishedAt: later, data: 'dos' },
];
/** The one call more of every refused message. */
const CHARGED = 'UpdateItem RateLimits';
/** A connection whose budget is used up, in this minute and the next ones. */
const spent = (connectionId: string): Stored[] =>
  [0, 1, 2, 3, 4, 5].map((minutes) => ({
    identifier: `connectionBudget#${connectionId}#${Math.floor(now / 60_000) + minutes}`,
    count: 60,
  }));

interface Row {
  readonly operation: string;
  readonly given?: readonly Stored[];
  readonly calls: readonly string[];
}
type MessageRow = Row & { readonly event: Omit<TestEvent, 'route'> & { readonly route: RouteKey } };

/**
 * Every operation, the items that it finds, and the calls to AWS that it makes, in order, through the wiring, the
 * handler and the SDK of its Lambda: what it costs, and how long it takes. None sends anything before the reply.
 */
const messages: readonly MessageRow[] = [
  { operation: '$connect', event: { route: '$connect' }, calls: ['UpdateItem RateLimits'] },
  { operation: '$connect of a verified speaker', event: { route: '$connect', userId: 'user-1' }, calls: [] },
  {
    operation: '$connect of a speaker whose token could not be checked',
    event: { route: '$connect', isUnchecked: true },
    calls: ['UpdateItem RateLimits'],
  },
  {
    operation: '$connect with a message in the URL',
    event: { route: '$connect', query: { action: 'joinSession', ...join } },
    calls: ['UpdateItem RateLimits', 'Invoke itself'],
  },
  { operation: '$default: INVALID_ACTION', event: { route: '$default', body: { action: 'sing' } }, calls: [CHARGED] },
  { operation: '$default: INVALID_MESSAGE', event: { route: '$default', body: 'hello' }, calls: [CHARGED] },
  {
    operation: 'createSession',
    event: { route: 'createSession', connectionId: 'new', userId: 'user-2', body: { sourceLanguage: 'en' } },
    calls: [
      'UpdateItem RateLimits',
      'Transaction: Put Sessions, Put Connections, ConditionCheck Sessions, 40 x Put Sessions',
    ],
  },
  {
    operation: 'createSession, asked again on the same connection',
    given: room,
    event: { route: 'createSession', connectionId: 'speaker-1', userId: 'user-1', body: { sourceLanguage: 'en' } },
    calls: [
      'UpdateItem RateLimits',
      'Transaction: Put Sessions, Put Connections, ConditionCheck Sessions, 40 x Put Sessions',
      'GetItem Connections',
      HEADS,
    ],
  },
  {
    operation: 'createSession without a token: UNAUTHORIZED',
    event: { route: 'createSession', connectionId: 'new', body: { sourceLanguage: 'en' } },
    calls: [CHARGED],
  },
  {
    operation: 'createSession with an expired token: TOKEN_EXPIRED',
    event: {
      route: 'createSession',
      connectionId: 'new',
      userId: 'user-1',
      tokenExpiresAt: now - 1000,
      body: { sourceLanguage: 'en' },
    },
    calls: [CHARGED],
  },
  {
    operation: 'createSession with a token that could not be checked: SERVICE_UNAVAILABLE, not charged',
    event: { route: 'createSession', connectionId: 'new', isUnchecked: true, body: { sourceLanguage: 'en' } },
    calls: [],
  },
  {
    operation: 'joinSession with a join key',
    given: room,
    event: { route: 'joinSession', connectionId: 'new', body: { ...join, joinKey } },
    calls: ['Query Sessions', 'Transaction: Update Sessions, Put Connections', HEADS],
  },
  {
    operation: 'joinSession without one: the counter of wrong IDs is read beside the query',
    given: room,
    event: { route: 'joinSession', connectionId: 'new', body: join },
    calls: ['Query Sessions', 'GetItem RateLimits', 'Transaction: Update Sessions, Put Connections', HEADS],
  },
  {
    operation: 'joinSession, asked again on the same connection',
    given: room,
    event: { route: 'joinSession', connectionId: 'listener-1', body: { ...join, joinKey } },
    calls: ['Query Sessions', 'Transaction: Update Sessions, Put Connections', 'GetItem Connections', HEADS],
  },
  {
    operation: 'joinSession: SESSION_FULL',
    given: [session, shard(500)],
    event: { route: 'joinSession', connectionId: 'new', body: { ...join, joinKey } },
    calls: ['Query Sessions', 'Query Sessions', 'GetItem Connections', CHARGED],
  },
  {
    operation: 'joinSession: SESSION_NOT_FOUND, counted as a wrong ID',
    event: { route: 'joinSession', connectionId: 'new', body: join },
    calls: ['Query Sessions', 'GetItem RateLimits', 'UpdateItem RateLimits', CHARGED],
  },
  {
    operation: 'joinSession with a join key: SESSION_NOT_FOUND',
    event: { route: 'joinSession', connectionId: 'new', body: { ...join, joinKey } },
    calls: ['Query Sessions', CHARGED],
  },
  {
    operation: 'joinSession: INVALID_SESSION_ID',
    event: { route: 'joinSession', connectionId: 'new', body: { ...join, sessionId: 'x' } },
    calls: [CHARGED],
  },
  {
    operation: 'joinSession: INVALID_PARAMETERS',
    event: { route: 'joinSession', body: { sessionId: id } },
    calls: [CHARGED],
  },
  {
    operation: 'changeLanguage',
    given: room,
    event: { route: 'changeLanguage', connectionId: 'listener-1', body: { targetLanguage: 'fr' } },
    calls: ['GetItem Connections', 'Transaction: Update Connections, Update Sessions', HEADS],
  },
  {
    operation: 'changeLanguage to the language that is heard already',
    given: room,
    event: { route: 'changeLanguage', connectionId: 'listener-1', body: { targetLanguage: 'es' } },
    calls: ['GetItem Connections', HEADS],
  },
  {
    operation: 'changeLanguage: NOT_IN_SESSION',
    event: { route: 'changeLanguage', connectionId: 'new', body: { targetLanguage: 'fr' } },
    calls: ['GetItem Connections', CHARGED],
  },
  {
    operation: 'heartbeat, the first of its session in a second',
    given: room,
    event: { route: 'heartbeat', connectionId: 'listener-1', body: {} },
    calls: ['UpdateItem Connections', HEADS],
  },
  {
    operation: 'heartbeat on a connection due to move',
    given: [session, shard(1), { ...listener, connectedAt: now - 6_001_000 }],
    event: { route: 'heartbeat', connectionId: 'listener-1', connectedAt: now - 6_001_000, body: {} },
    calls: ['UpdateItem Connections', HEADS, 'POST listener-1'],
  },
  {
    operation: 'heartbeat: NOT_IN_SESSION',
    event: { route: 'heartbeat', connectionId: 'new', body: {} },
    calls: ['UpdateItem Connections', CHARGED],
  },
  {
    operation: 'heartbeat: RATE_LIMIT_EXCEEDED',
    given: [{ ...listener, lastButOneHeartbeatAt: later } as Stored],
    event: { route: 'heartbeat', connectionId: 'listener-1', body: {} },
    calls: ['UpdateItem Connections', CHARGED],
  },
  {
    operation: 'refreshConnection of a listener who says its place',
    given: room,
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      body: { ...proof, targetLanguage: 'es', place: shardName },
    },
    calls: ['Transaction: Delete Connections, Put Connections, ConditionCheck Sessions', HEADS],
  },
  {
    operation: 'refreshConnection of a listener who does not',
    given: room,
    event: { route: 'refreshConnection', connectionId: 'new', body: proof },
    calls: ['GetItem Connections', 'Transaction: Delete Connections, Put Connections, ConditionCheck Sessions', HEADS],
  },
  {
    operation: 'refreshConnection of a listener, asked again',
    given: [session, shard(1), { ...listener, connectionId: 'new' }],
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      body: { ...proof, targetLanguage: 'es', place: shardName },
    },
    calls: ['Transaction: Delete Connections, Put Connections, ConditionCheck Sessions', HEADS],
  },
  {
    operation: 'refreshConnection of a listener without a valid proof: NOT_IN_SESSION',
    given: room,
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      body: { ...proof, previousConnectionId: 'invented', targetLanguage: 'es', place: shardName },
    },
    calls: ['Transaction: Delete Connections, Put Connections, ConditionCheck Sessions', CHARGED],
  },
  {
    operation: 'refreshConnection of a speaker',
    given: room,
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      userId: 'user-1',
      body: { sessionId: id, role: 'speaker' },
    },
    calls: [HEADS, 'Transaction: Update Sessions, Put Connections, ConditionCheck Sessions, Delete Connections'],
  },
  {
    operation: 'refreshConnection of a speaker who was lost',
    given: [lost, shard(1), listener],
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      userId: 'user-1',
      body: { sessionId: id, role: 'speaker' },
    },
    calls: [HEADS, 'Transaction: Update Sessions, Put Connections, ConditionCheck Sessions'],
  },
  {
    operation: 'refreshConnection of a speaker, asked again',
    given: room,
    event: {
      route: 'refreshConnection',
      connectionId: 'speaker-1',
      userId: 'user-1',
      body: { sessionId: id, role: 'speaker' },
    },
    calls: [HEADS],
  },
  {
    operation: "refreshConnection of another user's session: SESSION_NOT_FOUND",
    given: room,
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      userId: 'user-2',
      body: { sessionId: id, role: 'speaker' },
    },
    calls: [HEADS, CHARGED],
  },
  {
    operation: 'refreshConnection of a listener who has missed messages',
    given: [...room, ...log],
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      body: { ...proof, targetLanguage: 'es', place: shardName, epoch: now, since: { es: 1, all: 0 } },
    },
    calls: [
      'Transaction: Delete Connections, Put Connections, ConditionCheck Sessions',
      HEADS,
      'GetItem Messages',
      'Invoke replay',
    ],
  },
  {
    operation: 'refreshConnection of a listener who has missed none: no call more',
    given: [...room, ...log],
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      body: { ...proof, targetLanguage: 'es', place: shardName, epoch: now, since: { es: 2, all: 0 } },
    },
    calls: ['Transaction: Delete Connections, Put Connections, ConditionCheck Sessions', HEADS],
  },
  {
    operation: 'recover',
    given: [...room, ...log],
    event: { route: 'recover', connectionId: 'listener-1', body: { epoch: now, since: { es: 1 } } },
    calls: ['GetItem Connections', HEADS, 'UpdateItem RateLimits', 'GetItem Messages', 'Invoke replay'],
  },
  {
    operation: 'recover when nothing is missing',
    given: [...room, ...log],
    event: { route: 'recover', connectionId: 'listener-1', body: { epoch: now, since: { es: 2 } } },
    calls: ['GetItem Connections', HEADS, 'UpdateItem RateLimits'],
  },
  {
    operation: 'recover: NOT_IN_SESSION',
    event: { route: 'recover', connectionId: 'new', body: { epoch: now, since: { es: 1 } } },
    calls: ['GetItem Connections', CHARGED],
  },
  {
    operation: 'getSessionStatus',
    given: room,
    event: { route: 'getSessionStatus', connectionId: 'speaker-1', userId: 'user-1', body: {} },
    calls: ['UpdateItem Connections', 'Query Sessions'],
  },
  {
    operation: 'getSessionStatus by a listener: FORBIDDEN',
    given: room,
    event: { route: 'getSessionStatus', connectionId: 'listener-1', body: {} },
    calls: ['UpdateItem Connections', CHARGED],
  },
  {
    operation: 'getSessionStatus: RATE_LIMIT_EXCEEDED',
    given: [session, { ...speaker, lastStatusAt: now - 1, lastButOneStatusAt: later } as Stored],
    event: { route: 'getSessionStatus', connectionId: 'speaker-1', userId: 'user-1', body: {} },
    calls: ['UpdateItem Connections', CHARGED],
  },
  {
    operation: 'setBroadcastState',
    given: room,
    event: { route: 'setBroadcastState', connectionId: 'speaker-1', userId: 'user-1', body: { paused: true } },
    calls: ['GetItem Connections', 'UpdateItem Sessions'],
  },
  {
    operation: 'setBroadcastState by a listener: UNAUTHORIZED',
    given: room,
    event: { route: 'setBroadcastState', connectionId: 'listener-1', body: { paused: true } },
    calls: [CHARGED],
  },
  { operation: '$disconnect without a role', event: { route: '$disconnect' }, calls: ['GetItem Connections'] },
  {
    operation: '$disconnect of a listener',
    given: room,
    event: { route: '$disconnect', connectionId: 'listener-1', closeCode: 1001 },
    calls: ['GetItem Connections', 'Transaction: Delete Connections, Update Sessions'],
  },
  {
    operation: '$disconnect of the speaker, with a goodbye',
    given: room,
    event: { route: '$disconnect', connectionId: 'speaker-1', closeCode: 1000 },
    calls: ['GetItem Connections', 'Transaction: Delete Connections, Update Sessions'],
  },
  {
    operation: '$disconnect of the speaker, lost',
    given: room,
    event: { route: '$disconnect', connectionId: 'speaker-1', closeCode: 1006 },
    calls: ['GetItem Connections', 'Transaction: Delete Connections, Update Sessions'],
  },
  {
    operation: '$disconnect of a connection that the session has left',
    given: [{ ...session, speakerConnectionId: 'speaker-2' }, speaker],
    event: { route: '$disconnect', connectionId: 'speaker-1', closeCode: 1000 },
    calls: ['GetItem Connections', 'Transaction: Delete Connections, Update Sessions', 'DeleteItem Connections'],
  },
  {
    operation: 'endSession, however many listeners there are',
    given: [session, shard(60), speaker, ...listeners(60)],
    event: { route: 'endSession', connectionId: 'speaker-1', userId: 'user-1', body: {} },
    calls: ['GetItem Connections', 'UpdateItem Sessions'],
  },
  {
    operation: 'endSession, asked again',
    given: [ended, shard(1), speaker],
    event: { route: 'endSession', connectionId: 'speaker-1', userId: 'user-1', body: {} },
    calls: ['GetItem Connections', 'UpdateItem Sessions', 'GetItem Sessions'],
  },
  {
    operation: 'endSession by a listener: FORBIDDEN',
    given: room,
    event: { route: 'endSession', connectionId: 'listener-1', body: {} },
    calls: ['GetItem Connections', CHARGED],
  },
  {
    operation: 'publish by a speaker',
    given: room,
    event: { route: 'publish', connectionId: 'speaker-1', userId: 'user-1', body: { to: 'all', data: 'hello' } },
    calls: [
      'GetItem Connections',
      'UpdateItem RateLimits',
      HEADS,
      'PutItem Messages',
      'PutItem Messages',
      'Call deliverMessage',
    ],
  },
  {
    operation: 'publish by a listener: UNAUTHORIZED',
    given: room,
    event: { route: 'publish', connectionId: 'listener-1', body: { to: 'all', data: 'hello' } },
    calls: [CHARGED],
  },
  {
    operation: 'a refused message of a listener without a budget: it is closed',
    given: [...room, ...spent('listener-1')],
    event: { route: '$default', connectionId: 'listener-1', body: { action: 'sing' } },
    calls: [
      CHARGED,
      'POST listener-1',
      'GetItem Connections',
      'Transaction: Delete Connections, Update Sessions',
      'DELETE listener-1',
    ],
  },
  {
    operation: 'a refused message of a connection without a role after 120 s: it is closed',
    event: { route: 'heartbeat', connectionId: 'new', connectedAt: now - 121_000, body: {} },
    calls: ['UpdateItem Connections', CHARGED, 'POST new', 'GetItem Connections', 'DELETE new'],
  },
];

const started = { after: session };
const interrupted = { before: session, after: { ...lost, speakerConnectionId: undefined } as unknown as Session };
const replaced = {
  before: { ...session, speakerClientId: 'tab-1' },
  after: { ...session, speakerConnectionId: 'speaker-2', speakerClientId: 'tab-2', revision: 2 },
};
const paused = {
  before: session,
  after: { ...session, broadcastState: { paused: true, muted: false, volume: 1 }, revision: 2 },
};

/** What the notifier calls for each change. */
const changes: readonly (Row & { readonly records: readonly object[] })[] = [
  { operation: 'a session that starts', records: [sessionRecord(started)], calls: ['PutEvents SessionStarted'] },
  {
    operation: 'a session that is interrupted',
    records: [sessionRecord(interrupted)],
    calls: ['Invoke notifyListeners', 'PutEvents SessionInterrupted'],
  },
  {
    operation: 'a session that is resumed: its speaker, on a new connection, gets a status',
    given: room,
    records: [sessionRecord({ before: interrupted.after, after: { ...session, revision: 3 } })],
    calls: ['Invoke notifyListeners', 'PutEvents SessionResumed', 'Query Sessions', 'Invoke notifyConnection'],
  },
  { operation: 'a broadcast that is paused', records: [sessionRecord(paused)], calls: ['Invoke notifyListeners'] },
  {
    operation: 'a speaker who is replaced',
    given: [replaced.after, shard(0)],
    records: [sessionRecord(replaced)],
    calls: ['Invoke notifyConnection', 'Query Sessions', 'Invoke notifyConnection'],
  },
  { operation: 'an end', records: [sessionRecord({ before: session, after: ended })], calls: ['Invoke completeEnd'] },
  {
    operation: 'an end that is complete',
    given: [{ ...ended, endCompletedAt: now }, shard(0)],
    records: [sessionRecord({ before: ended, after: { ...ended, endCompletedAt: now, revision: 3 } })],
    calls: ['Query Sessions', 'PutEvents SessionEnded'],
  },
  {
    operation: 'places that were taken, however many',
    given: room,
    records: Array.from({ length: 50 }, () => placesRecord()),
    calls: [
      'Query Sessions',
      'GetItem Sessions',
      'PutItem Sessions',
      'PutEvents LanguagesInUseChanged',
      'PutItem Sessions',
      'Invoke notifyConnection',
    ],
  },
  {
    operation: 'places of a session that has ended',
    given: [ended, shard(0)],
    records: [placesRecord()],
    calls: ['Query Sessions'],
  },
  { operation: 'a removal by TTL', records: [{ dynamodb: { OldImage: toSessionItem(session) } }], calls: [] },
];

function sessionRecord({ before, after }: { before?: Session; after: Session }): object {
  return {
    dynamodb: {
      SequenceNumber: '100',
      NewImage: toSessionItem(after),
      ...(before && { OldImage: toSessionItem(before) }),
    },
  };
}
function placesRecord(): object {
  return {
    dynamodb: { SequenceNumber: '100', NewImage: toPlacesItem(id, shard(1)), OldImage: toPlacesItem(id, shard(0)) },
  };
}

const caption = { sessionId: id, to: 'es', data: 'hola', id: 'segment-3' };
const taken = { channel: 'es', epoch: now, publishedAt: now } as const;

/** What the publisher calls for a backend: one read and two writes, and the deliverer. */
const publications: readonly (Row & { readonly request?: object })[] = [
  {
    operation: 'a message',
    given: room,
    calls: [HEADS, 'PutItem Messages', 'PutItem Messages', 'Call deliverMessage'],
  },
  {
    operation: 'a message, over the offset of one that does not count yet',
    given: [...room, { ...taken, offset: 1, data: 'uno' }],
    calls: [HEADS, 'PutItem Messages', 'PutItem Messages', 'PutItem Messages', 'Call deliverMessage'],
  },
  {
    operation: 'a message, over one that has not counted for long: it is kept',
    given: [...room, { ...taken, publishedAt: now - 100_000, offset: 1, data: 'uno' }],
    calls: [
      HEADS,
      'PutItem Messages',
      'PutItem Messages',
      'PutItem Messages',
      'PutItem Messages',
      'Call deliverMessage',
    ],
  },
  {
    operation: 'a repetition',
    given: [
      ...room,
      { channel: 'es', epoch: now, offset: 2, recent: [{ id: 'segment-3', offset: 2, at: now }] },
      { ...taken, publishedAt: later, offset: 2, data: 'dos' },
    ],
    calls: [HEADS, 'GetItem Messages', 'Call deliverMessage'],
  },
  {
    operation: 'a repetition that is too old to be sent',
    given: [
      ...room,
      { channel: 'es', epoch: now, offset: 2, recent: [{ id: 'segment-3', offset: 2, at: now }] },
      { ...taken, publishedAt: now - 100_000, offset: 2, data: 'dos' },
    ],
    calls: [HEADS, 'GetItem Messages'],
  },
  { operation: 'SESSION_NOT_FOUND', calls: [HEADS] },
  { operation: 'UNSUPPORTED_LANGUAGE', request: { to: 'et' }, calls: [] },
];

const message = { type: 'speakerReplaced', sessionId: id, revision: 2 } as const;
const named = (count: number) =>
  listeners(count).map(({ connectionId, targetLanguage, placeShard }) => ({
    connectionId,
    targetLanguage,
    placeShard,
  }));

const published = { type: 'message', channel: 'es', epoch: now, offset: 7, publishedAt: now, data: 'hola' } as const;
/** The log of each of its channels is asked for and found empty. */
const LOGS = '25 x Query Messages';

/** What the deliverer calls for each task. */
const tasks: readonly (Row & { readonly task: DeliveryTask })[] = [
  {
    operation: 'notifyConnection',
    task: { task: 'notifyConnection', connectionId: 'speaker-1', message },
    calls: ['POST speaker-1'],
  },
  {
    operation: 'notifyConnection that is closed then',
    task: { task: 'notifyConnection', connectionId: 'speaker-1', message, close: true },
    calls: ['POST speaker-1', 'DELETE speaker-1'],
  },
  {
    operation: 'notifyListeners of three',
    given: [session, shard(3), ...listeners(3)],
    task: { task: 'notifyListeners', sessionId: id, message },
    calls: ['Query Connections', '3 x POST l'],
  },
  {
    operation: 'notifyListeners of 1,001: a thousand are another invocation’s',
    given: [{ ...session, capacity: 2000 }, shard(1001), ...listeners(1001)],
    task: { task: 'notifyListeners', sessionId: id, message },
    calls: ['Query Connections', 'Call notifyShare', 'POST l'],
  },
  {
    operation: 'deliverMessage to the listeners of a language',
    given: [session, shard(3), speaker, ...listeners(3)],
    task: { task: 'deliverMessage', sessionId: id, message: published, retryUntil: later },
    calls: ['Query Connections', '3 x POST l'],
  },
  {
    operation: 'deliverMessage to the speaker',
    given: [session, shard(1), speaker, ...listeners(1)],
    task: {
      task: 'deliverMessage',
      sessionId: id,
      message: { ...published, channel: 'speaker' },
      retryUntil: later,
    },
    calls: ['GetItem Sessions', 'POST speaker-1'],
  },
  {
    operation: 'replay of two messages',
    given: log,
    task: {
      task: 'replay',
      sessionId: id,
      connectionId: 'listener-1',
      epoch: now,
      notBefore: now,
      channels: [{ channel: 'es', after: 0, upTo: 2 }],
    },
    calls: ['Query Messages', '2 x POST listener-1'],
  },
  {
    operation: 'notifyShare of 100 who leave',
    given: [ended, shard(100), ...listeners(100)],
    task: { task: 'notifyShare', sessionId: id, listeners: named(100), message, remove: true },
    calls: [
      '100 x POST l',
      'Transaction: Update Sessions, 99 x Delete Connections',
      'Transaction: Update Sessions, Delete Connections',
    ],
  },
  {
    operation: 'completeEnd',
    given: [ended, shard(3), speaker, ...listeners(3)],
    task: { task: 'completeEnd', sessionId: id, createdAt: now },
    calls: [
      'Query Sessions',
      'UpdateItem Sessions',
      'GetItem Connections',
      'POST speaker-1',
      'DeleteItem Connections',
      'Query Sessions',
      'Query Connections',
      '3 x POST l',
      'Transaction: Update Sessions, 3 x Delete Connections',
      'Query Sessions',
      LOGS,
      'Transaction: 2 x Update Sessions',
    ],
  },
  {
    operation: 'completeEnd that is complete',
    given: [{ ...ended, endCompletedAt: now }, shard(0)],
    task: { task: 'completeEnd', sessionId: id, createdAt: now },
    calls: ['Query Sessions'],
  },
];

const silent = { ...listener, lastHeartbeatAt: now - 100_000 };

/** A table whose size is not known yet is scanned in four segments at once. */
const SCANS = '4 x Scan Connections';

/** What a sweep calls. */
const sweeps: readonly Row[] = [
  {
    operation: 'at rest',
    given: room,
    calls: ['Scan Sessions', SCANS],
  },
  {
    operation: 'over an expired session',
    given: [{ ...session, expiresAt: now - 1 }, shard(1), speaker],
    calls: ['Scan Sessions', 'UpdateItem Sessions', SCANS],
  },
  {
    operation: 'over an end that is not complete',
    given: [{ ...ended, endedAt: now - 100_000 }, shard(0)],
    calls: ['Scan Sessions', 'Invoke completeEnd', SCANS],
  },
  {
    operation: 'over a silent listener whose socket is gone',
    given: [session, shard(1), silent],
    calls: ['Scan Sessions', SCANS, 'GET listener-1', 'Transaction: Delete Connections, Update Sessions'],
  },
];

describe('The calls to AWS of', () => {
  let aws: AwsCalls;
  before(async () => {
    aws = await startAwsCalls();
  });
  after(() => aws.stop());
  afterEach(async () => {
    aws.management.answers.clear();
    await aws.clear();
  });
  useEnvironment(() => ({
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...aws.environment,
    POWERTOOLS_METRICS_NAMESPACE: 'Test',
    POWERTOOLS_SERVICE_NAME: 'test',
  }));
  const handlers = () => createHandlers({ managementEndpoint: aws.management.endpoint });
  const quietly = (run: () => unknown) => captureOutput(async () => run());
  const during = async (run: () => unknown) => inOrder(await aws.during(() => quietly(run)));

  for (const { operation, given = [], event, calls } of messages) {
    it(operation, async () => {
      await aws.store(given);
      const handle = handlers().routes[event.route];
      expect(await during(() => handle(messageEvent(event), lambdaContext()))).to.deep.equal(calls);
    });
  }

  it('a second heartbeat in the same second, of another listener of the session', async () => {
    await aws.store([...room, { ...listener, connectionId: 'listener-2' }]);
    const { heartbeat } = handlers().routes;
    const beat = (connectionId: string) =>
      during(() => heartbeat(messageEvent({ route: 'heartbeat', connectionId, body: {} }), lambdaContext()));
    expect(await beat('listener-1')).to.deep.equal(['UpdateItem Connections', HEADS]);
    expect(await beat('listener-2')).to.deep.equal(['UpdateItem Connections']);
  });

  describe('the publisher for', () => {
    for (const { operation, given = [], request = {}, calls } of publications) {
      it(operation, async () => {
        await aws.store(given);
        const { publisher } = handlers();
        const made = await during(() => publisher({ ...caption, ...request }, lambdaContext()));
        expect(made).to.deep.equal(calls);
      });
    }
  });

  describe('the notifier for', () => {
    for (const { operation, given = [], records, calls } of changes) {
      it(operation, async () => {
        await aws.store(given);
        const { notifier } = handlers();
        const event = { Records: records } as Parameters<typeof notifier>[0];
        expect(await during(() => notifier(event, lambdaContext()))).to.deep.equal(calls);
      });
    }

    it('places once more: nothing is announced twice', async () => {
      await aws.store(room);
      const { notifier } = handlers();
      const event = { Records: [placesRecord()] } as Parameters<typeof notifier>[0];
      await quietly(() => notifier(event, lambdaContext()));
      expect(await during(() => notifier(event, lambdaContext()))).to.deep.equal([
        'Query Sessions',
        'GetItem Sessions',
        'Invoke notifyConnection',
      ]);
    });
  });

  describe('the deliverer for', () => {
    for (const { operation, given = [], task, calls } of tasks) {
      it(operation, async () => {
        await aws.store(given);
        const { deliverer } = handlers();
        const made = await during(() => deliverer(task, lambdaContext()));
        expect(made).to.deep.equal(calls);
      });
    }
  });

  describe('a sweep', () => {
    for (const { operation, given = [], calls } of sweeps) {
      it(operation, async () => {
        await aws.store(given);
        aws.management.answers.set('listener-1', [{ status: 410, errorType: 'GoneException' }]);
        const { sweeper } = handlers();
        expect(await during(() => sweeper({}, lambdaContext()))).to.deep.equal(calls);
      });
    }

    it('over a silent listener whose socket is open', async () => {
      await aws.store([session, shard(1), silent]);
      const lastActiveAt = new Date(now - 100_000).toISOString();
      aws.management.answers.set('listener-1', [{ status: 200, body: JSON.stringify({ lastActiveAt }) }]);
      const { sweeper } = handlers();
      expect(await during(() => sweeper({}, lambdaContext()))).to.deep.equal([
        'Scan Sessions',
        SCANS,
        'GET listener-1',
        'Transaction: Delete Connections, Update Sessions',
        'DELETE listener-1',
      ]);
    });
  });

  describe('whose answer is lost: the call is made once more, and the reply is the same,', () => {
    const written: readonly (readonly [operation: string, call: string])[] = [
      ['createSession', 'TransactWriteItems'],
      ['joinSession with a join key', 'TransactWriteItems'],
      ['changeLanguage', 'TransactWriteItems'],
      ['heartbeat, the first of its session in a second', 'UpdateItem'],
      ['refreshConnection of a listener who says its place', 'TransactWriteItems'],
      ['refreshConnection of a speaker', 'TransactWriteItems'],
      ['setBroadcastState', 'UpdateItem'],
      ['$disconnect of a listener', 'TransactWriteItems'],
      ['$disconnect of the speaker, lost', 'TransactWriteItems'],
      ['endSession, however many listeners there are', 'UpdateItem'],
    ];
    for (const [operation, call] of written) {
      it(operation, async () => {
        const row = messages.find((other) => other.operation === operation);
        if (row === undefined) throw new Error(`There is no operation ${operation}`);
        await aws.store(row.given ?? []);
        const handle = handlers().routes[row.event.route];
        const isWrite = (made: string) => made.startsWith(call === 'UpdateItem' ? call : 'Transaction');
        aws.loseAnswerTo(call);

        let body: string | undefined;
        const made = await during(async () => {
          ({ body } = await handle(messageEvent(row.event), lambdaContext()));
        });

        const expected = row.calls.flatMap((one) => (isWrite(one) ? [one, one] : [one]));
        expect(made).to.deep.equal(expected);
        if (!row.event.route.startsWith('$')) {
          expect(JSON.parse(body ?? ''))
            .to.have.property('type')
            .that.does.not.equal('error');
        }
      });
    }
  });
});

/** Equal posts in a row, counted; `l-0001` and the like are all `l`. Two calls that are made at once have no order. */
function inOrder(made: readonly string[]): string[] {
  const groups: { call: string; count: number }[] = [];
  const calls = made
    .map((call) => call.replace(/^POST l-\d+$/, 'POST l'))
    .join('\n')
    .replace('GetItem RateLimits\nQuery Sessions', 'Query Sessions\nGetItem RateLimits')
    .replace('POST l\nCall notifyShare', 'Call notifyShare\nPOST l')
    .replace('Invoke replay\nGetItem Messages', 'GetItem Messages\nInvoke replay')
    .split('\n')
    .filter((call) => call !== '');
  for (const call of calls) {
    // Of scans side by side, the first may be answered, and its connections worked on, before the last has begun.
    const same = call.startsWith('Scan Connections') ? groups.find((group) => group.call === call) : groups.at(-1);
    if (same?.call === call && /^(POST|Scan|Query Messages)/.test(call)) same.count++;
    else groups.push({ call, count: 1 });
  }
  return groups.map(({ call, count }) => (count === 1 ? call : `${count} x ${call}`));
}

import { expect } from 'chai';
import { createHandler as createConnectionHandler } from '../../functions/connection/src/handler.ts';
import { wire as wireConnection } from '../../functions/connection/src/wire.ts';
import { createHandler as createDisconnectHandler } from '../../functions/disconnect/src/handler.ts';
import { wire as wireDisconnect } from '../../functions/disconnect/src/wire.ts';
import { createHandler as createHeartbeatHandler } from '../../functions/heartbeat/src/handler.ts';
import { wire as wireHeartbeat } from '../../functions/heartbeat/src/wire.ts';
import { createHandler as createRefreshHandler } from '../../functions/refresh/src/handler.ts';
import { wire as wireRefresh } from '../../functions/refresh/src/wire.ts';
import { createHandler as createStatusHandler } from '../../functions/status/src/handler.ts';
import { wire as wireStatus } from '../../functions/status/src/wire.ts';
import { createHandler as createSweeperHandler } from '../../functions/sweeper/src/handler.ts';
import { wire as wireSweeper } from '../../functions/sweeper/src/wire.ts';
import { type AwsCalls, startAwsCalls } from './support/aws-calls.ts';
import { useEnvironment } from './support/environment.ts';
import { lambdaContext, messageEvent, type TestEvent } from './support/events.ts';
import { captureOutput } from './support/output.ts';
import { sampleListener, sampleSession, sampleSpeaker } from './support/samples.ts';

const id = 'faithful-shepherd-427';
const now = Date.now();
const session = sampleSession({ createdAt: now, expiresAt: now + 3_600_000, listenerCount: 1 });
const speaker = sampleSpeaker({ connectedAt: now, lastHeartbeatAt: now });
const listener = sampleListener({ connectedAt: now, lastHeartbeatAt: now });
const listeners = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ ...listener, connectionId: `l-${String(index).padStart(3, '0')}` }));
/** Its speaker was told of the listeners just now. */
const room = [{ ...session, statusPushedAt: now + 3_600_000 }, speaker, listener];
/** Its speaker has not been told for some time. */
const stale = [session, speaker, listener];

/** So many equal calls. */
const times = (count: number, call: string) => Array.from({ length: count }, () => call);

/**
 * Every operation, the items that it finds, and the calls to AWS that it makes, in order, through the wiring, the
 * handler and the SDK of its Lambda. What an operation costs, and how long it takes, is this table.
 */
const table: readonly { operation: string; given?: readonly object[]; event: TestEvent; calls: readonly string[] }[] = [
  { operation: '$connect', event: { route: '$connect' }, calls: ['UpdateItem RateLimits'] },
  { operation: '$default', event: { route: '$default', body: { action: 'sing' } }, calls: [] },
  {
    operation: 'createSession',
    event: { route: 'createSession', connectionId: 'new', userId: 'user-2', body: { sourceLanguage: 'en' } },
    calls: ['UpdateItem RateLimits', 'PutItem Sessions', 'PutItem Connections'],
  },
  {
    operation: 'createSession, asked again on the same connection',
    given: room,
    event: { route: 'createSession', connectionId: 'speaker-1', userId: 'user-1', body: { sourceLanguage: 'en' } },
    calls: [
      'UpdateItem RateLimits',
      'PutItem Sessions',
      'PutItem Connections',
      'DeleteItem Sessions',
      'GetItem Connections',
      'GetItem Sessions',
    ],
  },
  {
    operation: 'createSession without a token: UNAUTHORIZED',
    event: { route: 'createSession', connectionId: 'new', body: { sourceLanguage: 'en' } },
    calls: [],
  },
  {
    operation: 'createSession in no language: INVALID_LANGUAGE',
    event: { route: 'createSession', connectionId: 'new', userId: 'user-2', body: { sourceLanguage: '?' } },
    calls: [],
  },
  {
    operation: 'joinSession',
    given: room,
    event: { route: 'joinSession', connectionId: 'new', body: { sessionId: id, targetLanguage: 'es' } },
    calls: ['UpdateItem Sessions', 'PutItem Connections'],
  },
  {
    operation: 'joinSession, of which the speaker is told',
    given: stale,
    event: { route: 'joinSession', connectionId: 'new', body: { sessionId: id, targetLanguage: 'es' } },
    calls: ['UpdateItem Sessions', 'PutItem Connections', 'UpdateItem Sessions', 'Query Connections', 'POST speaker-1'],
  },
  {
    operation: 'joinSession while the session waits for its speaker',
    given: [{ ...session, speakerLostAt: now }, listener],
    event: { route: 'joinSession', connectionId: 'new', body: { sessionId: id, targetLanguage: 'es' } },
    calls: ['UpdateItem Sessions', 'PutItem Connections'],
  },
  {
    operation: 'joinSession, asked again on the same connection',
    given: stale,
    event: { route: 'joinSession', connectionId: 'listener-1', body: { sessionId: id, targetLanguage: 'es' } },
    calls: ['UpdateItem Sessions', 'PutItem Connections', 'UpdateItem Sessions', 'GetItem Connections'],
  },
  {
    operation: 'joinSession: SESSION_FULL',
    given: [{ ...session, listenerCount: 500 }],
    event: { route: 'joinSession', connectionId: 'new', body: { sessionId: id, targetLanguage: 'es' } },
    calls: ['UpdateItem Sessions', 'GetItem Connections', 'GetItem Sessions'],
  },
  {
    operation: 'joinSession: SESSION_NOT_FOUND, counted as a failed join',
    event: { route: 'joinSession', connectionId: 'new', body: { sessionId: id, targetLanguage: 'es' } },
    calls: ['UpdateItem Sessions', 'GetItem Connections', 'GetItem Sessions', 'UpdateItem RateLimits'],
  },
  {
    operation: 'joinSession: INVALID_SESSION_ID, counted as a failed join',
    event: { route: 'joinSession', connectionId: 'new', body: { sessionId: 'x', targetLanguage: 'es' } },
    calls: ['UpdateItem RateLimits'],
  },
  {
    operation: 'joinSession: INVALID_LANGUAGE',
    event: { route: 'joinSession', connectionId: 'new', body: { sessionId: id, targetLanguage: '?' } },
    calls: [],
  },
  { operation: 'a message with a wrong field', event: { route: 'joinSession', body: { sessionId: id } }, calls: [] },
  {
    operation: 'heartbeat',
    given: room,
    event: { route: 'heartbeat', connectionId: 'listener-1', body: {} },
    calls: ['UpdateItem Connections'],
  },
  {
    operation: 'heartbeat on a connection due to move',
    given: [session, { ...listener, connectedAt: now - 6_001_000 }],
    event: { route: 'heartbeat', connectionId: 'listener-1', connectedAt: now - 6_001_000, body: {} },
    calls: ['UpdateItem Connections', 'POST listener-1'],
  },
  {
    operation: 'heartbeat: NOT_IN_SESSION',
    event: { route: 'heartbeat', connectionId: 'new', body: {} },
    calls: ['UpdateItem Connections', 'GetItem Connections'],
  },
  {
    operation: 'heartbeat: RATE_LIMIT_EXCEEDED',
    given: [{ ...listener, lastButOneHeartbeatAt: now }],
    event: { route: 'heartbeat', connectionId: 'listener-1', body: {} },
    calls: ['UpdateItem Connections', 'GetItem Connections'],
  },
  {
    operation: 'refreshConnection of a listener',
    given: room,
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      body: { sessionId: id, role: 'listener', previousConnectionId: 'listener-1' },
    },
    calls: ['UpdateItem Connections', 'PutItem Connections'],
  },
  {
    operation: 'refreshConnection of a listener: NOT_IN_SESSION',
    given: room,
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      body: { sessionId: id, role: 'listener', previousConnectionId: 'nobody' },
    },
    calls: ['UpdateItem Connections', 'GetItem Connections', 'GetItem Sessions'],
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
    calls: ['UpdateItem Sessions', 'PutItem Connections', 'DeleteItem Connections', 'Query Connections', 'POST new'],
  },
  {
    operation: 'refreshConnection of a speaker who was lost',
    given: [{ ...session, speakerLostAt: now }, listener],
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      userId: 'user-1',
      body: { sessionId: id, role: 'speaker' },
    },
    calls: [
      'UpdateItem Sessions',
      'PutItem Connections',
      'DeleteItem Connections',
      'Query Connections',
      'POST listener-1',
      'Query Connections',
      'POST new',
    ],
  },
  {
    operation: "refreshConnection of another user's session: FORBIDDEN",
    given: room,
    event: {
      route: 'refreshConnection',
      connectionId: 'new',
      userId: 'user-2',
      body: { sessionId: id, role: 'speaker' },
    },
    calls: ['UpdateItem Sessions', 'GetItem Sessions'],
  },
  {
    operation: 'getSessionStatus',
    given: room,
    event: { route: 'getSessionStatus', connectionId: 'speaker-1', body: {} },
    calls: ['UpdateItem Connections', 'GetItem Sessions', 'Query Connections'],
  },
  {
    operation: 'getSessionStatus by a listener: FORBIDDEN',
    given: room,
    event: { route: 'getSessionStatus', connectionId: 'listener-1', body: {} },
    calls: ['UpdateItem Connections', 'GetItem Connections'],
  },
  {
    operation: 'getSessionStatus: RATE_LIMIT_EXCEEDED',
    given: [session, { ...speaker, lastStatusAt: now - 1, lastButOneStatusAt: now }],
    event: { route: 'getSessionStatus', connectionId: 'speaker-1', body: {} },
    calls: ['UpdateItem Connections', 'GetItem Connections'],
  },
  { operation: '$disconnect without a role', event: { route: '$disconnect' }, calls: ['DeleteItem Connections'] },
  {
    operation: '$disconnect of a listener',
    given: room,
    event: { route: '$disconnect', connectionId: 'listener-1', closeCode: 1001 },
    calls: ['DeleteItem Connections', 'UpdateItem Sessions'],
  },
  {
    operation: '$disconnect of a listener, of which the speaker is told',
    given: stale,
    event: { route: '$disconnect', connectionId: 'listener-1', closeCode: 1001 },
    calls: [
      'DeleteItem Connections',
      'UpdateItem Sessions',
      'UpdateItem Sessions',
      'Query Connections',
      'POST speaker-1',
    ],
  },
  {
    operation: '$disconnect of a listener who has moved',
    given: [session, { ...listener, supersededBy: 'listener-2' }],
    event: { route: '$disconnect', connectionId: 'listener-1', closeCode: 1001 },
    calls: ['DeleteItem Connections'],
  },
  {
    operation: '$disconnect of the speaker, clean',
    given: room,
    event: { route: '$disconnect', connectionId: 'speaker-1', closeCode: 1000 },
    calls: [
      'DeleteItem Connections',
      'UpdateItem Sessions',
      'Query Connections',
      'POST listener-1',
      'BatchWriteItem Connections',
    ],
  },
  {
    operation: '$disconnect of the speaker, lost',
    given: room,
    event: { route: '$disconnect', connectionId: 'speaker-1', closeCode: 1006 },
    calls: ['DeleteItem Connections', 'UpdateItem Sessions', 'Query Connections', 'POST listener-1'],
  },
  {
    operation: '$disconnect of a connection that the speaker has left',
    given: [{ ...session, speakerConnectionId: 'speaker-2' }, speaker],
    event: { route: '$disconnect', connectionId: 'speaker-1', closeCode: 1000 },
    calls: ['DeleteItem Connections', 'UpdateItem Sessions'],
  },
  {
    operation: 'endSession without listeners',
    given: [{ ...session, listenerCount: 0 }, speaker],
    event: { route: 'endSession', connectionId: 'speaker-1', body: {} },
    calls: ['GetItem Connections', 'UpdateItem Sessions', 'Query Connections', 'DeleteItem Connections'],
  },
  {
    operation: 'endSession with 60 listeners',
    given: [{ ...session, listenerCount: 60 }, speaker, ...listeners(60)],
    event: { route: 'endSession', connectionId: 'speaker-1', body: {} },
    calls: [
      'GetItem Connections',
      'UpdateItem Sessions',
      'Query Connections',
      ...times(60, 'POST l'),
      ...times(3, 'BatchWriteItem Connections'),
      'DeleteItem Connections',
    ],
  },
  {
    operation: 'endSession by a listener: FORBIDDEN',
    given: room,
    event: { route: 'endSession', connectionId: 'listener-1', body: {} },
    calls: ['GetItem Connections'],
  },
  {
    operation: 'a sweep at rest',
    given: room,
    event: { route: 'sweep' },
    calls: ['Scan Connections', 'Scan Sessions', 'POST speaker-1'],
  },
  {
    operation: 'a sweep over a silent listener',
    given: [session, speaker, { ...listener, lastHeartbeatAt: now - 100_000 }],
    event: { route: 'sweep' },
    calls: [
      'Scan Connections',
      'DeleteItem Connections',
      'UpdateItem Sessions',
      'DELETE listener-1',
      'Scan Sessions',
      'POST speaker-1',
    ],
  },
  {
    operation: 'a sweep over an expired session',
    given: [{ ...session, expiresAt: now - 1 }, speaker, listener],
    event: { route: 'sweep' },
    calls: [
      'Scan Connections',
      'Scan Sessions',
      'UpdateItem Sessions',
      'POST speaker-1',
      'Query Connections',
      'POST listener-1',
      'BatchWriteItem Connections',
      'DeleteItem Connections',
    ],
  },
  {
    operation: 'a sweep that sees a wrong count for the first time',
    given: [{ ...session, listenerCount: 2 }, speaker, listener],
    event: { route: 'sweep' },
    calls: ['Scan Connections', 'Scan Sessions', 'UpdateItem Sessions', 'POST speaker-1'],
  },
  {
    operation: 'a sweep that mends a count',
    given: [
      { ...session, listenerCount: 2, suspicion: { what: 'count 2 for 1 ', since: now - 61_000 } },
      speaker,
      listener,
    ],
    event: { route: 'sweep' },
    calls: ['Scan Connections', 'Scan Sessions', 'UpdateItem Sessions', 'POST speaker-1'],
  },
  {
    operation: 'a sweep over a connection whose session is no longer there',
    given: [listener],
    event: { route: 'sweep' },
    calls: ['Scan Connections', 'Scan Sessions', 'GetItem Sessions', 'POST listener-1', 'DeleteItem Connections'],
  },
];

describe('The calls to AWS of', () => {
  let aws: AwsCalls;
  before(async () => {
    aws = await startAwsCalls();
  });
  after(() => aws.stop());
  afterEach(() => aws.clear());
  useEnvironment(() => ({
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: aws.databaseEndpoint,
    POWERTOOLS_METRICS_NAMESPACE: 'Test',
    POWERTOOLS_SERVICE_NAME: 'test',
  }));

  for (const { operation, given = [], event, calls } of table) {
    it(operation, async () => {
      await aws.store(given);
      const handle = handlerOf(event.route, aws);

      const made = await aws.during(() =>
        captureOutput(() => Promise.resolve(handle(messageEvent(event), lambdaContext()))),
      );

      expect(inOrder(made)).to.deep.equal(calls);
    });
  }
});

/** The order within a fan-out, and of reads that are made at once, is nobody's business. */
const inOrder = (calls: readonly string[]) =>
  calls
    .map((call) => call.replace(/^POST l-\d+$/, 'POST l'))
    .join('\n')
    .replace('GetItem Sessions\nGetItem Connections', 'GetItem Connections\nGetItem Sessions')
    .replace('Query Connections\nGetItem Sessions', 'GetItem Sessions\nQuery Connections')
    .split('\n')
    .filter((call) => call !== '');

/** The handler that serves a route, put together as in its `index.ts`. */
function handlerOf(route: string, { managementEndpoint }: AwsCalls) {
  const config = {
    SESSIONS_TABLE: 'Sessions',
    CONNECTIONS_TABLE: 'Connections',
    RATE_LIMITS_TABLE: 'RateLimits',
    MANAGEMENT_ENDPOINT: managementEndpoint,
    CIRCUIT_BREAKER_SECONDS: 30,
    MAX_LISTENERS_PER_SESSION: 500,
    SESSION_MAX_DURATION_HOURS: 2,
    CONNECTION_MAX_DURATION_HOURS: 2,
    CONNECTION_REFRESH_MINUTES: 100,
    CONNECTION_WARNING_MINUTES: 105,
    HEARTBEAT_INTERVAL_SECONDS: 30,
    HEARTBEAT_TIMEOUT_SECONDS: 90,
    SPEAKER_GRACE_SECONDS: 30,
    STATUS_PUSH_SECONDS: 5,
    RECONCILE_AFTER_SECONDS: 60,
    RATE_LIMIT_SESSIONS_PER_HOUR: 50,
    RATE_LIMIT_HEARTBEATS_PER_MIN: 2,
    RATE_LIMIT_STATUS_PER_MIN: 12,
    RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN: 600,
    RATE_LIMIT_LISTENER_JOINS_PER_MIN: 20,
    SESSION_ID_VOCABULARY: 'biblical',
    AWS_LAMBDA_FUNCTION_NAME: 'connection',
  } as const;
  switch (route) {
    case 'heartbeat':
      return createHeartbeatHandler(wireHeartbeat(config));
    case 'refreshConnection':
      return createRefreshHandler(wireRefresh(config));
    case 'getSessionStatus':
      return createStatusHandler(wireStatus(config));
    case '$disconnect':
    case 'endSession':
      return createDisconnectHandler(wireDisconnect(config));
    case 'sweep':
      return createSweeperHandler(wireSweeper(config));
    default:
      return createConnectionHandler(wireConnection(config));
  }
}

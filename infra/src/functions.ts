/**
 * What each function is and may do. Its environment and its role's policy follow from this (see `wiring.ts`):
 * a function that may touch a table gets that table's name, and nothing gets what it does not need.
 */
import type { AsyncInvoke } from './lambda-function.ts';
import type { StreamBatches } from './stream-mapping.ts';
import type { VariableName } from './variables.ts';

export interface FunctionDefinition {
  /** MB. Lambda gives CPU in proportion: at 512 a third of a core, by which the start is not bound; at 1,769 a whole one. */
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Variables that it reads, by the name of the environment variable. */
  readonly settings: readonly Uppercase<VariableName>[];
  /** Verifies tokens: gets the ids of the user pool, or the other issuer's data. */
  readonly verifiesTokens?: true;
  /** Makes or checks HMACs, of addresses and of session IDs: gets the environment's key. */
  readonly usesHmacKey?: true;
  readonly access: Access;
  readonly asyncInvoke?: Pick<AsyncInvoke, 'maximumRetries' | 'maximumAgeSeconds'> & {
    /** An event that Lambda drops is lost work: an alarm. Absent: nobody misses it. */
    readonly alarmWhenDropped?: true;
  };
  /** Event source mappings on the stream of the sessions table, by their names. */
  readonly changes?: Readonly<Record<string, StreamBatches>>;
  /** Where Lambda puts events and records that the function did not process; the queue is `<stack>-<name>-failed`. */
  readonly failureQueue?: FailureQueueName;
}

/** Actions, without their service's prefix. A transaction needs those of its items, and none of its own. */
export interface Access {
  readonly sessions?: readonly TableAction[];
  /** On the sessions' index. */
  readonly sessionsIndex?: readonly ('Query' | 'Scan')[];
  readonly connections?: readonly TableAction[];
  /** On the connections' index. */
  readonly connectionsIndex?: readonly 'Query'[];
  readonly rateLimits?: readonly TableAction[];
  readonly messages?: readonly TableAction[];
  /** Verbs of `@connections`: POST sends to a connection, GET asks for its last activity, DELETE closes it. */
  readonly management?: readonly ('POST' | 'GET' | 'DELETE')[];
  readonly itself?: readonly 'InvokeFunction'[];
  readonly deliverer?: readonly 'InvokeFunction'[];
  readonly eventBus?: readonly 'PutEvents'[];
}

/** `ConditionCheckItem`: a transaction that checks an item without writing it. */
type TableAction =
  | 'GetItem'
  | 'BatchGetItem'
  | 'Query'
  | 'Scan'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'BatchWriteItem'
  | 'ConditionCheckItem';

export type FailureQueueName = 'changes' | 'deliveries';

/**
 * MB that come with one whole core, for functions that post to every listener of a session or close many connections:
 * signing and sending take CPU.
 * @see AWS Lambda Developer Guide, "Configure Lambda function memory": 1,769 MB are one vCPU
 */
const fullCoreMb = 1769;

/** What a function needs to refuse messages: the budget of a connection, and to close one that has used it up. */
const refusals = ['RATE_LIMIT_REFUSALS_PER_MIN', 'MAX_ROLELESS_SECONDS', 'SPEAKER_GRACE_SECONDS'] as const;

/** A record that cannot be processed is given up after an hour: an end is then the sweeper's, a state the heartbeat's. */
const retries = { maximumRetries: 100, maximumAgeSeconds: 3600 } as const;

export const functions = {
  authorizer: {
    memoryMb: 512,
    timeoutSeconds: 10,
    settings: [],
    verifiesTokens: true,
    access: {},
  },

  // Before those that invoke it.
  deliverer: {
    memoryMb: fullCoreMb,
    timeoutSeconds: 60, // a share of a delivery takes no longer than 10
    settings: ['CIRCUIT_BREAKER_SECONDS'],
    access: {
      sessions: ['GetItem', 'Query', 'UpdateItem'], // GetItem: who speaks, for what is published to `all` or `speaker`
      connections: ['GetItem', 'DeleteItem'],
      connectionsIndex: ['Query'],
      messages: ['Query', 'BatchWriteItem'], // what a listener missed; the log of a session that has ended
      management: ['POST', 'DELETE'],
      itself: ['InvokeFunction'], // a large delivery, in shares
    },
    // What is not delivered by then, the next heartbeats tell; an end is finished by the sweeper.
    asyncInvoke: { maximumRetries: 2, maximumAgeSeconds: 300, alarmWhenDropped: true },
    failureQueue: 'deliveries',
  },

  connection: {
    memoryMb: 512,
    timeoutSeconds: 10,
    settings: [
      'MAX_LISTENERS_PER_SESSION',
      'SESSION_MAX_DURATION_HOURS',
      'SESSION_ID_VOCABULARY',
      'HEARTBEAT_INTERVAL_SECONDS',
      'HISTORY_SECONDS',
      'RATE_LIMIT_SESSIONS_PER_HOUR',
      'RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN',
      'RATE_LIMIT_WRONG_IDS_PER_MIN',
      ...refusals,
      'CIRCUIT_BREAKER_SECONDS',
    ],
    usesHmacKey: true,
    access: {
      sessions: ['BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'ConditionCheckItem'],
      connections: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
      rateLimits: ['GetItem', 'UpdateItem'],
      messages: ['GetItem', 'BatchGetItem'],
      management: ['POST', 'DELETE'],
      itself: ['InvokeFunction'],
      deliverer: ['InvokeFunction'], // the messages that a listener missed
    },
    // The first message of a client that has only a URL. After a minute nobody waits for its reply any more.
    asyncInvoke: { maximumRetries: 1, maximumAgeSeconds: 60 },
  },

  heartbeat: {
    memoryMb: 512,
    timeoutSeconds: 10,
    settings: [
      'CONNECTION_MAX_DURATION_HOURS',
      'CONNECTION_REFRESH_MINUTES',
      'CONNECTION_WARNING_MINUTES',
      'RATE_LIMIT_HEARTBEATS_PER_MIN',
      ...refusals,
      'CIRCUIT_BREAKER_SECONDS',
    ],
    access: {
      sessions: ['BatchGetItem', 'UpdateItem'],
      connections: ['GetItem', 'UpdateItem', 'DeleteItem'],
      rateLimits: ['UpdateItem'],
      messages: ['BatchGetItem'],
      management: ['POST', 'DELETE'],
    },
  },

  refresh: {
    memoryMb: 512,
    timeoutSeconds: 10,
    settings: [
      'SESSION_MAX_DURATION_HOURS',
      'HEARTBEAT_INTERVAL_SECONDS',
      'HISTORY_SECONDS',
      'RATE_LIMIT_RECOVERIES_PER_MIN',
      ...refusals,
      'CIRCUIT_BREAKER_SECONDS',
    ],
    usesHmacKey: true,
    access: {
      sessions: ['BatchGetItem', 'UpdateItem', 'ConditionCheckItem'],
      connections: ['GetItem', 'PutItem', 'DeleteItem'],
      rateLimits: ['UpdateItem'],
      messages: ['GetItem', 'BatchGetItem'],
      management: ['POST', 'DELETE'],
      deliverer: ['InvokeFunction'], // the messages that a client missed
    },
  },

  status: {
    memoryMb: 512,
    timeoutSeconds: 10,
    settings: ['RATE_LIMIT_STATUS_PER_MIN', ...refusals, 'CIRCUIT_BREAKER_SECONDS'],
    access: {
      sessions: ['GetItem', 'Query', 'UpdateItem'],
      connections: ['GetItem', 'UpdateItem', 'DeleteItem'],
      rateLimits: ['UpdateItem'],
      management: ['POST', 'DELETE'],
    },
  },

  disconnect: {
    memoryMb: 512,
    timeoutSeconds: 29, // a leave that meets others is retried for up to 20 s: no client waits for it
    settings: [...refusals, 'CIRCUIT_BREAKER_SECONDS'],
    access: {
      sessions: ['GetItem', 'UpdateItem'],
      connections: ['GetItem', 'DeleteItem'],
      rateLimits: ['UpdateItem'],
      management: ['POST', 'DELETE'],
    },
  },

  publisher: {
    // It waits for the deliverer, which posts: a third of a core writes the message once, and starts as the others do.
    memoryMb: 512,
    timeoutSeconds: 29, // API Gateway waits no longer on a WebSocket route, and 30 on one of the HTTP API
    settings: [
      'HISTORY_SECONDS',
      'MESSAGE_MAX_AGE_SECONDS',
      'RATE_LIMIT_PUBLISH_PER_MIN',
      ...refusals,
      'CIRCUIT_BREAKER_SECONDS',
    ],
    access: {
      sessions: ['BatchGetItem', 'UpdateItem'],
      connections: ['GetItem', 'DeleteItem'],
      rateLimits: ['UpdateItem'],
      messages: ['GetItem', 'BatchGetItem', 'PutItem'],
      management: ['POST', 'DELETE'],
      deliverer: ['InvokeFunction'],
    },
    // A message that comes late is still in the log, for as long as a listener may recover it. There is no queue for
    // those that failed: it would keep what was published for two weeks.
    asyncInvoke: { maximumRetries: 2, maximumAgeSeconds: 120, alarmWhenDropped: true },
  },

  api: {
    memoryMb: 512,
    timeoutSeconds: 10,
    settings: [
      'MAX_LISTENERS_PER_SESSION',
      'SESSION_ID_VOCABULARY',
      'MAX_SCHEDULED_SESSIONS',
      'RATE_LIMIT_SESSIONS_PER_HOUR',
      'RATE_LIMIT_WRONG_IDS_PER_MIN',
      'CIRCUIT_BREAKER_SECONDS',
    ],
    usesHmacKey: true,
    access: {
      sessions: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'ConditionCheckItem'],
      sessionsIndex: ['Query'], // a user's own sessions
      rateLimits: ['GetItem', 'UpdateItem'],
      messages: ['BatchGetItem', 'Query'], // the log, for its owner
    },
  },

  notifier: {
    memoryMb: 512,
    timeoutSeconds: 30,
    settings: ['SPEAKER_GRACE_SECONDS', 'CIRCUIT_BREAKER_SECONDS'],
    access: {
      sessions: ['GetItem', 'Query', 'PutItem'],
      deliverer: ['InvokeFunction'],
      eventBus: ['PutEvents'],
    },
    changes: {
      session: { parts: ['session'], batchSize: 100, windowSeconds: 0, parallelization: 10, ...retries },
      // Thousands join within a minute: their places are counted once a second, not once a join.
      places: { parts: [{ prefix: 'places#' }], batchSize: 1000, windowSeconds: 1, parallelization: 1, ...retries },
    },
    failureQueue: 'changes',
  },

  sweeper: {
    memoryMb: fullCoreMb,
    timeoutSeconds: 60, // the next one starts then
    settings: ['HEARTBEAT_TIMEOUT_SECONDS', 'SPEAKER_GRACE_SECONDS', 'CIRCUIT_BREAKER_SECONDS'],
    access: {
      sessions: ['UpdateItem'],
      sessionsIndex: ['Scan'],
      connections: ['DeleteItem', 'Scan'],
      management: ['GET', 'DELETE'],
      deliverer: ['InvokeFunction'],
    },
    // The next minute's run is the retry. Sweeps that pile up while DynamoDB is down would only add to its load.
    asyncInvoke: { maximumRetries: 0, maximumAgeSeconds: 60 },
  },
} as const satisfies Record<string, FunctionDefinition>;

export type FunctionName = keyof typeof functions;

export const functionNames = Object.keys(functions) as FunctionName[];

/** Which function answers which route of the WebSocket API. */
export const routes = {
  $connect: 'connection',
  $disconnect: 'disconnect',
  $default: 'connection',
  createSession: 'connection',
  joinSession: 'connection',
  changeLanguage: 'connection',
  heartbeat: 'heartbeat',
  refreshConnection: 'refresh',
  recover: 'refresh',
  getSessionStatus: 'status',
  setBroadcastState: 'status',
  endSession: 'disconnect',
  publish: 'publisher',
} as const satisfies Record<string, FunctionName>;

export interface HttpRouteDefinition {
  readonly handler: FunctionName;
  /** `token`: a speaker's; `signature`: of AWS credentials (Signature Version 4), for backends; `none`: everybody. */
  readonly authorization: 'token' | 'signature' | 'none';
}

/** The routes of the HTTP API. */
export const httpRoutes = {
  'POST /sessions': { handler: 'api', authorization: 'token' },
  'GET /sessions': { handler: 'api', authorization: 'token' },
  'GET /sessions/{sessionId}': { handler: 'api', authorization: 'none' },
  'DELETE /sessions/{sessionId}': { handler: 'api', authorization: 'token' },
  'GET /sessions/{sessionId}/messages': { handler: 'api', authorization: 'token' },
  'POST /sessions/{sessionId}/messages': { handler: 'publisher', authorization: 'signature' },
  'GET /health': { handler: 'api', authorization: 'none' },
} as const satisfies Record<string, HttpRouteDefinition>;

/**
 * What each function is and may do. Its environment and its role's policy follow from this (see `wiring.ts`):
 * a function that may touch a table gets that table's name, and nothing gets what it does not need.
 */
import type { AsyncInvoke } from './lambda-function.ts';
import type { VariableName } from './variables.ts';

export interface FunctionDefinition {
  /** MB. Lambda gives CPU in proportion: at 512 a third of a core, by which the start is not bound; at 1,769 a whole one. */
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Variables that it reads, by the name of the environment variable. */
  readonly settings: readonly Uppercase<VariableName>[];
  /** Verifies tokens: gets the ids of the user pool, or the other issuer's data. */
  readonly verifiesTokens?: true;
  readonly access: Access;
  readonly asyncInvoke?: AsyncInvoke;
}

/** Actions, without their service's prefix. */
export interface Access {
  readonly sessions?: readonly TableAction[];
  readonly connections?: readonly TableAction[];
  /** On the connections' index. */
  readonly connectionsIndex?: readonly 'Query'[];
  readonly rateLimits?: readonly TableAction[];
  /** Verbs of `@connections`: POST sends to a connection, DELETE closes it. */
  readonly management?: readonly ('POST' | 'DELETE')[];
  readonly itself?: readonly 'InvokeFunction'[];
}

type TableAction = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem' | 'Scan';

/**
 * MB that come with one whole core, for functions that deliver to every listener of a session: signing and sending take
 * CPU. Measured with a CPU quota, TLS and 20 ms a post, the end of a session with 10,000 listeners takes 11 s with one
 * core, 14.4 s with 1,024 MB, and is cut off at 29 s with 512 MB.
 * @see AWS Lambda Developer Guide, "Configure Lambda function memory": 1,769 MB are one vCPU
 */
const fullCoreMb = 1769;

export const functions = {
  authorizer: {
    memoryMb: 512,
    timeoutSeconds: 10,
    settings: [],
    verifiesTokens: true,
    access: {},
  },

  connection: {
    memoryMb: 512,
    timeoutSeconds: 10,
    settings: [
      'MAX_LISTENERS_PER_SESSION',
      'SESSION_MAX_DURATION_HOURS',
      'SESSION_ID_VOCABULARY',
      'HEARTBEAT_INTERVAL_SECONDS',
      'STATUS_PUSH_SECONDS',
      'RATE_LIMIT_SESSIONS_PER_HOUR',
      'RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN',
      'RATE_LIMIT_LISTENER_JOINS_PER_MIN',
      'CIRCUIT_BREAKER_SECONDS',
    ],
    access: {
      sessions: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
      connections: ['GetItem', 'PutItem'],
      connectionsIndex: ['Query'], // what the speaker is told of those who join
      rateLimits: ['UpdateItem'],
      management: ['POST', 'DELETE'],
      itself: ['InvokeFunction'],
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
      'CIRCUIT_BREAKER_SECONDS',
    ],
    access: {
      connections: ['GetItem', 'UpdateItem'],
      management: ['POST'],
    },
  },

  refresh: {
    memoryMb: fullCoreMb,
    timeoutSeconds: 29, // tells every listener that the speaker is back
    settings: ['SESSION_MAX_DURATION_HOURS', 'CIRCUIT_BREAKER_SECONDS'],
    access: {
      sessions: ['GetItem', 'UpdateItem'],
      connections: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
      connectionsIndex: ['Query'],
      management: ['POST'],
    },
  },

  status: {
    memoryMb: 512,
    timeoutSeconds: 10,
    settings: ['RATE_LIMIT_STATUS_PER_MIN', 'CIRCUIT_BREAKER_SECONDS'],
    access: {
      sessions: ['GetItem'],
      connections: ['GetItem', 'UpdateItem'],
      connectionsIndex: ['Query'],
    },
  },

  disconnect: {
    memoryMb: fullCoreMb,
    timeoutSeconds: 29, // tells every listener that the session has ended
    settings: ['SPEAKER_GRACE_SECONDS', 'STATUS_PUSH_SECONDS', 'CIRCUIT_BREAKER_SECONDS'],
    access: {
      sessions: ['GetItem', 'UpdateItem'],
      connections: ['GetItem', 'DeleteItem', 'BatchWriteItem'],
      connectionsIndex: ['Query'],
      management: ['POST'],
    },
  },

  sweeper: {
    memoryMb: fullCoreMb,
    timeoutSeconds: 60, // the next one starts then
    settings: [
      'HEARTBEAT_TIMEOUT_SECONDS',
      'SPEAKER_GRACE_SECONDS',
      'RECONCILE_AFTER_SECONDS',
      'CIRCUIT_BREAKER_SECONDS',
    ],
    access: {
      sessions: ['GetItem', 'UpdateItem', 'Scan'],
      connections: ['DeleteItem', 'BatchWriteItem', 'Scan'],
      connectionsIndex: ['Query'],
      management: ['POST', 'DELETE'],
    },
    // The next minute's run is the retry. Sweeps that pile up while DynamoDB is down would only add to its load.
    asyncInvoke: { maximumRetries: 0, maximumAgeSeconds: 60 },
  },
} as const satisfies Record<string, FunctionDefinition>;

export type FunctionName = keyof typeof functions;

export const functionNames = Object.keys(functions) as FunctionName[];

/** Which function answers which route. */
export const routes = {
  $connect: 'connection',
  $disconnect: 'disconnect',
  $default: 'connection',
  createSession: 'connection',
  joinSession: 'connection',
  heartbeat: 'heartbeat',
  refreshConnection: 'refresh',
  getSessionStatus: 'status',
  endSession: 'disconnect',
} as const satisfies Record<string, FunctionName>;

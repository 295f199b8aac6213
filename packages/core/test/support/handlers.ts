import type { Context } from 'aws-lambda';
import { createHandler as createConnectionHandler } from '../../../functions/connection/src/handler.ts';
import { wire as wireConnection } from '../../../functions/connection/src/wire.ts';
import { createHandler as createDelivererHandler } from '../../../functions/deliverer/src/handler.ts';
import { wire as wireDeliverer } from '../../../functions/deliverer/src/wire.ts';
import { createHandler as createDisconnectHandler } from '../../../functions/disconnect/src/handler.ts';
import { wire as wireDisconnect } from '../../../functions/disconnect/src/wire.ts';
import { createHandler as createHeartbeatHandler } from '../../../functions/heartbeat/src/handler.ts';
import { wire as wireHeartbeat } from '../../../functions/heartbeat/src/wire.ts';
import { createHandler as createNotifierHandler } from '../../../functions/notifier/src/handler.ts';
import { wire as wireNotifier } from '../../../functions/notifier/src/wire.ts';
import { createHandler as createPublisherHandler } from '../../../functions/publisher/src/handler.ts';
import { wire as wirePublisher } from '../../../functions/publisher/src/wire.ts';
import { createHandler as createRefreshHandler } from '../../../functions/refresh/src/handler.ts';
import { wire as wireRefresh } from '../../../functions/refresh/src/wire.ts';
import { createHandler as createStatusHandler } from '../../../functions/status/src/handler.ts';
import { wire as wireStatus } from '../../../functions/status/src/wire.ts';
import { createHandler as createSweeperHandler } from '../../../functions/sweeper/src/handler.ts';
import { wire as wireSweeper } from '../../../functions/sweeper/src/wire.ts';
import type { WebSocketEvent, WebSocketResult } from '../../src/lambda/index.ts';
import { HMAC_KEY } from './set-up.ts';

const configWith = (managementEndpoint: string) =>
  ({
    SESSIONS_TABLE: 'Sessions',
    CONNECTIONS_TABLE: 'Connections',
    RATE_LIMITS_TABLE: 'RateLimits',
    MESSAGES_TABLE: 'Messages',
    MANAGEMENT_ENDPOINT: managementEndpoint,
    DELIVERER_FUNCTION: 'deliverer',
    EVENT_BUS_NAME: 'default',
    EVENT_SOURCE: 'sessions.test',
    HMAC_KEY,
    CIRCUIT_BREAKER_SECONDS: 30,
    MAX_LISTENERS_PER_SESSION: 500,
    SESSION_MAX_DURATION_HOURS: 2,
    CONNECTION_MAX_DURATION_HOURS: 2,
    CONNECTION_REFRESH_MINUTES: 100,
    CONNECTION_WARNING_MINUTES: 105,
    HEARTBEAT_INTERVAL_SECONDS: 30,
    HEARTBEAT_TIMEOUT_SECONDS: 90,
    SPEAKER_GRACE_SECONDS: 30,
    MAX_ROLELESS_SECONDS: 120,
    RATE_LIMIT_SESSIONS_PER_HOUR: 50,
    RATE_LIMIT_HEARTBEATS_PER_MIN: 2,
    RATE_LIMIT_STATUS_PER_MIN: 12,
    RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN: 12_000,
    RATE_LIMIT_WRONG_IDS_PER_MIN: 30,
    RATE_LIMIT_REFUSALS_PER_MIN: 60,
    RATE_LIMIT_PUBLISH_PER_MIN: 120,
    RATE_LIMIT_RECOVERIES_PER_MIN: 30,
    HISTORY_SECONDS: 120,
    MESSAGE_MAX_AGE_SECONDS: 10,
    SESSION_ID_VOCABULARY: 'biblical',
    AWS_LAMBDA_FUNCTION_NAME: 'connection',
  }) as const;

/** The handlers of all functions, put together as in their `index.ts`: a fresh instance of each. */
export function createHandlers({ managementEndpoint }: { managementEndpoint: string }) {
  const config = configWith(managementEndpoint);
  const connection = createConnectionHandler(wireConnection(config));
  const status = createStatusHandler(wireStatus(config));
  const disconnect = createDisconnectHandler(wireDisconnect(config));
  const heartbeat = createHeartbeatHandler(wireHeartbeat(config));
  const refresh = createRefreshHandler(wireRefresh(config));
  const publisher = createPublisherHandler(wirePublisher(config));
  return {
    /** By route. */
    routes: {
      $connect: connection,
      $default: connection,
      createSession: connection,
      joinSession: connection,
      changeLanguage: connection,
      heartbeat,
      refreshConnection: refresh,
      recover: refresh,
      getSessionStatus: status,
      setBroadcastState: status,
      $disconnect: disconnect,
      endSession: disconnect,
      publish: async (event: WebSocketEvent, context: Context) => (await publisher(event, context)) as WebSocketResult,
    },
    /** By its three entrances: routes of both APIs, and invocations. */
    publisher,
    notifier: createNotifierHandler(wireNotifier(config)),
    deliverer: createDelivererHandler(wireDeliverer(config)),
    sweeper: createSweeperHandler(wireSweeper(config)),
  };
}
export type RouteKey = keyof ReturnType<typeof createHandlers>['routes'];

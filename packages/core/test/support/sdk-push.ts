import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import pMap from 'p-map';
import { FAN_OUT_CONCURRENCY, type PushOptions } from '../../src/apigateway/index.ts';
import { type ServerMessage, ServiceError } from '../../src/protocol/index.ts';
import type { FanOutReport, Push } from '../../src/sessions/ports.ts';

/**
 * Creates a `Push` over the SDK's client: what the contract, and the benchmark, hold ours against. The functions had it
 * until 0.2 ms a post were asked for.
 */
export function createSdkPush({ onFailure, requestTimeoutMs = 2000, ...options }: PushOptions): Push {
  const client = new ApiGatewayManagementApiClient({
    ...options,
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: Math.max(1000, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpsAgent: { maxSockets: FAN_OUT_CONCURRENCY },
      httpAgent: { maxSockets: FAN_OUT_CONCURRENCY },
    },
  });
  const encode = (message: ServerMessage) => Buffer.from(JSON.stringify(message));

  /** @returns undefined if the socket is gone */
  async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  const post = async (connectionId: string, data: Uint8Array): Promise<boolean> =>
    (await unlessGone(client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: data })))) !==
    undefined;

  async function postEach(messages: readonly { connectionId: string; data: Uint8Array }[]): Promise<FanOutReport> {
    const report = { delivered: [] as string[], gone: [] as string[], failed: [] as string[] };
    const postOne = async ({ connectionId, data }: { connectionId: string; data: Uint8Array }) => {
      try {
        report[(await post(connectionId, data)) ? 'delivered' : 'gone'].push(connectionId);
      } catch (error) {
        onFailure(connectionId, error);
        report.failed.push(connectionId);
      }
    };
    await pMap(messages, postOne, { concurrency: FAN_OUT_CONCURRENCY });
    return report;
  }

  return {
    async send(connectionId, message) {
      try {
        return await post(connectionId, encode(message));
      } catch (cause) {
        onFailure(connectionId, cause);
        throw new ServiceError('SERVICE_UNAVAILABLE', 'The message could not be delivered', { cause });
      }
    },

    fanOut(connectionIds, message) {
      const data = encode(message);
      return postEach(connectionIds.map((connectionId) => ({ connectionId, data })));
    },

    sendEach: (messages) =>
      postEach(messages.map(({ connectionId, message }) => ({ connectionId, data: encode(message) }))),

    async close(connectionId) {
      try {
        await unlessGone(client.send(new DeleteConnectionCommand({ ConnectionId: connectionId })));
      } catch (error) {
        onFailure(connectionId, error);
      }
    },

    async lastActiveAt(connectionId) {
      try {
        const answer = await unlessGone(client.send(new GetConnectionCommand({ ConnectionId: connectionId })));
        return answer?.LastActiveAt?.getTime();
      } catch (cause) {
        throw new ServiceError('SERVICE_UNAVAILABLE', 'The connection could not be looked up', { cause });
      }
    },
  };
}

/** The status as well as the class: without the error-type header the SDK makes a nameless exception of a 410. */
const isGone = (error: unknown): boolean =>
  error instanceof GoneException ||
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 410;

import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import pMap from 'p-map';
import { type ServerMessage, ServiceError } from '../protocol/index.ts';
import type { Addressed, FanOutReport, Push } from '../sessions/ports.ts';
import { FAN_OUT_CONCURRENCY } from './client.ts';

export interface PushOptions {
  readonly client: Pick<ApiGatewayManagementApiClient, 'send'>;
  /** Told about each message that stayed undelivered after all attempts. */
  readonly onFailure: (connectionId: string, error: unknown) => void;
}

/** Messages to connections through API Gateway's `@connections`. One message is serialized once, however many get it. */
export function createPush({ client, onFailure }: PushOptions): Push {
  const encode = (message: ServerMessage) => Buffer.from(JSON.stringify(message));

  /** @returns false if the socket is gone */
  async function post(connectionId: string, data: Uint8Array): Promise<boolean> {
    try {
      await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: data }));
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  async function postEach<T>(
    them: readonly T[],
    what: (each: T) => { connectionId: string; data: Uint8Array },
  ): Promise<FanOutReport> {
    const report = { delivered: [] as string[], gone: [] as string[], failed: [] as string[] };
    await pMap(
      them,
      async (each) => {
        const { connectionId, data } = what(each);
        try {
          const isDelivered = await post(connectionId, data);
          report[isDelivered ? 'delivered' : 'gone'].push(connectionId);
        } catch (error) {
          onFailure(connectionId, error);
          report.failed.push(connectionId);
        }
      },
      { concurrency: FAN_OUT_CONCURRENCY },
    );
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
      return postEach(connectionIds, (connectionId) => ({ connectionId, data }));
    },

    sendEach: (messages) =>
      postEach(messages, ({ connectionId, message }: Addressed) => ({ connectionId, data: encode(message) })),

    async close(connectionId) {
      try {
        await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
      } catch (error) {
        // What is gone is closed; what cannot be closed now, idles out.
        if (!isGone(error)) onFailure(connectionId, error);
      }
    },
  };
}

/** The status as well as the class: without the error-type header the SDK makes a nameless exception of a 410. */
const isGone = (error: unknown): boolean =>
  error instanceof GoneException ||
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 410;

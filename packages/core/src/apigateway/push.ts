import { type ServerMessage, ServiceError } from '../protocol/index.ts';
import type { FanOutReport, Push } from '../sessions/ports.ts';
import { createManagementApi, type ManagementApiOptions, type ManagementCall } from './management-api.ts';
import { createPayload } from './payload.ts';
import { createRetries } from './retries.ts';

/**
 * Messages in flight at once. 500 listeners are then told in five rounds; the account-wide quota is 10,000 requests a
 * second with a burst of 5,000 (API Gateway quotas), shared with everything else.
 */
export const FAN_OUT_CONCURRENCY = 100;

/** For one attempt, its connection included: one slow listener must not hold up the rest. */
const REQUEST_TIMEOUT_MS = 2000;

export interface PushOptions extends Omit<ManagementApiOptions, 'maxSockets'> {
  /** Told about each message that stayed undelivered after all attempts. */
  readonly onFailure: (connectionId: string, error: unknown) => void;
  /**
   * The time for one `send`, `fanOut` or `sendEach`: posts are retried as long as it lasts, and what is not delivered
   * by then has failed. Without it each post has three attempts.
   */
  readonly budgetMs?: number | undefined;
  readonly requestTimeoutMs?: number;
}

/** Sends messages to connections through API Gateway's `@connections`. A message to many is serialized and hashed once. */
export function createPush(options: PushOptions): Push {
  const { onFailure, budgetMs, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const retries = createRetries(createManagementApi({ ...options, maxSockets: FAN_OUT_CONCURRENCY }), {
    maxInFlight: FAN_OUT_CONCURRENCY,
    requestTimeoutMs,
  });

  async function postEach<T extends { readonly connectionId: string }>(
    items: readonly T[],
    toCall: (item: T) => ManagementCall,
    budget?: number,
  ): Promise<FanOutReport> {
    const report = { delivered: [] as string[], gone: [] as string[], failed: [] as string[] };
    const startMs = performance.now();
    let lastDeliveredMs = 0;
    await retries.each(
      items,
      toCall,
      ({ connectionId }, outcome) => {
        if ('answer' in outcome) {
          report[outcome.answer.isGone ? 'gone' : 'delivered'].push(connectionId);
          if (!outcome.answer.isGone) lastDeliveredMs = Math.round(performance.now() - startMs);
        } else {
          report.failed.push(connectionId);
          onFailure(connectionId, outcome.error);
        }
      },
      budget === undefined || budgetMs === undefined ? (budget ?? budgetMs) : Math.min(budget, budgetMs),
    );
    return report.delivered.length === 0 ? report : { ...report, lastDeliveredMs };
  }

  return {
    async send(connectionId, message) {
      try {
        return !(await retries.one(post(connectionId, message), budgetMs)).isGone;
      } catch (cause) {
        onFailure(connectionId, cause);
        throw new ServiceError('SERVICE_UNAVAILABLE', 'The message could not be delivered', { cause });
      }
    },

    fanOut(connectionIds, message, budget) {
      const payload = createPayload(JSON.stringify(message));
      const calls = connectionIds.map((connectionId) => ({ method: 'POST', connectionId, payload }) as const);
      return postEach(calls, (call) => call, budget);
    },

    // Hashed one by one as they are sent, so that the first ones do not wait for all.
    sendEach: (messages) => postEach(messages, ({ connectionId, message }) => post(connectionId, message)),

    async close(connectionId) {
      try {
        await retries.one({ method: 'DELETE', connectionId });
      } catch (error) {
        // What cannot be closed now, idles out.
        onFailure(connectionId, error);
      }
    },

    async lastActiveAt(connectionId) {
      try {
        const { isGone, body } = await retries.one({ method: 'GET', connectionId });
        return isGone ? undefined : lastActiveIn(body);
      } catch (cause) {
        throw new ServiceError('SERVICE_UNAVAILABLE', 'The connection could not be looked up', { cause });
      }
    },
  };
}

const post = (connectionId: string, message: ServerMessage): ManagementCall => ({
  method: 'POST',
  connectionId,
  payload: createPayload(JSON.stringify(message)),
});

function lastActiveIn(body: string): number {
  const { lastActiveAt } = JSON.parse(body) as { lastActiveAt?: string };
  const atMs = Date.parse(String(lastActiveAt));
  if (Number.isNaN(atMs)) throw new Error(`API Gateway answered with lastActiveAt ${lastActiveAt}, which is no time`);
  return atMs;
}

import { randomUUID } from 'node:crypto';
import type { Receipt } from '@sessions/core/protocol';
import { createHttpEntrance, type HttpEntranceOptions } from './http-entrance.ts';
import { createLambdaEntrance, type LambdaEntranceOptions } from './lambda-entrance.ts';
import { PublishError } from './publish-error.ts';
import { realTiming, retry, type Timing } from './retry.ts';
import type { Publication } from './types.ts';

/** More than a message is delivered for (MESSAGE_MAX_AGE_SECONDS), so that what was given up was tried for long enough. */
const DEFAULT_BUDGET_MS = 30_000;
const DEFAULT_ATTEMPT_TIMEOUT_MS = 15_000;

export interface RetryLimits {
  /** For all attempts to publish a message and the waits between them, milliseconds. Default 30,000. */
  readonly budgetMs?: number;
  /** For one attempt, milliseconds. Default 15,000. */
  readonly attemptTimeoutMs?: number;
}

export type PublisherOptions = (HttpEntranceOptions | LambdaEntranceOptions) & RetryLimits;

export interface Publisher {
  /**
   * Publishes a message. 429, 5xx and failures of the network are retried with the same ID, within the time budget. Messages of
   * a channel keep their order if each is awaited before the next.
   * @returns what became of the message
   * @throws {PublishError} refused, or given up
   * @throws {TypeError} `data` cannot be written as JSON
   */
  publish(publication: Publication, options?: { readonly signal?: AbortSignal }): Promise<Receipt>;
}

/** Creates a publisher: by the HTTP API (`httpApiUrl`), or by invoking the function (`functionName`). */
export function createPublisher(options: PublisherOptions, timing: Timing = realTiming): Publisher {
  const { budgetMs = DEFAULT_BUDGET_MS, attemptTimeoutMs = DEFAULT_ATTEMPT_TIMEOUT_MS } = options;
  const enter = 'functionName' in options ? createLambdaEntrance(options) : createHttpEntrance(options);

  return {
    async publish({ sessionId, to, name, data, id = randomUUID() }, { signal } = {}) {
      if (JSON.stringify(data) === undefined) {
        throw new TypeError(`data must be a JSON value, not ${typeof data}: use null to say nothing`);
      }
      const publication = { sessionId, to, ...(name !== undefined && { name }), data, id };
      try {
        return await retry((attempt) => enter(publication, attempt), { budgetMs, attemptTimeoutMs, signal }, timing);
      } catch (error) {
        if (error instanceof PublishError) error.id = id;
        throw error;
      }
    },
  };
}

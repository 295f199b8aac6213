import { FetchError } from 'aws-jwt-verify/error';
import type { Fetcher } from 'aws-jwt-verify/https';

const TIMEOUT_MS = 3000;

/**
 * Fetches a user pool's keys from the endpoint that `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER` names instead of
 * AWS's own, as every AWS SDK does with such a variable. The library's fetcher knows only https and AWS's address.
 */
export const createEndpointFetcher = (endpoint: string): Fetcher =>
  createFetcher((uri) => new URL(new URL(uri).pathname, endpoint));

/** Fetches keys over http as well as https. @throws {FetchError} in every case of failure */
export function createFetcher(addressOf = (uri: string): URL => new URL(uri)): Fetcher {
  return {
    async fetch(uri) {
      const address = addressOf(uri);
      try {
        const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        return await response.arrayBuffer();
      } catch (error) {
        throw new FetchError(address.href, error instanceof Error ? error.message : 'failed');
      }
    },
  };
}

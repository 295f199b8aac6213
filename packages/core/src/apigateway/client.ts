import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';

/**
 * Messages under way at once. 500 listeners are then told in five rounds; the account-wide quota is 10,000 requests a
 * second with a burst of 5,000 (API Gateway quotas), shared with everything else.
 */
export const FAN_OUT_CONCURRENCY = 100;

/** One slow listener must not hold up the rest; three attempts stay under the function's timeout. */
const CONNECT_TIMEOUT_MS = 1000;
const REQUEST_TIMEOUT_MS = 2000;
const MAX_ATTEMPTS = 3;

/**
 * The client for `@connections`. The endpoint is configuration and not taken from events: behind a custom domain,
 * `domainName` and `stage` do not make up the right address.
 */
export const createManagementClient = (endpoint: string): ApiGatewayManagementApiClient =>
  new ApiGatewayManagementApiClient({
    endpoint,
    // 429 and 5xx are repeated, with jittered backoff; 410 is not.
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      // The SDK's default of 50 would queue half of a fan-out.
      httpsAgent: { maxSockets: FAN_OUT_CONCURRENCY },
      httpAgent: { maxSockets: FAN_OUT_CONCURRENCY },
    },
  });

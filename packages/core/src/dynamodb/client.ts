import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** Attempts for one call, the first included; the SDK waits between them with jitter. */
const MAX_ATTEMPTS = 3;
/** A healthy call takes single-digit milliseconds; three attempts must fit into a function's timeout. */
const CONNECT_TIMEOUT_MS = 1000;
const REQUEST_TIMEOUT_MS = 2000;

/** The DynamoDB client of a function. Region, credentials and endpoint come from the standard variables. */
export const createDynamoDBClient = (config: DynamoDBClientConfig = {}): DynamoDBClient =>
  new DynamoDBClient({
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    ...config,
  });

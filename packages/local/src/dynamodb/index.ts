/** The embedded DynamoDB by itself. */
export {
  type DynamoDb,
  type DynamoDbAnswer,
  DynamoDbCallError,
  type DynamoDbOptions,
  startDynamoDb,
} from './dynamodb.ts';
export { DynamoDbError } from './engine/errors.ts';
export type { SyncPolicy } from './engine/log/log-file.ts';
export { type DynamoDbServer, startDynamoDbServer } from './server.ts';

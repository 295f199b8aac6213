export type { ErrorCode, ErrorDetail, Receipt } from '@sessions/core/protocol';
export { createPublisher, type Publisher, type PublisherOptions, type RetryLimits } from './create-publisher.ts';
export type { HttpEntranceOptions } from './http-entrance.ts';
export type { LambdaEntranceOptions } from './lambda-entrance.ts';
export { PublishError, type PublishErrorCode } from './publish-error.ts';
export type { CredentialSource, Credentials, Publication } from './types.ts';

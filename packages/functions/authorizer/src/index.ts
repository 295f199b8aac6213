import { createTelemetry } from '@sessions/core/lambda';
import { readTokenSource } from './config.ts';
import { createHandler } from './handler.ts';
import { createVerifyToken } from './verify-token.ts';

export const handler = createHandler({
  telemetry: createTelemetry(),
  verifyToken: createVerifyToken(readTokenSource(process.env)),
});

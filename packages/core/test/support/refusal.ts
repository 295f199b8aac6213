import { expect } from 'chai';
import { type ErrorCode, ServiceError } from '../../src/protocol/index.ts';

/** Awaits a refusal with this code. @returns the error, for a closer look */
export async function refusal(promise: Promise<unknown>, code: ErrorCode): Promise<ServiceError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error(`Expected ${code}, got ${JSON.stringify(outcome.value)}`);
  const { error } = outcome;
  if (!(error instanceof ServiceError)) throw error;
  expect(error.code, error.message).to.equal(code);
  return error;
}

import type { SessionsError } from '../../src/index.ts';

/** What a promise is rejected with. @throws {Error} it is not */
export const failureOf = (promise: Promise<unknown>): Promise<SessionsError> =>
  promise.then(
    () => {
      throw new Error('It did not fail');
    },
    (error) => error as SessionsError,
  );

import type { MiddlewareObj } from '@middy/core';
import type { Telemetry } from './telemetry.ts';

/** Around every invocation: its log lines carry its IDs, and its metrics go out when it is done, well or badly. */
export function withInvocationScope<E, R>(
  { logger, metrics }: Telemetry,
  keysOf: (event: E) => Record<string, string> = () => ({}),
): MiddlewareObj<E, R> {
  const finish = () => {
    // Powertools warns about every invocation without metrics; most have none.
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    logger.resetKeys();
  };
  return {
    before: ({ event, context }) => {
      logger.addContext(context);
      logger.appendKeys(keysOf(event));
    },
    after: finish,
    onError: finish,
  };
}

/** For a function whose failures nobody answers for: they go into the log before Lambda sees them. */
export const logFailures = <E, R>({ logger }: Pick<Telemetry, 'logger'>): MiddlewareObj<E, R> => ({
  onError: ({ error }) => void logger.error('Failed', { error: describeError(error) }),
});

/** Tokens, and addresses of either kind: Node.js names the address in a network error, libraries quote their input. */
const SECRETS =
  /eyJ[\w-]+(?:\.[\w-]*)*|\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w.:])(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}(?![\w.:])/gi;

const redact = (text: string): string => text.replace(SECRETS, '(redacted)');

/** Name, message and stack of an error and its causes, for the log: without tokens and addresses. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, stack, cause } = error;
  return {
    name,
    message: redact(message),
    ...(stack === undefined ? {} : { stack: redact(stack) }),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}

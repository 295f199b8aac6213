import { LocalRuntimeError } from './errors.ts';

/** Writes to stderr: one line for what a person can mend, the call stack for a bug. */
export function reportFailure(error: unknown): void {
  const isUsage = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  // Node.js appends advice on positional arguments, of which there are none.
  if (isUsage) console.error(`${error.message.split('. ')[0]} (--help lists the options)`);
  else console.error(error instanceof LocalRuntimeError ? error.message : error);
}

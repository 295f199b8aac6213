import { explainAwsError, OperatorError, UsageError } from './errors.ts';

/**
 * Runs a command to its end: exit code 0, 1 with one line on stderr if it cannot be carried out, 2 if the command line is
 * wrong. SIGINT and SIGTERM abort it in order; a second one ends it at once.
 */
export async function runCommand(
  name: string,
  main: (args: readonly string[], signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  // Its reader is gone, e.g. `… | head`.
  process.stdout.on('error', () => process.exit());
  try {
    await main(process.argv.slice(2), stopping.signal);
  } catch (error) {
    process.exitCode = error instanceof UsageError ? 2 : 1;
    const line = error instanceof UsageError || error instanceof OperatorError ? error.message : explainAwsError(error);
    console.error(line === undefined ? error : `${name}: ${line}`);
  }
}

/** Prints a result: the text for people, or the same for a machine. */
export const print = (json: boolean, { text, data }: { text: string; data: unknown }): void =>
  console.log(json ? JSON.stringify(data, null, 2) : text);

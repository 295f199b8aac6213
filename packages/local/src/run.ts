import { type LocalStack, type LocalStackOptions, startLocalStack } from './local-stack.ts';
import { createLogPrinter } from './log-printer.ts';
import { reportFailure } from './report-failure.ts';

/** Whoever presses Ctrl-C waits no longer than this, milliseconds. */
const STOP_LIMIT_MS = 1900;

export interface RunOptions extends LocalStackOptions {
  readonly jsonLogs: boolean;
  /** Told once, when everything answers; returns what a person should read, if anything. */
  readonly onReady: (stack: LocalStack) => Promise<ReadyNotice> | ReadyNotice;
}

export interface ReadyNotice {
  /** For a terminal. */
  readonly text: string;
  /** The same for a machine. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Runs a stack until SIGINT or SIGTERM, then stops it and ends the process: with 0, or with 1 and one line on stderr when
 * it could not start or stop.
 */
export async function runStack({ jsonLogs, onReady, ...options }: RunOptions): Promise<void> {
  const printer = createLogPrinter({
    json: jsonLogs,
    colors: process.stdout.isTTY === true,
    // What the end cuts off is no news.
    write: (line) => stopping || process.stdout.write(`${line}\n`),
  });
  let stopping = false;
  const signalled = new Promise<void>((resolve) => {
    const stop = (): void => {
      stopping = true;
      resolve();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });

  const starting = startLocalStack({ ...printer.observers, ...options });
  starting.catch(() => {}); // handled below; the signal may come first
  try {
    const stack = await Promise.race([starting, signalled]);
    if (stack) {
      const { text, fields } = await onReady(stack);
      if (jsonLogs) printer.print('INFO', 'local', 'ready', fields);
      else process.stdout.write(`${text}\n`);
      await signalled;
    }
  } catch (error) {
    reportFailure(error);
    process.exitCode = 1;
  }
  setTimeout(() => {
    console.error('The local stack did not stop in time');
    process.exit(1);
  }, STOP_LIMIT_MS).unref();
  const stack = await starting.catch(() => undefined);
  await stack?.stop();
  process.exit();
}

import { awsEnvironment, checkEnvFile, envLines, writeEnvFile } from './env-file.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from './local-stack.ts';
import { createLogPrinter, type Level } from './log-printer.ts';
import { reportFailure } from './report-failure.ts';

/** The user who presses Ctrl-C waits no longer than this, milliseconds. */
const STOP_LIMIT_MS = 1900;

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface RunOptions extends LocalStackOptions {
  readonly jsonLogs: boolean;
  /** Default: `INFO` in a terminal, and all with `jsonLogs`. */
  readonly logLevel?: Level;
  /** Where to write what lets other programs use the stack, see {@link awsEnvironment}. Default: nowhere. */
  readonly envFile?: string;
  /** Called once, when everything answers; returns what a person should read. */
  readonly onReady: (stack: ReadyStack) => Promise<ReadyNotice> | ReadyNotice;
}

export type ReadyStack = LocalStack & {
  /** See {@link awsEnvironment}. */
  readonly awsEnvironment: Readonly<Record<string, string>>;
};

export interface ReadyNotice {
  /** For a terminal. */
  readonly text: string;
  /** The same for a machine; such lines may be kept, so there are no credentials in it. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Runs a stack until SIGINT, SIGTERM or SIGHUP, then stops it and ends the process: with 0, or with 1 and one line on
 * stderr when it could not start or stop.
 */
export async function runStack({ jsonLogs, logLevel, envFile, onReady, ...options }: RunOptions): Promise<void> {
  const printer = createLogPrinter({
    json: jsonLogs,
    colors: process.stdout.isTTY === true,
    minimumLevel: logLevel ?? (jsonLogs ? 'DEBUG' : 'INFO'),
    // Of no use to a user who has stopped it.
    write: (line) => stopping || process.stdout.write(`${line}\n`),
  });
  let stopping = false;
  const signalled = new Promise<void>((resolve) => {
    const stop = (): void => {
      stopping = true;
      resolve();
    };
    // Every time, not once: a terminal sends SIGINT to all its processes, and so does npm to its own.
    for (const signal of STOP_SIGNALS) process.on(signal, stop);
    // Its reader is gone, e.g. `npm start | head`.
    process.stdout.on('error', stop);
  });

  const starting = (envFile === undefined ? Promise.resolve() : checkEnvFile(envFile)).then(() =>
    startLocalStack({ ...printer.observers, ...options }),
  );
  starting.catch(() => {}); // handled below; the signal may come first
  let removeEnvFile: (() => Promise<void>) | undefined;
  try {
    const stack = await Promise.race([starting, signalled]);
    if (stack) {
      const environment = awsEnvironment(stack);
      if (envFile !== undefined) removeEnvFile = await writeEnvFile(envFile, envLines(environment));
      if (stack.isExposed) printer.print('WARN', 'local', exposedWarning(stack));
      const { text, fields } = await onReady({ ...stack, awsEnvironment: environment });
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
  await removeEnvFile?.();
  const stack = await starting.catch(() => undefined);
  await stack?.stop();
  process.exit();
}

const exposedWarning = ({ webSocketUrl, httpApiUrl }: LocalStack): string =>
  `Every machine in this network can reach ${[webSocketUrl, ...(httpApiUrl === undefined ? [] : [httpApiUrl])]
    .map((url) => new URL(url).host)
    .join(' and ')}, unencrypted: listen to sessions, and with the token in the page's address do all else`;

import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from './errors.ts';

/** Which environment is meant. */
export interface TargetOptions {
  /** Deployed: its name. */
  readonly env?: string;
  /** Deployed: a file with the outputs of its stack. */
  readonly outputs?: string;
  /** Local: what `npm start -- --env-file` has written. */
  readonly envFile?: string;
}

/** What all commands take. */
export const commonHelp = `\
Which environment:
  --env <name>         a deployed one (dev, staging, prod), by the credentials and AWS_REGION of this shell
  --outputs <file>     a deployed one, by the outputs of its stack as JSON
  --env-file <file>    a local one, by what npm start -- --env-file wrote
  none of them         what AWS_ENDPOINT_URL names, else the local stack that npm start runs

  --json               the result for a machine; times are epoch milliseconds
  --help               this text`;

const commonOptions = {
  env: { type: 'string' },
  outputs: { type: 'string' },
  'env-file': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsOptionsConfig;

export interface CommandLine {
  readonly action: string;
  readonly arguments: readonly string[];
  readonly target: TargetOptions;
  readonly json: boolean;
  /** Of the command's own options. */
  readonly value: (option: string) => string | boolean | undefined;
}

/**
 * Parses a command line: an action, its arguments, options anywhere.
 * @param actions how many arguments each action takes: exactly so many, or any number
 * @returns undefined if help is wanted
 * @throws {UsageError}
 */
export function parseCommandLine(
  args: readonly string[],
  actions: Readonly<Record<string, number | 'any'>>,
  own: ParseArgsOptionsConfig = {},
): CommandLine | undefined {
  const { values, positionals } = parse(args, { ...own, ...commonOptions });
  if (values.help) return undefined;
  const [action, ...rest] = positionals;
  const names = Object.keys(actions);
  const taken = action !== undefined && Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (action === undefined || taken === undefined) {
    throw new UsageError(`${action ?? 'nothing'} is no action: use ${names.join(', ')} (--help lists the options)`);
  }
  if (taken !== 'any' && rest.length !== taken) {
    throw new UsageError(`${action} takes ${taken === 0 ? 'no argument' : 'one argument'}, not ${rest.length}`);
  }
  const { env, outputs, 'env-file': envFile } = values as Record<string, string | undefined>;
  if (env !== undefined && outputs !== undefined) {
    throw new UsageError('--env and --outputs both say which environment: give one');
  }
  return {
    action,
    arguments: rest,
    target: {
      ...(env !== undefined && { env }),
      ...(outputs !== undefined && { outputs }),
      ...(envFile && { envFile }),
    },
    json: values.json === true,
    value: (option) => values[option] as string | boolean | undefined,
  };
}

function parse(args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    // Node.js appends advice on positional arguments, of which there are none.
    throw new UsageError(`${(error as Error).message.split('. ')[0]} (--help lists the options)`);
  }
}

import { parseArgs } from 'node:util';
import { type Assumptions, defaultAssumptions } from './assumptions.ts';
import type { Scenario } from './usage.ts';

/** Something is wrong with the arguments; the message names the option and says what is allowed. */
export class CostUsageError extends Error {
  override readonly name = 'CostUsageError';
}

interface NumberOption {
  readonly about: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly whole?: true;
}

const numbers = {
  listeners: { about: 'listeners of a session', default: 500, min: 0, max: 10_000, whole: true },
  minutes: { about: 'how long a session is', default: 120, min: 1, max: 1440 },
  heartbeat: { about: 'seconds between two heartbeats', default: 30, min: 1, max: 540 },
  'refresh-minutes': { about: 'age at which a connection moves to a new one', default: 100, min: 1, max: 119 },
  rejoins: { about: 'how often each listener leaves and comes back', default: 0, min: 0, max: 100 },
  'captions-every': { about: 'seconds between two captions in each language; 0: none', default: 0, min: 0, max: 3600 },
  'audio-every': { about: 'seconds between two messages with speech; 0: none', default: 0, min: 0, max: 3600 },
  'sessions-per-month': { about: 'such sessions in a month', default: 20, min: 0, max: 1_000_000, whole: true },
  'invocation-ms': {
    about: 'of an invocation, without calls of AWS',
    default: defaultAssumptions.invocationMs,
    min: 0,
    max: 29_000,
  },
  'aws-call-ms': { about: 'of a call of AWS', default: defaultAssumptions.awsCallMs, min: 0, max: 29_000 },
  'cold-starts': { about: 'share of all invocations', default: defaultAssumptions.coldStarts, min: 0, max: 1 },
  'init-ms': { about: 'of a cold start', default: defaultAssumptions.initMs, min: 0, max: 10_000 },
  'log-days': { about: 'how long logs are kept', default: defaultAssumptions.logDays, min: 1, max: 3653, whole: true },
} as const satisfies Record<string, NumberOption>;

type NumberName = keyof typeof numbers;
const numberNames = Object.keys(numbers) as NumberName[];

const others = {
  duration: { type: 'string', multiple: true },
  'access-logs': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const optionNames = [...numberNames, ...Object.keys(others)].map((name) => `--${name}`);

export interface CostOptions {
  readonly scenario: Scenario;
  readonly assumptions: Assumptions;
  readonly json: boolean;
  readonly help: boolean;
}

export const help = `Prices a session, and a month of sessions: measured calls, messages and bytes, times AWS's prices.

${numberNames
  .map(
    (name) =>
      `  ${`--${name} <n>`.padEnd(25)} ${numbers[name].about} (${numbers[name].default}; ${range(numbers[name])})`,
  )
  .join('\n')}
  --duration <function>=<ms>  how long an invocation of a function takes, instead of what the four options about
                            times make it; may be repeated
  --access-logs             with the API's access log (the variable access_logs)
  --json                    the same as JSON
  --help                    this text`;

/**
 * Reads the command line.
 * @param functionNames which functions `--duration` may name
 * @throws {CostUsageError}
 */
export function parseOptions(args: string[], functionNames: readonly string[]): CostOptions {
  const values = parse(args);
  const number = (name: NumberName): number => parseNumber(name, values[name]);
  return {
    scenario: {
      listeners: number('listeners'),
      minutes: number('minutes'),
      heartbeatSeconds: number('heartbeat'),
      refreshMinutes: number('refresh-minutes'),
      rejoins: number('rejoins'),
      captionSeconds: number('captions-every'),
      audioSeconds: number('audio-every'),
      sessionsPerMonth: number('sessions-per-month'),
      accessLogs: values['access-logs'] ?? false,
    },
    assumptions: {
      invocationMs: number('invocation-ms'),
      awsCallMs: number('aws-call-ms'),
      coldStarts: number('cold-starts'),
      initMs: number('init-ms'),
      logDays: number('log-days'),
      durationMs: Object.fromEntries((values.duration ?? []).map((text) => parseDuration(text, functionNames))),
    },
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

type Values = { [name in NumberName]?: string } & {
  duration?: string[];
  'access-logs'?: boolean;
  json?: boolean;
  help?: boolean;
};

function parse(args: string[]): Values {
  const text = Object.fromEntries(numberNames.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args, options: { ...text, ...others } }).values as Values;
  } catch (error) {
    // Node.js names the option in its first sentence; what it recommends then does not help here.
    const problem = (error as Error).message.split(/\.\s/)[0] ?? '';
    const name = numberNames.find(
      (candidate) => problem.includes(`'--${candidate} `) || problem.includes(`'--${candidate}'`),
    );
    const allowed = name ? `--${name}=<n> takes ${range(numbers[name])}` : `there are ${optionNames.join(', ')}`;
    throw new CostUsageError(`${problem.replace(/\.$/, '')}: ${allowed}`);
  }
}

function parseNumber(name: NumberName, text: string | undefined): number {
  const option: NumberOption = numbers[name];
  if (text === undefined) return option.default;
  const value = Number(text);
  const isAllowed = text.trim() !== '' && value >= option.min && value <= option.max;
  if (isAllowed && !(option.whole && !Number.isInteger(value))) return value;
  throw new CostUsageError(`--${name} must be ${range(option)}, not "${text}"`);
}

function parseDuration(text: string, functionNames: readonly string[]): [name: string, ms: number] {
  const [, name = '', ms = ''] = /^([^=]*)=(.+)$/.exec(text) ?? [];
  if (functionNames.includes(name) && Number(ms) >= 0 && Number(ms) <= 900_000) return [name, Number(ms)];
  throw new CostUsageError(
    `--duration must be <function>=<ms>, with one of ${functionNames.join(', ')} and 0 to 900000, not "${text}"`,
  );
}

function range({ min, max, whole }: NumberOption): string {
  return `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`;
}

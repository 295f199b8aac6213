import {
  parseEventsUrl,
  parseLogLevel,
  parsePort,
  parseRequestQuota,
  parseRoutes,
  parseSync,
  parseTimeScale,
  parseVariables,
  requireValues,
} from './cli-options.ts';
import type { RunOptions } from './run.ts';

export const DEFAULT_PORT = 4510;
export const DEFAULT_HOST = '127.0.0.1';

/** Options of every command that runs a stack in a terminal, for `parseArgs`. */
export const stackOptions = {
  host: { type: 'string' },
  port: { type: 'string' },
  'http-port': { type: 'string' },
  data: { type: 'string' },
  sync: { type: 'string' },
  var: { type: 'string', multiple: true },
  'var-file': { type: 'string', multiple: true },
  'env-file': { type: 'string' },
  faults: { type: 'string' },
  events: { type: 'string' },
  route: { type: 'string', multiple: true },
  'request-quota': { type: 'string' },
  'time-scale': { type: 'string' },
  'log-level': { type: 'string' },
  'json-logs': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** What `--help` says of them. */
export const stackOptionsHelp = `\
  --host <address>     where it listens (${DEFAULT_HOST}); 0.0.0.0: for every machine in this network
  --port <number>      on which port (${DEFAULT_PORT}; 0: any free port)
  --http-port <number> on which port the stack's HTTP API answers, if it has one (the one after --port)
  --data <folder>      keeps tables and signing keys there; otherwise they are gone at the end
  --sync <when>        when what is kept is on the disk itself, also after a power cut: always (before each
                       answer), or after so many milliseconds (100)
  --var name=value     sets a Terraform variable; may be repeated
  --var-file <file>    sets variables from a .tfvars or .json file; may be repeated
  --env-file <file>    writes AWS_ENDPOINT_URL and credentials there, for other programs on this machine
  --faults <file>      what is to go wrong: a fault plan, see docs/local.md
  --events <url>       posts each event of the stack's event buses there
  --route action=url   posts the messages of a WebSocket action there, in place of a function; may be repeated
  --request-quota <n>  requests a second that API Gateway takes for the whole account, with bursts of half of it
                       (10000; 2500/1250 gives both; none: no bound)
  --time-scale <n>     compresses time: n seconds of the stack in one real second (1)
  --log-level <level>  debug, info, warn or error (info; with --json-logs debug)
  --json-logs          logs as JSON, one object a line
  --help               this text`;

/** As `parseArgs` returns them. */
export interface StackOptionValues {
  readonly host?: string;
  readonly port?: string;
  readonly 'http-port'?: string;
  readonly data?: string;
  readonly sync?: string;
  readonly var?: string[];
  readonly 'var-file'?: string[];
  readonly 'env-file'?: string;
  readonly faults?: string;
  readonly events?: string;
  readonly route?: string[];
  readonly 'request-quota'?: string;
  readonly 'time-scale'?: string;
  readonly 'log-level'?: string;
  readonly 'json-logs'?: boolean;
}

/** Reads the options' values. @throws {UsageError | FaultPlanError} one of them is wrong */
export async function readStackOptions(
  values: StackOptionValues,
): Promise<Omit<RunOptions, 'stackFile' | 'onReady' | 'pageFolder'>> {
  requireValues(values, ['host', 'data', 'env-file', 'faults']);
  const port = parsePort(values.port) ?? DEFAULT_PORT;
  const httpPort = parsePort(values['http-port'], 'http-port');
  const sync = parseSync(values.sync, values.data);
  const variables = parseVariables(values.var);
  const eventsUrl = parseEventsUrl(values.events);
  const routes = parseRoutes(values.route);
  const requestQuota = parseRequestQuota(values['request-quota']);
  const timeScale = parseTimeScale(values['time-scale']);
  const logLevel = parseLogLevel(values['log-level']);
  // Only where it is asked for: it takes a while to load.
  const faults =
    values.faults === undefined
      ? undefined
      : await (await import('./faults/parse-plan.ts')).readFaultPlan(values.faults);
  return {
    host: values.host ?? DEFAULT_HOST,
    port,
    ...(httpPort !== undefined && { httpPort }),
    variables,
    variableFiles: values['var-file'] ?? [],
    ...(values.data !== undefined && { dataFolder: values.data }),
    ...(sync !== undefined && { sync }),
    ...(values['env-file'] !== undefined && { envFile: values['env-file'] }),
    ...(eventsUrl !== undefined && { eventsUrl }),
    routes,
    ...(requestQuota !== undefined && { requestQuota }),
    ...(timeScale !== undefined && { timeScale }),
    ...(faults && { faults }),
    ...(logLevel && { logLevel }),
    jsonLogs: values['json-logs'] === true,
  };
}

import { styleText } from 'node:util';
import type { FaultRecord } from './faults/plan.ts';
import type { LocalStackOptions } from './local-stack.ts';

export interface LogPrinterOptions {
  /** One JSON object a line, nothing left out. Otherwise lines for a person. */
  readonly json: boolean;
  readonly colors: boolean;
  /** Leaves out what is below it. Default: `DEBUG`, so nothing. */
  readonly minimumLevel?: Level;
  /** Takes a line without its end. */
  readonly write: (line: string) => void;
  readonly now?: () => Date;
}

/** In rising order. */
export const levels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type Level = (typeof levels)[number];
type Fields = Readonly<Record<string, unknown>>;

export interface LogPrinter {
  /** An event of the runtime itself. @param source what it is about, e.g. `gateway`, or a function's name */
  print(level: Level, source: string, message: string, fields?: Fields): void;
  /** Prints what the functions log, failed invocations, and what connections do. */
  readonly observers: Pick<
    LocalStackOptions,
    | 'onLog'
    | 'onInvocation'
    | 'onAsyncDropped'
    | 'onSchedule'
    | 'onEvent'
    | 'onEventProblem'
    | 'onRouteProblem'
    | 'onEventSource'
    | 'onFault'
    | 'onError'
    | 'gateway'
    | 'http'
  >;
}

const colors = { DEBUG: 'gray', INFO: 'cyan', WARN: 'yellow', ERROR: 'red' } as const;

/** What every structured Lambda log line repeats, and a person can do without. */
const noise = new Set([
  ...['level', 'message', 'timestamp', 'time', 'service', 'cold_start', 'function_arn', 'function_memory_size'],
  ...['function_name', 'function_request_id', 'requestId', 'request_id', 'sampling_rate', 'xray_trace_id'],
]);

/**
 * Prints what happens in a local stack. It tells neither connection ids nor addresses: these lines may be kept, and
 * they are as personal here as in the cloud.
 */
export function createLogPrinter({
  json,
  colors: useColors,
  minimumLevel = 'DEBUG',
  write,
  now = () => new Date(),
}: LogPrinterOptions): LogPrinter {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    useColors ? styleText(style, text, { validateStream: false }) : text;

  const isShown = (level: Level): boolean => levels.indexOf(level) >= levels.indexOf(minimumLevel);

  const print: LogPrinter['print'] = (level, source, message, fields = {}) => {
    if (!isShown(level)) return;
    const time = now().toISOString();
    if (json) {
      write(JSON.stringify({ time, level, source, message, ...fields }));
      return;
    }
    const details = Object.keys(fields).length > 0 ? ` ${paint('gray', JSON.stringify(fields))}` : '';
    write(
      `${paint('gray', time.slice(11, 23))} ${paint(colors[level], level.padEnd(5))} ${source}: ${message}${details}`,
    );
  };

  const printFunctionLine = (source: string, line: string): void => {
    const log = parseObject(line);
    if (!isShown(levelOf(log?.level))) return;
    if (json) {
      write(JSON.stringify({ time: now().toISOString(), source, ...(log ? { log } : { message: line }) }));
    } else if (log === undefined) {
      print('INFO', source, line);
    } else if (!('_aws' in log)) {
      // Metrics in CloudWatch's embedded format (`_aws`) are for machines.
      const fields = Object.fromEntries(Object.entries(log).filter(([key]) => !noise.has(key)));
      print(levelOf(log.level), source, String(log.message ?? ''), fields);
    }
  };

  return {
    print,
    observers: {
      onLog: ({ functionName, line }) => line !== '' && printFunctionLine(functionName, line),
      onInvocation: ({ functionName, outcome }) => {
        if (outcome.kind === 'failed') {
          print('ERROR', functionName, `failed: ${outcome.error.errorType}: ${outcome.error.errorMessage}`);
        } else if (outcome.kind === 'timedOut') {
          print('ERROR', functionName, `timed out after ${outcome.timeoutSeconds} s`);
        } else if (outcome.kind !== 'returned') print('WARN', functionName, outcome.kind);
      },
      onAsyncDropped: ({ functionName }) => print('ERROR', functionName, 'gave up on an asynchronous event'),
      onSchedule: ({ name, outcome }) => print('DEBUG', 'schedule', `${name} ${outcome.kind}`),
      onEventSource: ({ kind, functionName, table, records, reason }) => {
        const level = kind === 'delivered' ? 'DEBUG' : kind === 'sent' ? 'INFO' : kind === 'failed' ? 'WARN' : 'ERROR';
        print(level, 'events', `${kind}: ${table} to ${functionName}`, { records, ...(reason && { reason }) });
      },
      onEvent: ({ busName, event, rules }) =>
        print('DEBUG', 'events', `${event['detail-type']} from ${event.source}`, { bus: busName, rules }),
      onEventProblem: (line) => print('WARN', 'events', line),
      onRouteProblem: (line) => print('WARN', 'gateway', line),
      onFault: ({ rule, name, target, fault }) =>
        print('WARN', 'faults', name ?? `rule ${rule}`, { ...hit(target), fault }),
      onError: (error) =>
        print('ERROR', 'local', error instanceof Error ? (error.stack ?? error.message) : String(error)),
      gateway: {
        onConnection: ({ stage }) => print('INFO', 'gateway', `connected to ${stage}`),
        onRefusal: ({ statusCode, reason }) => print('WARN', 'gateway', `refused with ${statusCode}: ${reason}`),
        onMessage: ({ routeKey = 'no route', answer }) =>
          answer.kind === 'error'
            ? print('WARN', 'gateway', `${routeKey}: ${answer.message}`)
            : print('DEBUG', 'gateway', `${routeKey}: ${answer.kind === 'response' ? 'answered' : 'no answer'}`),
        onDisconnect: ({ statusCode, reason }) =>
          print('INFO', 'gateway', `disconnected: ${statusCode} ${reason}`.trimEnd()),
        onError: (error) =>
          print('ERROR', 'gateway', error instanceof Error ? (error.stack ?? error.message) : String(error)),
      },
      http: {
        onHttpRequest: ({ method, routeKey = `${method}, no route`, statusCode, reason }) =>
          print(
            reason === undefined ? 'DEBUG' : 'WARN',
            'http',
            `${routeKey}: ${statusCode}${reason === undefined ? '' : `, ${reason}`}`,
          ),
        onAccessLog: ({ stage, line }) => print('DEBUG', 'access log', line, { stage }),
      },
    },
  };
}

/** What a fault hit, without connection ids. */
function hit(target: FaultRecord['target']): Fields {
  switch (target.kind) {
    case 'call':
      return { operation: target.operation, by: target.functionName };
    case 'disconnect':
      return { operation: '$disconnect' };
    case 'index':
      return { index: target.index };
    case 'stream':
      return { stream: target.table };
    case 'batch':
      return { batch: target.functionName, records: target.records };
    case 'entry':
      return { entry: target.detailType, bus: target.busName, by: target.functionName };
    case 'delivery':
      return { rule: target.ruleName, to: target.functionName };
  }
}

function parseObject(line: string): Fields | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function levelOf(level: unknown): Level {
  const name = String(level).toUpperCase();
  return name in colors ? (name as Level) : name === 'CRITICAL' ? 'ERROR' : 'INFO';
}

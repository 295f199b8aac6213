// The inside of one function instance: a worker thread that loads the handler once and then runs one event at a time.
// Plain JavaScript, not TypeScript: stripping types would cost every cold start some milliseconds that Lambda does not have.
// It behaves as Lambda's Node.js runtime interface client does (aws/aws-lambda-nodejs-runtime-interface-client).
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { installTime } from './function-time.mjs';

/** @typedef {import('./worker-messages.ts').InstanceData} InstanceData */
/** @typedef {import('./worker-messages.ts').FromWorker} FromWorker */

/** @type {InstanceData} */
const instance = workerData;
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const timeChanged = instance.time === undefined ? () => {} : installTime(instance.time);
/** @param {FromWorker} message */
const tell = (message) => port.postMessage(message);

/** The running event's request id. @type {string | undefined} */
let running;
const unfinishedLines = { stdout: '', stderr: '' };

// Lines go out as messages, not through the worker's own stdout: that one is flushed by the event loop, so a handler that
// never yields, exits, or is killed would lose what it printed last, which is exactly what one wants to read.
for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
  process[stream].write = (chunk, encoding, callback) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const lines = (unfinishedLines[stream] + text).split('\n');
    unfinishedLines[stream] = lines.pop() ?? '';
    if (lines.length > 0) tell({ type: 'log', stream, lines, requestId: running });
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
}

const flushLogs = () => {
  for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
    if (unfinishedLines[stream] === '') continue;
    tell({ type: 'log', stream, lines: [unfinishedLines[stream]], requestId: running });
    unfinishedLines[stream] = '';
  }
};

class HandlerError extends Error {
  /** @param {string} name @param {string} message */
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

/** @param {unknown} error @returns {import('./invoker.ts').FunctionError} */
const describe = (error) => {
  if (!(error instanceof Error) && !(typeof error === 'object' && error !== null && 'message' in error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  const { name, message, stack } = /** @type {Error} */ (error);
  return { errorType: String(name ?? 'Error'), errorMessage: String(message), trace: String(stack ?? '').split('\n') };
};

/** @param {string} title @param {import('./invoker.ts').FunctionError} error */
const logError = (title, { errorType, errorMessage, trace }) =>
  process.stderr.write(`ERROR\t${title}\t${JSON.stringify({ errorType, errorMessage, stack: trace })}\n`);

/** @param {unknown} error @param {string} title */
const crash = (error, title) => {
  const described = describe(error);
  logError(title, described);
  flushLogs();
  tell({ type: 'crashed', error: described });
  process.exit(1);
};
process.on('uncaughtException', (error) => crash(error, 'Uncaught Exception'));
process.on('unhandledRejection', (reason) => {
  const error = new HandlerError('Runtime.UnhandledPromiseRejection', String(reason));
  if (reason instanceof Error && reason.stack) error.stack = `${error.name}: ${reason.stack}`;
  crash(error, 'Unhandled Promise Rejection');
});

/** @returns {Promise<(event: unknown, context: object) => unknown>} */
const loadHandler = async () => {
  const { handler, taskRoot } = instance;
  const [, fileName, exportPath] = /^([^.]*)\.(.+)$/.exec(basename(handler)) ?? [];
  if (!fileName || !exportPath) throw new HandlerError('Runtime.MalformedHandlerName', `Bad handler ${handler}`);
  const base = join(taskRoot, dirname(handler), fileName);
  const file = ['.js', '.mjs', '.cjs'].map((extension) => base + extension).find((path) => existsSync(path));
  if (file === undefined) {
    throw new HandlerError(
      'Runtime.ImportModuleError',
      `Error: Cannot find module '${join(dirname(handler), fileName)}'`,
    );
  }
  let module;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    const { errorMessage, errorType, trace } = describe(error);
    const isMissing = /** @type {{code?: string}} */ (error)?.code?.endsWith('MODULE_NOT_FOUND');
    if (!isMissing && !(error instanceof SyntaxError)) throw error;
    const name = isMissing ? 'Runtime.ImportModuleError' : 'Runtime.UserCodeSyntaxError';
    const wrapped = new HandlerError(name, `${errorType}: ${errorMessage}`);
    wrapped.stack = [name, ...trace].join('\n');
    throw wrapped;
  }
  /** @param {any} root */
  const pick = (root) => exportPath.split('.').reduce((value, key) => value?.[key], root);
  const found = pick(module) ?? pick(module.default);
  if (typeof found !== 'function') {
    const problem = found === undefined ? 'undefined or not exported' : 'not a function';
    throw new HandlerError('Runtime.HandlerNotFound', `${handler} is ${problem}`);
  }
  return found;
};

/** @param {unknown} result */
const serialize = (result) => {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    throw new HandlerError('Runtime.MarshalError', 'Unable to stringify response body');
  }
};

/** @param {import('./worker-messages.ts').EventToRun} message @param {(event: unknown, context: object) => unknown} handler */
const run = async ({ requestId, payloadJson, remainingMs, traceId }, handler) => {
  const endsAt = performance.now() + remainingMs;
  running = requestId;
  process.env._X_AMZN_TRACE_ID = traceId;
  try {
    const result = await handler(JSON.parse(payloadJson), {
      callbackWaitsForEmptyEventLoop: true,
      functionVersion: '$LATEST',
      functionName: instance.functionName,
      memoryLimitInMB: String(instance.memoryMb),
      logGroupName: instance.logGroupName,
      logStreamName: instance.logStreamName,
      invokedFunctionArn: instance.functionArn,
      awsRequestId: requestId,
      getRemainingTimeInMillis: () => Math.max(0, Math.floor(endsAt - performance.now())),
    });
    const resultJson = serialize(result);
    flushLogs();
    tell({ type: 'returned', requestId, payloadJson: resultJson });
  } catch (error) {
    const described = describe(error);
    logError('Invoke Error', described);
    flushLogs();
    tell({ type: 'failed', requestId, error: described });
  }
  running = undefined;
};

try {
  const handler = await loadHandler();
  port.on('message', (/** @type {import('./worker-messages.ts').ToWorker} */ message) => {
    if ('timeChanged' in message) timeChanged();
    else run(message, handler);
  });
  flushLogs();
  tell({ type: 'ready' });
} catch (error) {
  const described = describe(error);
  logError('Init Error', described);
  flushLogs();
  tell({ type: 'initFailed', error: described });
  process.exit(1);
}

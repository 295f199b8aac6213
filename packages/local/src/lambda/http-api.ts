import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../read-body.ts';
import { requestTarget } from '../request-target.ts';
import type { ExecutionOutcome } from './execution.ts';
import type { FunctionError, InvocationSource } from './invoker.ts';
import { type LambdaRuntime, PAYLOAD_LIMIT_BYTES } from './runtime.ts';

const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/?]+)\/invocations$/;

/** Whether the path is one that {@link createLambdaApi} answers with something better than 404. */
export function isLambdaApiPath(url: string): boolean {
  return INVOKE_PATH.test(requestTarget(url).path);
}

/**
 * Lambda's `Invoke` operation over HTTP, as the AWS SDK calls it. Signatures are not looked at: `caller` is who the
 * assembler found behind them.
 * @see "Invoke", AWS Lambda API Reference: statuses, headers and error types
 */
export function createLambdaApi(
  runtime: LambdaRuntime,
): (req: IncomingMessage, res: ServerResponse, caller: InvocationSource) => void {
  return (req, res, caller) => {
    invoke(runtime, req, res, caller).catch((error: unknown) => {
      refuse(res, 500, 'ServiceException', { Message: error instanceof Error ? error.message : String(error) });
    });
  };
}

async function invoke(runtime: LambdaRuntime, req: IncomingMessage, res: ServerResponse, caller: InvocationSource) {
  const name = INVOKE_PATH.exec(requestTarget(req.url).path)?.[1];
  if (name === undefined || req.method !== 'POST') {
    req.resume();
    return refuse(res, 404, 'UnknownOperationException', { message: `No such operation: ${req.method} ${req.url}` });
  }
  const type = req.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const limitBytes = type === 'Event' ? PAYLOAD_LIMIT_BYTES.async : PAYLOAD_LIMIT_BYTES.sync;
  const body = await readBody(req, limitBytes);
  const functionName = decode(name);
  const fn = functionName === undefined ? undefined : runtime.find(functionName);
  if (fn === undefined) {
    const message = `Function not found: ${functionName ?? name}`;
    return refuse(res, 404, 'ResourceNotFoundException', { Type: 'User', Message: message });
  }
  if (!runtime.isAllowed(fn, caller)) {
    const message = `User: ${caller.principal} is not authorized to perform: lambda:InvokeFunction on resource: ${fn.arn} because no identity-based policy allows the lambda:InvokeFunction action`;
    return refuse(res, 403, 'AccessDeniedException', { Message: message });
  }
  if (body.kind === 'tooLarge') {
    const message = `${body.bytes} byte payload is too large for the ${type} invocation type (limit ${limitBytes} bytes)`;
    return refuse(res, 413, 'RequestTooLargeException', { Type: 'User', message });
  }
  const payloadJson = body.bytes.length === 0 ? '{}' : body.bytes.toString();
  const problem = jsonProblem(body.bytes, payloadJson);
  if (problem !== undefined) {
    const message = `Could not parse request body into json: ${problem}`;
    return refuse(res, 400, 'InvalidRequestContentException', { Type: 'User', message });
  }
  const requestId = randomUUID();
  switch (type) {
    case 'DryRun':
      return send(res, 204, requestId);
    case 'Event':
      runtime.enqueue(fn, payloadJson, requestId);
      return send(res, 202, requestId);
    case 'RequestResponse':
      return answer(res, requestId, await runtime.execute(fn, payloadJson, requestId));
    default: {
      const message = `1 validation error detected: Value '${type}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]`;
      return refuse(res, 400, 'ValidationException', { message });
    }
  }
}

function answer(res: ServerResponse, requestId: string, outcome: ExecutionOutcome) {
  switch (outcome.kind) {
    case 'returned':
      return send(res, 200, requestId, outcome.payloadJson);
    case 'failed':
      return send(res, 200, requestId, JSON.stringify(outcome.error), 'Unhandled');
    case 'timedOut':
      return send(res, 200, requestId, JSON.stringify(timedOut(requestId, outcome.timeoutSeconds)), 'Unhandled');
    case 'throttled': {
      const reason = 'ReservedFunctionConcurrentInvocationLimitExceeded';
      return refuse(res, 429, 'TooManyRequestsException', { Reason: reason, Type: 'User', message: 'Rate Exceeded.' });
    }
    case 'forbidden':
      return refuse(res, 403, 'AccessDeniedException', { Message: 'Not authorized' });
    case 'withdrawn':
      return refuse(res, 500, 'ServiceException', { Message: 'The invocation was withdrawn' });
  }
}

/** How Lambda reports a timeout to the caller: without a trace. */
function timedOut(requestId: string, timeoutSeconds: number): Omit<FunctionError, 'trace'> {
  const message = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
  return { errorType: 'Sandbox.Timedout', errorMessage: message };
}

function send(res: ServerResponse, status: number, requestId: string, json?: string, functionError?: string): void {
  res.writeHead(status, {
    'x-amzn-RequestId': requestId,
    'X-Amz-Executed-Version': '$LATEST',
    ...(functionError !== undefined && { 'X-Amz-Function-Error': functionError }),
    ...(json !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(json) }),
  });
  res.end(json);
}

function refuse(res: ServerResponse, status: number, errorType: string, body: Readonly<Record<string, string>>): void {
  const json = JSON.stringify(body);
  res.writeHead(status, {
    'x-amzn-RequestId': randomUUID(),
    'x-amzn-ErrorType': errorType,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(json),
  });
  res.end(json);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function jsonProblem(bytes: Buffer, text: string): string | undefined {
  if (!isUtf8(bytes)) return 'not UTF-8';
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

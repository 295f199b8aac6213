import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, jsonError } from '../aws/json-protocol.ts';
import type { AwsService } from '../aws/services.ts';
import type { Clock } from '../clock.ts';
import { failure } from '../dynamodb/dynamodb.ts';
import { sqsRefusal } from '../sqs/errors.ts';
import { conflictAnswer } from './conflict.ts';
import type { CallDecision, FaultableCall } from './faults.ts';
import type { CallPattern } from './plan.ts';

/** What faults can do to the stack. */
export interface FaultEffects {
  readonly clock: Clock;
  /** Ends the instance at once. */
  readonly kill: (instanceId: string) => void;
  /** Lets the connection's client read nothing for a while. */
  readonly stall: (connectionId: string, forMs: number) => void;
  /** Resolves when another caller's call was carried out, or after a while. */
  readonly waitFor: (what: { call: CallPattern; atMostMs: number }, held: FaultableCall) => Promise<void>;
}

/** Lets happen to a call what was decided. @param perform carries it out, and answers it by `res`, now or later */
export async function inject(
  { latencyMs, fault }: CallDecision,
  call: FaultableCall,
  effects: FaultEffects,
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
  perform: () => Promise<void> | void,
): Promise<void> {
  if (latencyMs > 0) await new Promise<void>((resolve) => effects.clock.setTimer(resolve, latencyMs));
  if (fault === undefined) return perform();
  if (fault === 'transactionConflict') {
    const answer = conflictAnswer(call);
    res.writeHead(answer.statusCode, answer.headers).end(answer.body);
    return;
  }
  if (typeof fault === 'string') return refuse(res, call.service, refusals[fault]);
  if ('waitFor' in fault) {
    await effects.waitFor(fault.waitFor, call);
    return perform();
  }
  if ('error' in fault) return refuse(res, call.service, errors[fault.error]);
  if ('stallMs' in fault) {
    const [, connectionId = ''] = /\/@connections\/(.+)$/.exec(call.resources[0] ?? '') ?? [];
    effects.stall(connectionId, fault.stallMs);
    return perform();
  }
  const end = (): void => {
    if ('kill' in fault && call.instanceId !== undefined) effects.kill(call.instanceId);
    req.socket.resetAndDestroy();
  };
  if (('kill' in fault ? fault.kill : fault.reset) === 'before') return end();
  insteadOfAnswering(res, end);
  return perform();
}

/** The call has been carried out when its answer is ready: then something else happens. */
function insteadOfAnswering(res: ServerResponse, then: () => void): void {
  res.writeHead = () => res;
  res.end = () => {
    then();
    return res;
  };
}

interface Refusal {
  readonly statusCode: number;
  readonly message: string;
  /** What the service calls it; the services not named here say `other`. */
  readonly codes: Partial<Readonly<Record<AwsService, string>>> & { readonly other: string };
}

const refusals: Readonly<Record<'throttle' | 'gone' | 'bufferFull', Refusal>> = {
  throttle: {
    statusCode: 429,
    message: 'Rate exceeded (fault plan)',
    codes: {
      dynamodb: 'ProvisionedThroughputExceededException',
      events: 'ThrottlingException',
      ssm: 'ThrottlingException',
      'execute-api': 'LimitExceededException',
      sqs: 'RequestThrottled',
      other: 'TooManyRequestsException',
    },
  },
  gone: { statusCode: 410, message: 'Gone', codes: { other: 'GoneException' } },
  bufferFull: { statusCode: 429, message: "The client's buffer is full", codes: { other: 'LimitExceededException' } },
};

/** @see "Error handling", DynamoDB Developer Guide; "Invoke", Lambda API Reference */
const errors: Readonly<Record<500 | 503, Refusal>> = {
  500: {
    statusCode: 500,
    message: 'Internal server error (fault plan)',
    codes: {
      dynamodb: 'InternalServerError',
      events: 'InternalException',
      lambda: 'ServiceException',
      ssm: 'InternalServerError',
      other: 'InternalServerErrorException',
    },
  },
  503: {
    statusCode: 503,
    message: 'Service unavailable (fault plan)',
    codes: { dynamodb: 'ServiceUnavailable', other: 'ServiceUnavailableException' },
  },
};

function refuse(res: ServerResponse, service: AwsService, { statusCode, message, codes }: Refusal): void {
  const code = codes[service] ?? codes.other;
  if (service === 'dynamodb') {
    // Of DynamoDB's errors only those of its own making are no 400.
    const answer = failure(statusCode === 429 ? 400 : statusCode, code, message);
    res.writeHead(answer.statusCode, answer.headers).end(answer.body);
    return;
  }
  if (service === 'sqs') {
    const answer = sqsRefusal({ code, message, statusCode: statusCode === 429 ? 400 : statusCode });
    res.writeHead(answer.statusCode, answer.headers).end(answer.body);
    return;
  }
  // These say 400 to what is the caller's affair, too much of it included.
  if (service === 'events' || service === 'ssm') {
    answerJson(res, statusCode === 429 ? 400 : statusCode, jsonError(code, message));
    return;
  }
  res.writeHead(statusCode, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': code });
  res.end(JSON.stringify({ message }));
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { answerCognito, TOKEN_PATH } from '../cognito/http.ts';
import type { TokenIssuer } from '../cognito/token-issuer.ts';
import { type DynamoDb, type DynamoDbAnswer, failure } from '../dynamodb/dynamodb.ts';
import type { EventBridge } from '../event-bridge/event-bridge.ts';
import type { CallDecision, FaultableCall } from '../faults/faults.ts';
import { type FaultEffects, inject } from '../faults/inject.ts';
import type { InvocationSource } from '../lambda/invoker.ts';
import { type Body, readBody } from '../read-body.ts';
import { requestTarget } from '../request-target.ts';
import { sqsRefusal } from '../sqs/errors.ts';
import type { Sqs } from '../sqs/sqs.ts';
import type { Ssm } from '../ssm/ssm.ts';
import type { Stack } from '../stack/model.ts';
import { admit } from './admission.ts';
import { parseAuthorization } from './authorization.ts';
import {
  connectionsAction,
  dynamoDbActions,
  eventsAction,
  lambdaAction,
  operationOf,
  type RequestedAction,
  serviceOf,
  sqsAction,
  ssmAction,
} from './calls.ts';
import type { Caller, CredentialStore } from './credentials.ts';
import { Interruptions } from './interruptions.ts';
import { answerJson, jsonError } from './json-protocol.ts';
import type { AwsService } from './services.ts';

/** Largest request body that DynamoDB takes, bytes. */
const DYNAMODB_LIMIT_BYTES = 16 * 1024 * 1024;
const SQS_LIMIT_BYTES = 2 * 1024 * 1024;
const TOKEN_REQUEST_LIMIT_BYTES = 64 * 1024;
/** Enough to check a signature of any call that Lambda or API Gateway takes; their own limits are lower. */
const SIGNED_BODY_LIMIT_BYTES = 10 * 1024 * 1024;

/** One call of an AWS API, once it is answered. */
export interface AwsCall {
  /** Absent: not a function, or unsigned. */
  readonly functionName?: string;
  /** Of the function. Absent: not a function. */
  readonly instanceId?: string;
  readonly service: AwsService;
  readonly operation: string;
  /** ARNs of what it is about, as far as they are known. */
  readonly resources: readonly string[];
  /** Absent: the connection broke before an answer. */
  readonly statusCode?: number;
  /** milliseconds */
  readonly durationMs: number;
}

/** What one call of DynamoDB has consumed. */
export interface DynamoDbUse {
  /** Absent: not a function. */
  readonly functionName?: string;
  readonly operation: string;
  /** As DynamoDB would charge it, by table. */
  readonly consumed: readonly { readonly TableName: string; readonly CapacityUnits: number }[];
}

export interface AwsEndpointOptions {
  readonly stack: Stack;
  readonly credentials: CredentialStore;
  readonly dynamoDb: DynamoDb;
  readonly sqs: Sqs;
  readonly ssm: Ssm;
  readonly eventBridge: EventBridge;
  readonly tokens: TokenIssuer;
  readonly clock: Clock;
  readonly handleLambda: (req: IncomingMessage, res: ServerResponse, caller: InvocationSource) => void;
  /** The WebSocket API over plain HTTP, `@connections` included. False: no such path. */
  readonly handleGateway: (req: IncomingMessage, res: ServerResponse) => boolean;
  /** Why a token is not issued to who asks for it. Default: it is. */
  readonly refuseToken?: (
    req: IncomingMessage,
  ) => { readonly statusCode: number; readonly message: string } | undefined;
  /**
   * The one place that every call of a function passes, with who asks for what. Returns why it is denied.
   * Default: everything is allowed.
   */
  readonly authorize?: (caller: Caller, requested: RequestedAction) => string | undefined;
  readonly onCall?: (call: AwsCall) => void;
  /** Told of the capacity of each call that succeeded. Answers then carry it, asked for or not. */
  readonly onDynamoDbUse?: (use: DynamoDbUse) => void;
  /** What is to go wrong with a call that is about to be carried out. Default: nothing. */
  readonly faults?: FaultEffects & {
    readonly forCall: (call: FaultableCall) => CallDecision | undefined;
    /** Told of each call that was carried out. */
    readonly carriedOut: (call: FaultableCall) => void;
  };
}

/** Everything that AWS is to the functions, behind one port: told apart by what the SDKs send. */
export class AwsEndpoint {
  readonly interruptions = new Interruptions();
  readonly #options: AwsEndpointOptions;

  constructor(options: AwsEndpointOptions) {
    this.#options = options;
  }

  /** Answers one request. */
  handle(req: IncomingMessage, res: ServerResponse): void {
    const service = serviceOf(req);
    if (service === undefined) {
      if (!this.#options.handleGateway(req, res)) refuse(res, 403, 'ForbiddenException', 'Forbidden');
      return;
    }
    const exchange = this.#open(service, req, res);
    if (exchange === undefined) return;
    this.#answer(exchange, req, res).catch((error: unknown) => {
      if (!res.headersSent)
        refuse(res, 500, 'InternalServerError', error instanceof Error ? error.message : String(error));
    });
  }

  /** Registers the request; undefined: the service is interrupted, and the connection was reset. */
  #open(service: AwsService, req: IncomingMessage, res: ServerResponse): Exchange | undefined {
    const { clock, onCall } = this.#options;
    const startedAtMs = clock.nowMs();
    // SDKs take their time from it, and sign by that.
    res.setHeader('Date', new Date(startedAtMs).toUTCString());
    const exchange: Exchange = {
      service,
      operation: operationOf(service, req),
      functionName: undefined,
      instanceId: undefined,
      resources: [],
    };
    const close = this.interruptions.admit(service, req.socket);
    const report = (statusCode?: number): void =>
      onCall?.({
        service,
        operation: exchange.operation,
        resources: exchange.resources,
        durationMs: clock.nowMs() - startedAtMs,
        ...(exchange.functionName === undefined ? {} : { functionName: exchange.functionName }),
        ...(exchange.instanceId === undefined ? {} : { instanceId: exchange.instanceId }),
        ...(statusCode === undefined ? {} : { statusCode }),
      });
    if (close === undefined) {
      const caller = this.#callerOf(req);
      exchange.functionName = caller?.functionName;
      exchange.instanceId = caller?.instanceId;
      report();
      return undefined;
    }
    // Reported once it is written, and so before the caller can go on with the answer; 'close' may come after that.
    res.once('finish', () => report(res.statusCode));
    res.once('close', () => {
      close();
      if (!res.writableFinished) report();
    });
    return exchange;
  }

  /** Has DynamoDB say what a call consumed, if somebody wants to know. */
  async #meter(
    { operation, functionName }: Exchange,
    body: Buffer,
    handle: (body: Buffer) => DynamoDbAnswer | Promise<DynamoDbAnswer>,
  ): Promise<DynamoDbAnswer> {
    const { onDynamoDbUse } = this.#options;
    if (!onDynamoDbUse) return handle(body);
    const answer = await handle(withConsumedCapacity(body));
    if (answer.statusCode === 200) {
      const { ConsumedCapacity = [] } = JSON.parse(answer.body) as {
        ConsumedCapacity?: DynamoDbUse['consumed'][number];
      };
      onDynamoDbUse({
        operation,
        consumed: [ConsumedCapacity].flat(),
        ...(functionName === undefined ? {} : { functionName }),
      });
    }
    return answer;
  }

  async #answer(exchange: Exchange, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { stack, dynamoDb, eventBridge, tokens, handleLambda, handleGateway } = this.#options;
    const { method = 'GET', url = '/' } = req;
    switch (exchange.service) {
      case 'dynamodb': {
        // Read before anything else: who may do it depends on the table that the body names.
        const read = await readBody(req, DYNAMODB_LIMIT_BYTES);
        if (read.kind === 'tooLarge') return refuse(res, 413, 'RequestEntityTooLarge', 'Request body too large');
        const requested = dynamoDbActions(stack, exchange.operation, read.bytes);
        if (this.#admitCaller(exchange, requested, req, read, res) === undefined) return;
        return this.#carryOut(exchange, req, res, async () => {
          const answer = await this.#meter(exchange, read.bytes, (body) => dynamoDb.handle(req.headers, body));
          res.writeHead(answer.statusCode, answer.headers).end(answer.body);
        });
      }
      case 'sqs': {
        const read = await readBody(req, SQS_LIMIT_BYTES);
        if (read.kind === 'tooLarge') return refuse(res, 413, 'RequestEntityTooLarge', 'Request body too large');
        const requested = [sqsAction(stack, exchange.operation, read.bytes)];
        const caller = this.#admitCaller(exchange, requested, req, read, res);
        if (caller === undefined) return;
        return this.#carryOut(exchange, req, res, async () => {
          const answer = await this.#options.sqs.answer(exchange.operation, read.bytes, caller.arn);
          res.writeHead(answer.statusCode, answer.headers).end(answer.body);
        });
      }
      case 'lambda': {
        const read = await readBody(req, SIGNED_BODY_LIMIT_BYTES);
        const requested = [lambdaAction(stack, url)];
        const caller = this.#admitCaller(exchange, requested, req, read, res);
        if (caller === undefined) return;
        return this.#carryOut(exchange, req, res, () => handleLambda(req, res, { principal: caller.arn }));
      }
      case 'events': {
        const read = await readBody(req, SIGNED_BODY_LIMIT_BYTES);
        if (read.kind === 'tooLarge') return refuse(res, 413, 'RequestEntityTooLarge', 'Request body too large');
        const requested = [eventsAction(stack, exchange.operation, read.bytes)];
        if (this.#admitCaller(exchange, requested, req, read, res) === undefined) return;
        return this.#carryOut(exchange, req, res, () => {
          const { statusCode, body } = eventBridge.handle(exchange.operation, read.bytes, exchange.functionName);
          answerJson(res, statusCode, body);
        });
      }
      case 'ssm': {
        const read = await readBody(req, SIGNED_BODY_LIMIT_BYTES);
        if (read.kind === 'tooLarge') return refuse(res, 413, 'RequestEntityTooLarge', 'Request body too large');
        const requested = [ssmAction(stack, exchange.operation, read.bytes)];
        if (this.#admitCaller(exchange, requested, req, read, res) === undefined) return;
        return this.#carryOut(exchange, req, res, () => {
          const { statusCode, body } = this.#options.ssm.answer(exchange.operation, read.bytes);
          answerJson(res, statusCode, body);
        });
      }
      case 'execute-api': {
        const read = await readBody(req, SIGNED_BODY_LIMIT_BYTES);
        const requested = [connectionsAction(stack, req)];
        if (this.#admitCaller(exchange, requested, req, read, res) === undefined) return;
        return this.#carryOut(exchange, req, res, () => {
          if (!handleGateway(req, res)) refuse(res, 403, 'ForbiddenException', 'Forbidden');
        });
      }
      case 'cognito-idp': {
        const refusal = exchange.operation === TOKEN_OPERATION ? this.#options.refuseToken?.(req) : undefined;
        if (refusal) return refuse(res, refusal.statusCode, 'ForbiddenException', refusal.message);
        const read = await readBody(req, TOKEN_REQUEST_LIMIT_BYTES);
        if (read.kind === 'tooLarge') return refuse(res, 413, 'RequestEntityTooLarge', 'Request body too large');
        return this.#carryOut(exchange, req, res, async () => {
          const { statusCode, body } = await answerCognito(tokens, {
            method,
            path: requestTarget(url).path,
            body: read.bytes,
          });
          res.writeHead(statusCode, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
        });
      }
    }
  }

  /** Carries out a call that was let in, unless the fault plan has something else in store for it. */
  async #carryOut(
    { service, operation, functionName, instanceId, resources }: Exchange,
    req: IncomingMessage,
    res: ServerResponse,
    perform: () => Promise<void> | void,
  ): Promise<void> {
    const { faults } = this.#options;
    if (faults === undefined) return perform();
    const call: FaultableCall = {
      service,
      operation,
      resources,
      ...(functionName !== undefined && { functionName }),
      ...(instanceId !== undefined && { instanceId }),
    };
    const decision = faults.forCall(call);
    const performAndTell = async (): Promise<void> => {
      await perform();
      faults.carriedOut(call);
    };
    return decision === undefined ? performAndTell() : inject(decision, call, faults, { req, res }, performAndTell);
  }

  /** Who calls, if they may do it; otherwise the refusal has been sent. */
  #admitCaller(
    exchange: Exchange,
    requested: readonly RequestedAction[],
    req: IncomingMessage,
    body: Body,
    res: ServerResponse,
  ): Caller | undefined {
    const { credentials, stack, authorize } = this.#options;
    const { service } = exchange;
    const caller = this.#callerOf(req);
    exchange.functionName = caller?.functionName;
    exchange.instanceId = caller?.instanceId;
    exchange.resources = requested.flatMap(({ resources }) => resources);
    const admission = admit({ credentials, region: stack.region, authorize }, { service, requested, body }, req);
    if (!('code' in admission)) return admission;
    this.#deny(service, res, admission.code, admission.message);
    return undefined;
  }

  #deny(service: AwsService, res: ServerResponse, code: string, message: string): void {
    if (service === 'dynamodb') {
      // DynamoDB says 400 to everything.
      const answer = failure(400, code, message);
      res.writeHead(answer.statusCode, answer.headers).end(answer.body);
    } else if (service === 'sqs') {
      const answer = sqsRefusal({ code, message, statusCode: 403 });
      res.writeHead(answer.statusCode, answer.headers).end(answer.body);
    } else if (service === 'events' || service === 'ssm') {
      answerJson(res, 400, jsonError(code, message));
    } else {
      // The only one of them that the model of the management API has: facts 6.
      const isForbidden = service === 'execute-api' && code === 'AccessDeniedException';
      refuse(res, 403, isForbidden ? 'ForbiddenException' : code, message);
    }
  }

  #callerOf({ headers }: IncomingMessage): Caller | undefined {
    const authorization = parseAuthorization(headers.authorization);
    return authorization && this.#options.credentials.callerOf(authorization.accessKeyId);
  }
}

/** See `operationOf`. */
const TOKEN_OPERATION = TOKEN_PATH.split('/').at(-1);

/** A request on its way; filled in as more is known. */
interface Exchange {
  readonly service: AwsService;
  readonly operation: string;
  functionName: string | undefined;
  instanceId: string | undefined;
  resources: readonly string[];
}

/** An error in the form of the REST services. */
function refuse(res: ServerResponse, statusCode: number, code: string, message: string): void {
  res.writeHead(statusCode, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': code });
  res.end(JSON.stringify({ message }));
}

/** What is no JSON object is left for DynamoDB to refuse. */
function withConsumedCapacity(body: Buffer): Buffer {
  try {
    const input: unknown = JSON.parse(body.toString());
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return body;
    return Buffer.from(JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' }));
  } catch {
    return body;
  }
}

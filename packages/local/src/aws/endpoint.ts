import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { answerCognito } from '../cognito/http.ts';
import type { TokenIssuer } from '../cognito/token-issuer.ts';
import { type DynamoDb, failure } from '../dynamodb/dynamodb.ts';
import type { InvocationSource } from '../lambda/invoker.ts';
import { readBody } from '../read-body.ts';
import type { Stack } from '../stack/model.ts';
import { parseAuthorization } from './authorization.ts';
import {
  connectionsAction,
  dynamoDbAction,
  lambdaAction,
  operationOf,
  pathOf,
  type RequestedAction,
  serviceOf,
} from './calls.ts';
import type { Caller, CredentialStore } from './credentials.ts';
import { Interruptions } from './interruptions.ts';
import type { AwsService } from './services.ts';

/** Largest request body that DynamoDB takes, bytes. */
const DYNAMODB_LIMIT_BYTES = 16 * 1024 * 1024;
const TOKEN_REQUEST_LIMIT_BYTES = 64 * 1024;

/** One call of an AWS API, once it is answered. */
export interface AwsCall {
  /** Absent: not a function, or unsigned. */
  readonly functionName?: string;
  readonly service: AwsService;
  readonly operation: string;
  /** Absent: the connection broke before an answer. */
  readonly statusCode?: number;
  /** milliseconds */
  readonly durationMs: number;
}

export interface AwsEndpointOptions {
  readonly stack: Stack;
  readonly credentials: CredentialStore;
  readonly dynamoDb: DynamoDb;
  readonly tokens: TokenIssuer;
  readonly clock: Clock;
  readonly handleLambda: (req: IncomingMessage, res: ServerResponse, caller: InvocationSource) => void;
  /** The WebSocket API over plain HTTP, `@connections` included. False: no such path. */
  readonly handleGateway: (req: IncomingMessage, res: ServerResponse) => boolean;
  /**
   * The one place that every call of a function passes, with who asks for what. Returns why it is denied.
   * Default: everything is allowed.
   */
  readonly authorize?: (caller: Caller, requested: RequestedAction) => string | undefined;
  readonly onCall?: (call: AwsCall) => void;
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
    const exchange: Exchange = { service, operation: operationOf(service, req), functionName: undefined };
    const close = this.interruptions.admit(service, req.socket);
    const report = (statusCode?: number): void =>
      onCall?.({
        service,
        operation: exchange.operation,
        durationMs: clock.nowMs() - startedAtMs,
        ...(exchange.functionName === undefined ? {} : { functionName: exchange.functionName }),
        ...(statusCode === undefined ? {} : { statusCode }),
      });
    if (close === undefined) {
      const caller = this.#callerOf(req);
      if (caller?.functionName !== undefined) exchange.functionName = caller.functionName;
      report();
      return undefined;
    }
    res.once('close', () => {
      close();
      report(res.writableFinished ? res.statusCode : undefined);
    });
    return exchange;
  }

  async #answer(exchange: Exchange, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { stack, dynamoDb, tokens, handleLambda, handleGateway } = this.#options;
    const { method = 'GET', url = '/' } = req;
    switch (exchange.service) {
      case 'dynamodb': {
        // Read before anything else: who may do it depends on the table that the body names.
        const read = await readBody(req, DYNAMODB_LIMIT_BYTES);
        if (read.kind === 'tooLarge') return refuse(res, 413, 'RequestEntityTooLarge', 'Request body too large');
        const requested = dynamoDbAction(stack, exchange.operation, read.bytes);
        if (this.#admitCaller(exchange, requested, req, res) === undefined) return;
        const answer = await dynamoDb.handle(req.headers, read.bytes);
        res.writeHead(answer.statusCode, answer.headers).end(answer.body);
        return;
      }
      case 'lambda': {
        const caller = this.#admitCaller(exchange, lambdaAction(stack, url), req, res);
        if (caller) handleLambda(req, res, { principal: caller.arn });
        return;
      }
      case 'execute-api': {
        const caller = this.#admitCaller(exchange, connectionsAction(stack, req), req, res);
        if (caller && !handleGateway(req, res)) refuse(res, 403, 'ForbiddenException', 'Forbidden');
        return;
      }
      case 'cognito-idp': {
        const read = await readBody(req, TOKEN_REQUEST_LIMIT_BYTES);
        if (read.kind === 'tooLarge') return refuse(res, 413, 'RequestEntityTooLarge', 'Request body too large');
        const { statusCode, body } = await answerCognito(tokens, { method, path: pathOf(url), body: read.bytes });
        res.writeHead(statusCode, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      }
    }
  }

  /** Who calls, if they may do it; otherwise the refusal has been sent. */
  #admitCaller(
    exchange: Exchange,
    requested: RequestedAction,
    req: IncomingMessage,
    res: ServerResponse,
  ): Caller | undefined {
    const caller = this.#callerOf(req);
    exchange.functionName = caller?.functionName;
    if (caller === undefined) {
      req.resume();
      const [code, message] = isSigned(req)
        ? ['UnrecognizedClientException', 'The security token included in the request is invalid.']
        : ['MissingAuthenticationTokenException', 'Missing Authentication Token'];
      this.#deny(exchange.service, res, code, message);
      return undefined;
    }
    const reason = this.#options.authorize?.(caller, requested);
    if (reason === undefined) return caller;
    req.resume();
    this.#deny(exchange.service, res, 'AccessDeniedException', reason);
    return undefined;
  }

  #deny(service: AwsService, res: ServerResponse, code: string, message: string): void {
    if (service === 'dynamodb') {
      // DynamoDB says 400 to everything.
      const answer = failure(400, code, message);
      res.writeHead(answer.statusCode, answer.headers).end(answer.body);
    } else {
      refuse(res, 403, service === 'execute-api' ? 'ForbiddenException' : code, message);
    }
  }

  #callerOf({ headers }: IncomingMessage): Caller | undefined {
    const authorization = parseAuthorization(headers.authorization);
    return authorization && this.#options.credentials.callerOf(authorization.accessKeyId);
  }
}

/** A request on its way; filled in as more is known. */
interface Exchange {
  readonly service: AwsService;
  readonly operation: string;
  functionName: string | undefined;
}

const isSigned = ({ headers }: IncomingMessage): boolean =>
  headers.authorization?.startsWith('AWS4-HMAC-SHA256') === true;

/** An error in the form of the REST services. */
function refuse(res: ServerResponse, statusCode: number, code: string, message: string): void {
  res.writeHead(statusCode, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': code });
  res.end(JSON.stringify({ message }));
}

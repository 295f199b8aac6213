import { EventEmitter, once } from 'node:events';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { createRequire } from 'node:module';
import dynalite from 'dynalite';
import { type ExpressionParser, rememberParses } from './remember-parses.ts';

// dynalite's own modules, of which there is one each in a process: so this is done once in it, too.
const require = createRequire(import.meta.url);
for (const name of ['condition', 'update', 'projection']) {
  rememberParses(require(`dynalite/db/${name}Parser`) as ExpressionParser);
}

/** What DynamoDB answered, ready to be sent. */
export interface DynamoDbAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** DynamoDB refused a call that the runtime itself made. */
export class DynamoDbCallError extends Error {
  override readonly name = 'DynamoDbCallError';
  /** e.g. `ConditionalCheckFailedException` */
  readonly code: string;
  constructor(operation: string, code: string, message: string) {
    super(`${operation}: ${code} ${message}`.trim());
    this.code = code;
  }
}

/** An embedded DynamoDB: dynalite without a port of its own. */
export interface DynamoDb {
  /** Answers one HTTP request that was read already. Never rejects. */
  handle(headers: IncomingHttpHeaders, body: Buffer): Promise<DynamoDbAnswer>;
  /** A call of the runtime's own, past all permissions. @throws {DynamoDbCallError} */
  call(operation: string, input: object): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/**
 * Starts DynamoDB, in memory or in a folder.
 * @param folder made if it is not there; nobody else may be using it, see `claimDataFolder`
 */
export function startDynamoDb(folder?: string): DynamoDb {
  const noDelay = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  return new EmbeddedDynamoDb(dynalite(folder === undefined ? noDelay : { ...noDelay, path: folder }));
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

class EmbeddedDynamoDb implements DynamoDb {
  readonly #server: Server;
  readonly #pending = new Set<Promise<DynamoDbAnswer>>();
  #stopped: Promise<void> | undefined;

  constructor(server: Server) {
    this.#server = server;
  }

  handle(headers: IncomingHttpHeaders, body: Buffer): Promise<DynamoDbAnswer> {
    if (this.#stopped) return Promise.resolve(failure(503, 'ServiceUnavailable', 'DynamoDB has stopped'));
    const answer = this.#dispatch(headers, body);
    this.#pending.add(answer);
    void answer.finally(() => this.#pending.delete(answer));
    return answer;
  }

  async call(operation: string, input: object): Promise<Record<string, unknown>> {
    const headers = { ...ownHeaders, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const { statusCode, body } = await this.handle(headers, Buffer.from(JSON.stringify(input)));
    const output = JSON.parse(body) as Record<string, unknown>;
    if (statusCode === 200) return output;
    const code = String(output.__type ?? statusCode).replace(/^.*#/, '');
    throw new DynamoDbCallError(operation, code, String(output.message ?? output.Message ?? ''));
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#close();
    return this.#stopped;
  }

  async #close(): Promise<void> {
    // dynalite throws into the void when its database goes away under an operation.
    await Promise.all(this.#pending);
    // It closes its database only as part of closing a server that listens, so it listens for that one moment.
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    await new Promise<void>((done, fail) => this.#server.close((error) => (error ? fail(error) : done())));
  }

  /**
   * Hands dynalite stand-ins instead of the socket's own request and response: it throws out of the event loop when
   * a client breaks off in the middle of a request, which would end this process.
   */
  #dispatch(headers: IncomingHttpHeaders, body: Buffer): Promise<DynamoDbAnswer> {
    return new Promise((resolve) => {
      const request = Object.assign(new EventEmitter(), { method: 'POST', url: '/', headers });
      const response = new CollectedResponse(resolve);
      try {
        this.#server.emit('request', request, response);
        request.emit('data', body);
        request.emit('end');
      } catch (error) {
        resolve(failure(500, 'InternalServerError', reasonOf(error)));
      }
    });
  }
}

/** What dynalite uses of a server response. */
class CollectedResponse {
  statusCode = 200;
  readonly #headers: Record<string, string> = {};
  readonly #resolve: (answer: DynamoDbAnswer) => void;

  constructor(resolve: (answer: DynamoDbAnswer) => void) {
    this.#resolve = resolve;
  }

  setHeader(name: string, value: unknown): void {
    this.#headers[name] = String(value);
  }

  end(body = ''): void {
    this.#resolve({ statusCode: this.statusCode, headers: this.#headers, body });
  }
}

// dynalite wants a signature to be there; it does not check it.
const ownHeaders: IncomingHttpHeaders = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=local',
};

/** An error in DynamoDB's form. @param code without the namespace in front */
export function failure(statusCode: number, code: string, message: string): DynamoDbAnswer {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message }),
  };
}

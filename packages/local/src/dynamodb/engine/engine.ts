import { crc32 } from 'node:zlib';
import { Database, type DatabaseOptions } from './database.ts';
import { DynamoDbError } from './errors.ts';
import { operations } from './operations/index.ts';

/** What DynamoDB answered, ready to be sent. */
export interface DynamoDbAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An embedded DynamoDB: the operations of its API, over tables in memory and, with a store, in a log. */
export class Engine {
  readonly database: Database;

  /** @throws {DataFolderError} */
  constructor(options: DatabaseOptions) {
    this.database = new Database(options);
  }

  /** Carries out one operation, of tables or of streams: no name is in both APIs. @throws {DynamoDbError} */
  async call(operation: string, input: object, api = apiOf(operation)): Promise<Record<string, unknown>> {
    return (await this.#run(api, operation, input)) as Record<string, unknown>;
  }

  /**
   * Answers one HTTP request that was read already. Never throws, nor rejects. At once, unless the operation takes time:
   * promises are a good part of what a small operation costs.
   * @param target the header `X-Amz-Target`
   */
  answer(target: string, body: Buffer): DynamoDbAnswer | Promise<DynamoDbAnswer> {
    try {
      const dot = target.indexOf('.');
      const output = this.#run(target.slice(0, dot), target.slice(dot + 1), parse(body));
      return output instanceof Promise ? output.then(ok, refusedBy) : ok(output);
    } catch (error) {
      return refusedBy(error);
    }
  }

  #run(api: string, operation: string, input: object): object | Promise<object> {
    const run = Object.hasOwn(operations, api) ? operations[api] : undefined;
    if (!run || !Object.hasOwn(run, operation)) {
      throw new DynamoDbError('UnknownOperationException', `This emulator has no operation ${operation}`);
    }
    return (run[operation] as (typeof run)[string])(this.database, input as Record<string, unknown>);
  }

  /** May be called twice. */
  stop(): void {
    this.database.stop();
  }
}

const apiOf = (operation: string): string =>
  Object.keys(operations).find((api) => Object.hasOwn(operations[api] ?? {}, operation)) ?? 'DynamoDB_20120810';

function parse(body: Buffer): object {
  let input: unknown;
  try {
    input = JSON.parse(body.toString());
  } catch {
    throw new DynamoDbError('SerializationException', 'The request is not JSON');
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new DynamoDbError('SerializationException', 'Start of structure or map found where not expected');
  }
  return input;
}

function refusedBy(error: unknown): DynamoDbAnswer {
  if (error instanceof DynamoDbError) return refused(error);
  const message = error instanceof Error ? error.message : String(error);
  return refused(new DynamoDbError('InternalServerError', message, { statusCode: 500 }));
}

function ok(output: object): DynamoDbAnswer {
  const body = JSON.stringify(output);
  return { statusCode: 200, headers: headersFor(body), body };
}

export function refused(error: DynamoDbError): DynamoDbAnswer {
  const body = JSON.stringify(error.toJSON());
  return { statusCode: error.statusCode, headers: headersFor(body), body };
}

const headersFor = (body: string): Record<string, string> => ({
  'Content-Type': 'application/x-amz-json-1.0',
  // Without it Node.js sends the body in chunks: three writes in place of one.
  'Content-Length': String(Buffer.byteLength(body)),
  'x-amz-crc32': String(crc32(body)),
});

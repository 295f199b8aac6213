import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { closeServer, listen } from '../http-server.ts';
import { readBody } from '../read-body.ts';
import { type DynamoDbOptions, failure, startDynamoDb } from './dynamodb.ts';

/** Largest request body that DynamoDB takes, bytes. */
const LIMIT_BYTES = 16 * 1024 * 1024;

/** A DynamoDB by itself, for tests of code that calls it: no stack, no IAM, and any credentials will do. */
export interface DynamoDbServer {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts a DynamoDB on a port of this machine. @throws {PortInUseError} */
export async function startDynamoDbServer({
  port = 0,
  ...options
}: DynamoDbOptions & { readonly port?: number } = {}): Promise<DynamoDbServer> {
  const dynamoDb = startDynamoDb(options);
  const { server, port: actual } = await listen(port);
  const respond = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const read = await readBody(req, LIMIT_BYTES);
    const answer =
      read.kind === 'tooLarge'
        ? failure(413, 'RequestEntityTooLarge', 'Request body too large')
        : await dynamoDb.handle(req.headers, read.bytes);
    res.writeHead(answer.statusCode, answer.headers).end(answer.body);
  };
  serve(server, respond);
  let stopped: Promise<void> | undefined;
  return {
    endpoint: `http://127.0.0.1:${actual}`,
    stop() {
      stopped ??= closeServer(server).then(() => dynamoDb.stop());
      return stopped;
    },
  };
}

function serve(server: Server, respond: (req: IncomingMessage, res: ServerResponse) => Promise<void>): void {
  server.removeAllListeners('request');
  server.on('request', (req, res) => {
    respond(req, res).catch(() => res.destroy()); // the client is gone
  });
}

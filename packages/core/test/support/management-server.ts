import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parseAuthorization } from '../../../local/src/aws/authorization.ts';
import { signatureProblem } from '../../../local/src/aws/signature.ts';
import type { Credentials } from '../../src/apigateway/index.ts';

/** What happens to a request: an answer of API Gateway, a connection that breaks, or no answer until the server stops. */
export type ManagementAnswer = { readonly status: number; readonly errorType?: string; readonly body?: string } | Break;
/** The last two in the middle of an answer. */
type Break = 'reset' | 'silence' | 'cut' | 'stall';

export interface ManagementServer {
  readonly endpoint: string;
  /** `POST listener-1`, in the order of arrival. */
  readonly requests: string[];
  /** The bodies that were posted to a connection. */
  readonly posted: { readonly to: string; readonly body: string }[];
  /** Answers other than success, one request each. */
  readonly answers: Map<string, ManagementAnswer[]>;
  /** The most requests that were unanswered at one time. */
  mostInFlight(): number;
  /** Connections that were ever opened to it. */
  connections(): number;
  /** Answers nothing until it is let go on. @returns what lets it */
  pause(): () => void;
  /** Waits until so many requests are unanswered. */
  inFlight(count: number): Promise<void>;
  stop(): Promise<void>;
}

export interface ManagementServerOptions {
  /** Told about each request as it arrives. */
  readonly onRequest?: (request: string) => void;
  /** Whose signatures are right, for `execute-api` in `eu-central-1`; without them no signature is checked. */
  readonly credentials?: Credentials;
  /** In PEM; with it, the server speaks HTTPS. */
  readonly certificate?: { readonly key: string; readonly cert: string };
}

/** Stands in for `@connections` of a stage. */
export async function startManagementServer({
  onRequest,
  credentials,
  certificate,
}: ManagementServerOptions = {}): Promise<ManagementServer> {
  const requests: string[] = [];
  const posted: { to: string; body: string }[] = [];
  const answers = new Map<string, ManagementAnswer[]>();
  const waiting = new Map<() => void, number>();
  let inFlight = 0;
  let mostInFlight = 0;
  let open = Promise.resolve();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const to = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    requests.push(`${request.method} ${to}`);
    onRequest?.(`${request.method} ${to}`);
    await open;
    const planned = answers.get(to)?.shift();
    if (planned === 'silence') return;
    if (planned === 'reset') return void request.socket.resetAndDestroy();
    if (planned === 'cut' || planned === 'stall') {
      response.writeHead(200, { 'content-length': 100 }).write('begun', () => {
        if (planned === 'cut') request.socket.resetAndDestroy();
      });
      return;
    }
    const problem = credentials && problemOf(request, body, credentials);
    if (problem !== undefined) {
      return void response.writeHead(403, { 'x-amzn-ErrorType': 'InvalidSignatureException' }).end(problem);
    }
    if (planned === undefined && request.method === 'POST') posted.push({ to, body: body.toString() });
    const status = planned?.status ?? (request.method === 'DELETE' ? 204 : 200);
    response.writeHead(status, planned?.errorType ? { 'x-amzn-ErrorType': planned.errorType } : {});
    response.end(planned?.body);
  }

  const listener: RequestListener = async (request, response) => {
    inFlight++;
    mostInFlight = Math.max(mostInFlight, inFlight);
    for (const [resolve, count] of waiting) if (inFlight >= count) resolve();
    response.once('close', () => inFlight--);
    await answer(request, response);
  };
  const server = certificate ? createHttpsServer(certificate, listener) : createServer(listener);
  let connections = 0;
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http${certificate ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}/test`,
    requests,
    posted,
    answers,
    mostInFlight: () => mostInFlight,
    connections: () => connections,
    pause() {
      const { promise, resolve } = Promise.withResolvers<void>();
      open = promise;
      return resolve;
    },
    async inFlight(count) {
      if (inFlight >= count) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(resolve, count);
      await promise;
      waiting.delete(resolve);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Checks a signature as the local runtime does. @returns what is wrong with it */
function problemOf(request: IncomingMessage, body: Buffer, credentials: Credentials): string | undefined {
  const { method = '', url = '', headers } = request;
  const authorization = parseAuthorization(headers.authorization);
  if (authorization?.accessKeyId !== credentials.accessKeyId) return 'Another access key, or none';
  if (headers['x-amz-security-token'] !== credentials.sessionToken) return 'Another session token';
  const expected = { region: 'eu-central-1', service: 'execute-api' };
  return signatureProblem({ method, url, headers, body }, authorization, credentials.secretAccessKey, expected);
}

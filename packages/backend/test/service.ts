import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request that the server got. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly remotePort: number | undefined;
}

export type Answer = (response: ServerResponse) => void;

export interface Service {
  readonly url: string;
  readonly received: readonly Received[];
  stop(): Promise<void>;
}

/** Starts a server that answers each request with the next of the answers, and then with the last one. */
export async function startService(...answers: readonly Answer[]): Promise<Service> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const { method = '', url = '', headers, socket } = request;
    received.push({ method, url, headers, body, remotePort: socket.remotePort });
    answers[Math.min(received.length, answers.length) - 1]?.(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with JSON. */
export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

/** Refuses as the functions do. */
export const problem = (status: number, body: Record<string, unknown>): Answer =>
  json(status, body, { 'content-type': 'application/problem+json' });

/** Cuts the connection without an answer. */
export const reset: Answer = (response) => response.socket?.resetAndDestroy();

export const receipt = {
  channel: 'es',
  epoch: 1_763_985_600_000,
  offset: 7,
  repeated: false,
  delivered: 2,
  gone: 1,
  failed: 0,
};

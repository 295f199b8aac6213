import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What arrives at the server: an invocation, or a call of a JSON service. */
export interface AwsRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface AwsServer {
  readonly endpoint: string;
  readonly requests: AwsRequest[];
  /** Answers to the next requests, one each; `reset` breaks the connection. */
  readonly answers: (AwsAnswer | 'reset')[];
  stop(): Promise<void>;
}

/**
 * Stands in for an AWS service: answers as it is told, and remembers what it was asked.
 * @param answerTo what it answers where it is not told
 */
export async function startAwsServer(
  answerTo: (request: AwsRequest) => AwsAnswer = () => ({ status: 200 }),
): Promise<AwsServer> {
  const requests: AwsRequest[] = [];
  const answers: (AwsAnswer | 'reset')[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method = '', url: path = '', headers } = request;
    const received = { method, path, headers, body };
    requests.push(received);
    const answer = answers.shift() ?? answerTo(received);
    if (answer === 'reset') return void request.socket.resetAndDestroy();
    response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answers,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A refusal as AWS services write it. */
export const refusedBy = (status: number, type: string): AwsAnswer => ({
  status,
  headers: { 'x-amzn-errortype': type, 'content-type': 'application/json' },
  body: JSON.stringify({ __type: type, Message: 'no', message: 'no' }),
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What API Gateway answers for a connection. */
export interface ManagementAnswer {
  readonly status: number;
  readonly errorType?: string;
}

export interface ManagementServer {
  readonly endpoint: string;
  /** `POST listener-1`, in the order of arrival. */
  readonly requests: string[];
  /** The bodies that were posted to a connection. */
  readonly posted: { readonly to: string; readonly body: string }[];
  /** Answers other than success, one request each. */
  readonly answers: Map<string, ManagementAnswer[]>;
  stop(): Promise<void>;
}

/** Stands in for `@connections` of a stage. @param onRequest told about each request as it arrives */
export async function startManagementServer(
  onRequest: (request: string) => void = () => {},
): Promise<ManagementServer> {
  const requests: string[] = [];
  const posted: { to: string; body: string }[] = [];
  const answers = new Map<string, ManagementAnswer[]>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const to = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    requests.push(`${request.method} ${to}`);
    onRequest(`${request.method} ${to}`);
    const answer = answers.get(to)?.shift();
    if (answer === undefined && request.method === 'POST') posted.push({ to, body });
    const status = answer?.status ?? (request.method === 'DELETE' ? 204 : 200);
    response.writeHead(status, answer?.errorType ? { 'x-amzn-ErrorType': answer.errorType } : {}).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/test`,
    requests,
    posted,
    answers,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

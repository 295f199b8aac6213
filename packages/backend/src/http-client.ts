import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

export interface Post {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Creates a client of one server, whose connections are kept; they do not keep the process alive. (`fetch` closes one
 * that is idle for four seconds, unless the server asks for more: less than the pauses between captions.)
 */
export function createHttpClient({ protocol, hostname, port }: URL): (post: Post) => Promise<HttpAnswer> {
  const isHttps = protocol === 'https:';
  const agent = new (isHttps ? HttpsAgent : HttpAgent)({ keepAlive: true });
  const request = isHttps ? requestHttps : requestHttp;

  return ({ path, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const sent = request({ agent, hostname, port, method: 'POST', path, headers, signal }, (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode ?? 0, text: answer }), reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
}

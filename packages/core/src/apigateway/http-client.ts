import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { DeliveryError } from './delivery-error.ts';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly bytes: Uint8Array;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly errorType: string | undefined;
  readonly body: string;
}

/** @throws {DeliveryError} no answer */
export type HttpClient = (request: HttpRequest, timeoutMs: number) => Promise<HttpAnswer>;

/** Creates an HTTP client for one server, whose connections are kept. */
export function createHttpClient(
  { protocol, hostname, port }: URL,
  { maxSockets }: { maxSockets: number },
): HttpClient {
  const isHttps = protocol === 'https:';
  const agent = new (isHttps ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets });
  const request = isHttps ? requestHttps : requestHttp;

  const attempt: HttpClient = ({ method, path, headers, bytes }, timeoutMs) =>
    new Promise((resolve, reject) => {
      const sent = request({ agent, hostname, port, method, path, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          body += text;
        });
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(timeout);
          const [errorType] = [response.headers['x-amzn-errortype']].flat();
          resolve({ statusCode: response.statusCode ?? 0, errorType, body });
        });
      });
      const timeout = setTimeout(() => {
        const message = `API Gateway did not answer within ${Math.round(timeoutMs)} ms`;
        sent.destroy(new DeliveryError('TimeoutError', message));
      }, timeoutMs);
      const fail = (error: Error & { code?: string }) => {
        clearTimeout(timeout);
        if (error instanceof DeliveryError) return reject(error);
        const isStale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        const message = `The connection to API Gateway failed: ${error.message}`;
        reject(new DeliveryError(isStale ? STALE : (error.code ?? error.name), message, { cause: error }));
      };
      sent.on('error', fail);
      sent.end(bytes);
    });

  return async (sent, timeoutMs) => {
    try {
      return await attempt(sent, timeoutMs);
    } catch (error) {
      // While a function is frozen, all its kept connections may be closed at the other end: that is no failed attempt.
      if (!(error instanceof DeliveryError) || error.name !== STALE) throw error;
      return await attempt(sent, timeoutMs);
    }
  };
}

/** A kept connection had been closed at the other end. */
const STALE = 'StaleConnection';

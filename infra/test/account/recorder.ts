import { createServer, request as forward, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type RequestedAction, RequestedActions } from './requested-actions.ts';

/** Stands before an AWS, and notes which actions IAM would be asked about. */
export interface Recorder {
  readonly url: string;
  /** What was asked since the last call of this, each once. */
  take(): readonly RequestedAction[];
  stop(): Promise<void>;
}

/** @param target where the AWS is that answers */
export async function startRecorder(target: string, accountId: string, region: string): Promise<Recorder> {
  const requested = new RequestedActions(accountId, region);
  const policies = new BucketPolicies();
  const server = createServer(async (request, response) => {
    try {
      const body = await buffer(request);
      const { method = 'GET', headers, url = '/' } = request;
      const answer =
        policies.answer(method, url, body.toString()) ?? (await ask(`${target}${url}`, method, headers, body));
      requested.note({ method, url, headers, body: body.toString(), answer: answer.body.toString() });
      response.writeHead(answer.status, { ...answer.headers, ...missingHeaders(method, url) }).end(answer.body);
    } catch (error) {
      response.writeHead(502).end(String(error));
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => requested.take(),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function ask(url: string, method: string, headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = forward(url, { method, headers: { ...headers, 'content-length': body.length } }, (answer) => {
      buffer(answer).then((answered) => {
        const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...kept } = answer.headers;
        const isHead = method === 'HEAD' && answer.headers['content-length'] !== undefined;
        const length = isHead ? { 'content-length': answer.headers['content-length'] } : {};
        resolve({ status: answer.statusCode ?? 502, headers: { ...kept, ...length }, body: answered });
      }, reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Keeps the policies of buckets: moto overlooks their conditions, and would deny everything that is denied without TLS. */
class BucketPolicies {
  readonly #policies = new Map<string, string>();

  /** @returns undefined: the call is not about a policy */
  answer(method: string, url: string, body: string): Answer | undefined {
    const bucket = /^\/([^/?]+)\/?\?policy\b/.exec(url)?.[1];
    if (bucket === undefined) return undefined;
    if (method === 'PUT') this.#policies.set(bucket, body);
    const policy = this.#policies.get(bucket);
    if (policy === undefined) return xml(404, '<Error><Code>NoSuchBucketPolicy</Code></Error>');
    return method === 'PUT' ? xml(204, '') : { ...xml(200, policy), headers: { 'content-type': 'application/json' } };
  }
}

const xml = (status: number, content: string): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(content),
});

/** What S3 says of a lifecycle, and moto leaves out: the provider waits for it. */
const missingHeaders = (method: string, url: string) =>
  method === 'GET' && /[?&]lifecycle\b/.test(url)
    ? { 'x-amz-transition-default-minimum-object-size': 'all_storage_classes_128K' }
    : {};

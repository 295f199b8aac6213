import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** As much of S3 as Terraform's backend asks for: objects, and no second one under a name that is taken. */
export interface FakeS3 {
  readonly url: string;
  /** By path: `/<bucket>/<key>`. */
  readonly objects: Map<string, string>;
  /** Method and path of every request that changes something. */
  readonly writes: string[];
  stop(): Promise<void>;
}

export async function startFakeS3(): Promise<FakeS3> {
  const objects = new Map<string, string>();
  const writes: string[] = [];
  const server = createServer(async (request, response) => {
    const { method = 'GET', headers } = request;
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = (status: number, body = '') => response.writeHead(status).end(method === 'HEAD' ? '' : body);

    if (method === 'PUT' || method === 'DELETE') writes.push(`${method} ${pathname}`);
    if (method === 'PUT') {
      const taken = headers['if-none-match'] === '*' && objects.has(pathname);
      if (taken) return answer(412, '<Error><Code>PreconditionFailed</Code></Error>');
      objects.set(pathname, Buffer.concat(chunks).toString());
      return answer(200);
    }
    if (method === 'DELETE') {
      objects.delete(pathname);
      return answer(204);
    }
    if (searchParams.has('list-type') || searchParams.has('prefix')) {
      return answer(200, '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
    }
    const found = objects.get(pathname);
    return found === undefined ? answer(404, '<Error><Code>NoSuchKey</Code></Error>') : answer(200, found);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    writes,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

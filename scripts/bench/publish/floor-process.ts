/**
 * The floor: the same posts to the same connections of the same gateway, by a client that does nothing else: it signs each
 * one, as whoever posts has to, and sends it over kept connections of Node.js's own HTTP client.
 */
import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { answerParent } from '../gateway/child.ts';

export type FloorCommands = typeof commands;

interface Posts {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly connectionIds: readonly string[];
  readonly text: string;
}

let agent = new Agent({ keepAlive: true });
const commands = {
  /** Sends them, so many at a time. @returns what it took, milliseconds; which of them were not delivered shows as an error */
  async post({ endpoint, region, credentials, connectionIds, text, inFlight }: Posts & { readonly inFlight: number }) {
    const url = new URL(endpoint);
    agent.maxSockets = inFlight;
    const statuses = new Map<number, number>();
    const cpuBefore = process.cpuUsage();
    const startedAtMs = performance.timeOrigin + performance.now();
    const bytes = Buffer.from(text);
    const sign = createSigner({ host: url.host, region, credentials, payloadHash: sha256(bytes) });
    let next = 0;
    const lane = async () => {
      for (let id = connectionIds[next++]; id !== undefined; id = connectionIds[next++]) {
        const path = `${url.pathname}/@connections/${encodeURIComponent(id)}`;
        const headers = { ...sign(path), 'content-length': String(bytes.length) };
        const status = await send(url, { path, headers }, bytes);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    const { user, system } = process.cpuUsage(cpuBefore);
    if (statuses.get(200) !== connectionIds.length) {
      throw new Error(`Not all ${connectionIds.length} posts were delivered: ${JSON.stringify([...statuses])}`);
    }
    return { startedAtMs, cpuMs: (user + system) / 1000 };
  },
};

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Signs posts of one payload with AWS Signature Version 4. @see "Create a signed AWS API request", IAM User Guide */
function createSigner({
  host,
  region,
  credentials: { accessKeyId, secretAccessKey },
  payloadHash,
}: Pick<Posts, 'region' | 'credentials'> & { readonly host: string; readonly payloadHash: string }) {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), region, 'execute-api', 'aws4_request'];
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const names = 'host;x-amz-content-sha256;x-amz-date';
  return (path: string): Record<string, string> => {
    // The service escapes the path of a request once more, as every one but S3 does.
    const escaped = path.replaceAll(/[^/]+/g, encodeURIComponent);
    const lines = ['POST', escaped, '', `host:${host}`, `x-amz-content-sha256:${payloadHash}`, `x-amz-date:${time}`];
    const canonical = [...lines, '', names, payloadHash].join('\n');
    const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
    const signature = hmac(key, toSign).toString('hex');
    return {
      host,
      'x-amz-content-sha256': payloadHash,
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join('/')}, SignedHeaders=${names}, Signature=${signature}`,
    };
  };
}

function send(
  { hostname, port }: URL,
  { path, headers }: { path: string; headers: Record<string, string> },
  bytes: Uint8Array,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, hostname, port, method: 'POST', path, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(bytes);
  });
}

answerParent(commands, async () => {
  agent.destroy();
  agent = new Agent();
});

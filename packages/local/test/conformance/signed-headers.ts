import { createHash, createHmac } from 'node:crypto';
import type { Target } from './targets.ts';

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/**
 * The headers that sign a request to @connections, for paths that no client would write.
 * @see "Create a signed AWS API request", AWS General Reference
 */
export function signedHeaders({ credentials, region }: Target, method: string, url: string, data: string) {
  const { host, pathname } = new URL(url);
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const headers: Record<string, string> = {
    host,
    'x-amz-date': time,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(headers).sort().join(';');
  const lines = Object.keys(headers)
    .sort()
    .map((name) => `${name}:${headers[name]}`);
  // The path as it is sent, escaped once more: so for every service but S3.
  const path = pathname.split('/').map(encodeURIComponent).join('/');
  const canonical = [method, path, '', ...lines, '', names, sha256(data)].join('\n');
  const scope = `${day}/${region}/execute-api/aws4_request`;
  const key = [region, 'execute-api', 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secretAccessKey}`, day));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  const credential = `${accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

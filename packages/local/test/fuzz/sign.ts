import { createHash, createHmac } from 'node:crypto';
import type { Credentials } from '../../src/index.ts';

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
const DAY = '20261124';
const TIME = `${DAY}T000000Z`;
const keys = new Map<string, Buffer>();

export interface Signed {
  readonly method: string;
  /** Without a query string. */
  readonly path: string;
  readonly body: string;
  readonly service: string;
  /** Signed, too; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The headers of a request that is signed as AWS wants it.
 * @see "Create a signed AWS API request", IAM User Guide
 */
export function signedHeaders(
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  region: string,
  { method, path, body, service, headers }: Signed,
): Record<string, string> {
  const signed: Record<string, string> = {
    ...headers,
    'x-amz-date': TIME,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(signed).sort();
  const lines = names.map((name) => `${name}:${signed[name]}`);
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  const canonical = [method, escaped, '', ...lines, '', names.join(';'), sha256(body)].join('\n');
  const scope = `${DAY}/${region}/${service}/aws4_request`;
  let key = keys.get(service);
  if (!key) {
    key = [region, service, 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secretAccessKey}`, DAY));
    keys.set(service, key);
  }
  const signature = hmac(key, ['AWS4-HMAC-SHA256', TIME, scope, sha256(canonical)].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...signed, authorization };
}

import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { Credentials } from '@sessions/local';

/**
 * Calls of DynamoDB for the model's own eyes, which look at the tables after every step: the SDK takes longer for a
 * call than everything else that the model does in a step.
 */
export function createDynamoDbCaller({
  endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey, sessionToken },
}: {
  endpoint: string;
  region: string;
  credentials: Credentials;
}) {
  const agent = new Agent({ keepAlive: true });
  const { host, port } = new URL(endpoint);
  // How old a signature is does not count on the local stack, so one time does for all.
  const date = '20260101';
  const time = `${date}T000000Z`;
  const scope = `${date}/${region}/dynamodb/aws4_request`;
  const key = [date, region, 'dynamodb', 'aws4_request'].reduce<Buffer>(
    (parent, part) => hmac(parent, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );

  function headersOf(operation: string, body: string): Record<string, string> {
    const headers: Record<string, string> = {
      host,
      'x-amz-date': time,
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
    };
    const names = Object.keys(headers).sort();
    const canonical = ['POST', '/', '', ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';')];
    const text = ['AWS4-HMAC-SHA256', time, scope, sha256([...canonical, sha256(body)].join('\n'))].join('\n');
    const signature = hmac(key, text).toString('hex');
    const credential = `Credential=${accessKeyId}/${scope}`;
    return {
      ...headers,
      'content-type': 'application/x-amz-json-1.0',
      'content-length': String(Buffer.byteLength(body)),
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
    };
  }

  return {
    /** @throws an error with what DynamoDB said, if it is not 200 */
    call<T>(operation: string, input: object): Promise<T> {
      const body = JSON.stringify(input);
      return new Promise((resolve, reject) => {
        const req = request({ agent, host: '127.0.0.1', port, method: 'POST', headers: headersOf(operation, body) });
        req.once('error', reject);
        req.once('response', (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk: Buffer) => chunks.push(chunk));
          res.once('error', reject);
          res.once('end', () => {
            const answer = Buffer.concat(chunks).toString();
            if (res.statusCode === 200) resolve(JSON.parse(answer) as T);
            else reject(new Error(`${operation}: ${res.statusCode} ${answer}`));
          });
        });
        req.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

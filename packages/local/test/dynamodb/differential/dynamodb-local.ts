import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';

/** What a DynamoDB answered. */
export interface Answer {
  readonly statusCode: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** DynamoDB Local, AWS's own emulator: a tool of this test, in a process of its own. */
export interface DynamoDbLocal {
  /** @param api default: DynamoDB's own */
  call(operation: string, input: object, api?: string): Promise<Answer>;
  stop(): Promise<void>;
}

/** @param folder with `DynamoDBLocal.jar`, see `.ci/install-dynamodb-local` */
export async function startDynamoDbLocal(folder: string): Promise<DynamoDbLocal> {
  const port = await freePort();
  const args = [
    '-Djava.library.path=./DynamoDBLocal_lib',
    '-jar',
    'DynamoDBLocal.jar',
    '-inMemory',
    '-port',
    String(port),
  ];
  const child = spawn('java', args, { cwd: folder, stdio: 'ignore' });
  const agent = new Agent({ keepAlive: true });
  const call: DynamoDbLocal['call'] = (operation, input, api = 'DynamoDB_20120810') =>
    post(agent, port, `${api}.${operation}`, input);
  while (!(await answers(call))) {
    if (child.exitCode !== null) throw new Error(`DynamoDB Local ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    call,
    async stop() {
      agent.destroy();
      await end(child);
    },
  };
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function answers(call: DynamoDbLocal['call']): Promise<boolean> {
  try {
    return (await call('ListTables', {})).statusCode === 200;
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Calls a DynamoDB that checks no signatures. */
export function post(agent: Agent, port: number, target: string, input: object): Promise<Answer> {
  const body = JSON.stringify(input);
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
      'x-amz-target': target,
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    };
    const req = request({ agent, host: '127.0.0.1', port, method: 'POST', path: '/', headers }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        try {
          resolve({ statusCode: res.statusCode ?? 0, body: JSON.parse(text || '{}') });
        } catch (error) {
          reject(new Error(`The emulator answered ${text}`, { cause: error }));
        }
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

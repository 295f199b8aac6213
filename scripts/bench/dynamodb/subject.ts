import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A DynamoDB in a process of its own, and a raw client that keeps its connections. */
export class Subject {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #agent = new Agent({ keepAlive: true });
  #endpoint = new URL('http://127.0.0.1');

  /** @param which `ours`, or the folder in which dynalite is installed */
  constructor(which: string) {
    const program = join(import.meta.dirname, 'server-process.ts');
    const child = spawn(process.execPath, [program, which], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async ready(): Promise<this> {
    this.#endpoint = new URL(await this.#line());
    return this;
  }

  /** CPU time that the server has taken so far, microseconds. */
  async cpuMicroseconds(): Promise<number> {
    this.#child.stdin?.write('\n');
    return Number(await this.#line());
  }

  /** @throws {Error} any answer but 200: a refusal costs less than what is measured */
  call(operation: string, body: string): Promise<string> {
    const { hostname: host, port } = this.#endpoint;
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/x-amz-json-1.0',
        'content-length': Buffer.byteLength(body),
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        // dynalite refuses requests without them; neither server checks the signature.
        'x-amz-date': '20260101T000000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00',
      };
      const req = request({ agent: this.#agent, host, port, method: 'POST', path: '/', headers }, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (res.statusCode === 200) resolve(text);
          else reject(new Error(`${operation} was answered with ${res.statusCode}: ${text}`));
        });
      });
      req.on('error', reject);
      req.end(body);
    });
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await ended;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The server that is measured has ended');
    return value;
  }
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LocalStack } from '../../src/index.ts';
import { startLocalStack } from '../../src/index.ts';
import { writeEchoStack } from '../fixtures/echo-stack.ts';
import { removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';
import { connect, nextMessage, stopAll } from './set-up.ts';

let stack: LocalStack;
const errors: unknown[] = [];

/** Writes bytes to the port, and resolves with the beginning of what comes back. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(Number(new URL(stack.endpoint).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
    socket.write(bytes);
  });
}

/** The status of one request. */
const statusOf = async (method: string, target: string, headers = ''): Promise<number> => {
  const host = new URL(stack.endpoint).host;
  const answer = await exchange(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${headers}\r\n`);
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
};

async function answersStill(): Promise<void> {
  const socket = await connect(stack.webSocketUrl);
  socket.send('still there');
  expect(await nextMessage(socket)).to.equal('still there');
}

describe('A local stack that gets hostile requests', () => {
  beforeEach(async () => {
    const pageFolder = join(temporaryFolder(), 'page');
    mkdirSync(join(pageFolder, 'sub'), { recursive: true });
    writeFileSync(join(pageFolder, 'index.html'), '<h1>the page</h1>');
    writeFileSync(join(pageFolder, 'sub/index.html'), '<h1>below</h1>');
    writeFileSync(`${pageFolder}-secret.txt`, 'a neighbour');
    stack = await startLocalStack({
      stackFile: writeEchoStack(temporaryFolder()),
      pageFolder,
      onError: (error) => errors.push(error),
      gateway: { onError: (error) => errors.push(error) },
    });
  });
  afterEach(async () => {
    await stopAll();
    await stack.stop();
    expect(errors.splice(0)).to.deep.equal([]);
  });
  after(removeTemporaryFolders);

  it('answers targets that are no URL, and goes on', async () => {
    expect(await statusOf('GET', '//')).to.equal(200);
    expect(await statusOf('GET', '/\\\\')).to.equal(404);
    expect(await statusOf('GET', 'http://[::1')).to.equal(200);
    expect(await statusOf('GET', '/%')).to.equal(404);
    expect(await statusOf('GET', '/%00')).to.equal(404);
    expect(await statusOf('GET', '//_local//state')).to.equal(404);
    expect(await statusOf('OPTIONS', '*')).to.equal(403);
    await answersStill();
  });

  it('takes the path of an absolute target', async () => {
    expect(await statusOf('GET', `${stack.endpoint}/_local/state`)).to.equal(200);
    expect(await statusOf('GET', `${stack.endpoint}/dev`)).to.equal(426);
    expect(await statusOf('GET', `${stack.endpoint}/dev/@connections/none`)).to.equal(403);
  });

  it('serves no file outside of its folder, and none in part', async () => {
    expect(await statusOf('GET', '/sub/')).to.equal(200);
    expect(await statusOf('GET', '/../page-secret.txt')).to.equal(404);
    expect(await statusOf('GET', '/..%2fpage-secret.txt')).to.equal(404);
    expect(await statusOf('GET', '/', 'Range: bytes=5-2\r\n')).to.equal(200);
    expect(await statusOf('GET', '/', 'Range: bytes=-1--9\r\n')).to.equal(200);
    await answersStill();
  });

  it('refuses handshakes of every wrong form, also from clients that reset the connection', async () => {
    const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\n';
    expect(await statusOf('GET', 'http://[::1', upgrade)).to.equal(403);
    expect(await statusOf('GET', '//', upgrade)).to.equal(403);
    expect(await statusOf('GET', '/dev', upgrade)).to.equal(400);
    expect(await statusOf('PUT', '/dev', upgrade)).to.equal(400);
    const port = Number(new URL(stack.endpoint).port);
    for (let client = 0; client < 20; client++) {
      await new Promise<void>((resolve) => {
        const socket = connectTcp(port, '127.0.0.1', () => {
          socket.write(`GET /none HTTP/1.1\r\nHost: x\r\n${upgrade}\r\nmore`, () => socket.resetAndDestroy());
        });
        socket.once('close', () => resolve());
      });
    }
    await answersStill();
  });

  it('takes a message that is nested deeper than JSON can be written', async () => {
    const socket = await connect(stack.webSocketUrl);
    const body = `{"action":${'['.repeat(12_000)}${']'.repeat(12_000)}}`;
    socket.send(body);
    expect(await nextMessage(socket)).to.equal(body);
    await answersStill();
  });
});

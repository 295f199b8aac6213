import { connect } from 'node:net';
import { expect } from 'chai';
import { removeTemporaryFolders } from '../../stack/set-up.ts';
import { addJwtAuthorizer, ask, jwtRoute, startHttpStack, stopAll } from './set-up.ts';

/** Writes bytes to the port, and resolves with the status of what comes back. */
function statusOfBytes(url: string, bytes: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])));
    socket.write(bytes, 'latin1');
  });
}

describe('HTTP API: hostile requests', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  /** A stack that keeps its own errors: there must be none. */
  async function setUp() {
    const errors: unknown[] = [];
    const stack = await startHttpStack(
      {
        routes: { 'ANY /a/{id}': {}, 'ANY /token': jwtRoute, 'ANY /signed': { authorization_type: 'AWS_IAM' } },
        stages: { $default: {}, constructor: {} },
        change: (resources) => addJwtAuthorizer(resources),
      },
      { onError: (error) => errors.push(error) },
    );
    const statusOf = (method: string, target: string, headers = '') =>
      statusOfBytes(
        stack.httpApiUrl,
        `${method} ${target} HTTP/1.1\r\nHost: ${new URL(stack.httpApiUrl).host}\r\nConnection: close\r\n${headers}\r\n`,
      );
    return { ...stack, errors, statusOf };
  }

  it('answers targets that are no URL, and goes on', async () => {
    const { httpApiUrl, statusOf, errors } = await setUp();

    expect(await statusOf('GET', '//')).to.equal(404);
    expect(await statusOf('GET', '/a/%')).to.equal(200);
    expect(await statusOf('GET', '/a/%00')).to.equal(200);
    expect(await statusOf('GET', '/a/..%2f..%2f')).to.equal(200);
    expect(await statusOf('GET', '/a/__proto__?__proto__=1&%=%')).to.equal(200);
    expect(await statusOf('GET', 'http://[::1')).to.equal(404);
    expect(await statusOf('GET', '/constructor/a/1')).to.equal(200);
    expect(await statusOf('GET', '/toString/a/1')).to.equal(404);
    expect(await statusOf('OPTIONS', '*')).to.equal(404);
    expect(await statusOf('PROPFIND', '/a/1')).to.equal(200);
    expect((await ask(httpApiUrl, '/a/1')).status).to.equal(200);
    expect(errors).to.deep.equal([]);
  });

  it('answers headers that nobody would send, and goes on', async () => {
    const { httpApiUrl, statusOf, errors } = await setUp();

    expect(await statusOf('GET', '/a/1', '__proto__: x\r\nCookie: ;;=;\r\nOrigin: null\r\n')).to.equal(200);
    expect(await statusOf('GET', '/a/1', 'Content-Type: \r\nContent-Encoding: \r\n')).to.equal(200);
    expect(await statusOf('GET', '/a/1', 'Content-Length: 99999999999999999999\r\n')).to.equal(400);
    for (const value of ['Bearer', 'Bearer a.b.c', 'Bearer ..', `Bearer ${'e30.'.repeat(500)}`, '\xff\xfe']) {
      expect(await statusOf('GET', '/token', `Authorization: ${value}\r\n`)).to.equal(401);
    }
    for (const value of ['AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA256 Credential=a/b/c', 'Basic YTpi']) {
      expect(await statusOf('GET', '/signed', `Authorization: ${value}\r\n`)).to.equal(403);
    }
    expect((await ask(httpApiUrl, '/a/1')).status).to.equal(200);
    expect(errors).to.deep.equal([]);
  });

  it('keeps names like any other that objects have of their own', async () => {
    const { httpApiUrl } = await setUp();

    const { json: event } = await ask(httpApiUrl, '/a/1?__proto__=1&constructor=2', {
      headers: { ['__proto__']: 'x' },
    });

    expect(Object.entries(event.queryStringParameters)).to.deep.equal([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });
});

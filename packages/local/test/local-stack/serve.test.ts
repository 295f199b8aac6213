import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { closeServer } from '../../src/http-server.ts';
import { serve } from '../../src/serve.ts';

const stops: (() => Promise<void>)[] = [];

/** A server whose handlers are broken. @returns what it says to a request */
async function answerTo(request: string): Promise<{ answer: string; errors: unknown[] }> {
  const errors: unknown[] = [];
  const server = createServer();
  const bug = () => {
    throw new TypeError('a bug');
  };
  serve(server, { handleRequest: bug, handleUpgrade: bug, onError: (error) => errors.push(error) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => closeServer(server));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(request);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return { answer, errors };
}

describe('The last line of defence of the port', () => {
  afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));

  it('answers a request whose handler throws with 500, and reports the error', async () => {
    const { answer, errors } = await answerTo('GET / HTTP/1.1\r\nHost: x\r\n\r\n');

    expect(answer).to.match(/^HTTP\/1\.1 500 /);
    expect(errors.map(String)).to.deep.equal(['TypeError: a bug']);
  });

  it('answers a handshake whose handler throws with 500, and reports the error', async () => {
    const { answer, errors } = await answerTo(
      'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    );

    expect(answer).to.match(/^HTTP\/1\.1 500 /);
    expect(errors.map(String)).to.deep.equal(['TypeError: a bug']);
  });
});

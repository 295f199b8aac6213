import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { setUp, stopAll } from './set-up.ts';

const MESSAGE_BYTES = 30_000;
const BUFFER_BYTES = 4 * MESSAGE_BYTES;

describe('Gateway: a client that asks and does not read', () => {
  afterEach(stopAll);

  it('is not read from until it reads, and loses nothing', async () => {
    const { connect, gateway, messages, until } = await setUp({
      routes: { $default: { run: ({ body }) => ({ body }), hasRouteResponse: true } },
      limits: { sendBufferBytes: BUFFER_BYTES },
    });
    const sockets: Duplex[] = [];
    const { handleUpgrade } = gateway;
    gateway.handleUpgrade = (req, socket, head) => {
      sockets.push(socket);
      handleUpgrade(req, socket, head);
    };
    const client = await connect();
    client.socket.pause();
    const [socket] = sockets;
    let sent = 0;
    // The kernel's buffers take megabytes first. One message after the other: its number is in its beginning.
    while (socket?.isPaused() === false) {
      client.send(`${++sent} ${'x'.repeat(MESSAGE_BYTES)}`);
      await until(() => messages.length === sent || socket.isPaused());
    }
    const answered = messages.length;
    const keptBytes = socket?.writableLength ?? 0;
    for (let more = 0; more < 200; more++) client.send(`${++sent} ${'x'.repeat(MESSAGE_BYTES)}`);

    client.socket.resume();
    for (let number = 1; number <= sent; number++) expect((await client.next()).split(' ')[0]).to.equal(String(number));

    expect(keptBytes).to.be.within(BUFFER_BYTES, BUFFER_BYTES + 2 * MESSAGE_BYTES);
    expect(answered).to.be.at.most(sent - 200);
    expect(messages).to.have.length(sent);
  });
});

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { closeServer } from '../../src/http-server.ts';
import { MAX_WAITING_EVENTS, streamEvents } from '../../src/page/event-stream.ts';
import { createFeed, type Feed } from '../../src/page/feed.ts';

const stops: (() => Promise<void>)[] = [];

/** A reader of the stream, on a real socket, that reads nothing yet; and the server's side of it. */
async function slowReader(feed: Feed) {
  let opened: (res: ServerResponse) => void = () => {};
  const opening = new Promise<ServerResponse>((resolve) => {
    opened = resolve;
  });
  const server = createServer((_, res) => {
    streamEvents(feed, res);
    opened(res);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => closeServer(server));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.pause();
  socket.write('GET / HTTP/1.0\r\n\r\n');
  return { socket, res: await opening };
}

/** About a kilobyte each. */
const emit = (feed: Feed, number: number) =>
  feed.observers.onLog?.({
    functionName: 'f',
    stream: 'stdout',
    line: JSON.stringify({ number, text: 'x'.repeat(1000) }),
  });

/** Writes of a batch that the timer has begun. */
const batch = () => new Promise((resolve) => setTimeout(resolve, 210));

describe('A reader of the event stream that reads nothing', () => {
  afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));

  it('costs the server no more than two batches of events, and then gets the newest ones', async () => {
    const feed = createFeed(() => 0);
    const { socket, res } = await slowReader(feed);
    let number = 0;
    // What the kernel takes of it is the server's no more: megabytes, until it takes nothing.
    while (!res.writableNeedDrain) {
      for (let count = 0; count < MAX_WAITING_EVENTS; count++) emit(feed, ++number);
      await batch();
    }
    const blockedBytes = res.writableLength;
    for (let round = 0; round < 5; round++) {
      for (let count = 0; count < 20_000; count++) emit(feed, ++number);
      await batch();
    }

    expect(res.writableLength, 'bytes that the server keeps').to.equal(blockedBytes);
    expect(blockedBytes).to.be.below(2 * MAX_WAITING_EVENTS * 1200);

    let text = '';
    const isNewest = `"number":${number},`;
    for await (const chunk of socket) {
      text += chunk;
      if (text.includes(isNewest) && text.endsWith('\n\n')) break;
    }
    const last = text.trimEnd().split('\n\n').at(-1) ?? '';
    const [comment = '', data = ''] = last.split('\n');
    const leftOut = Number(/^: (\d+) events were left out$/.exec(comment)?.[1]);
    const events = JSON.parse(data.slice('data: '.length)) as { fields: { number: number } }[];
    expect(events).to.have.length(MAX_WAITING_EVENTS);
    expect(events.at(-1)?.fields.number).to.equal(number);
    expect(leftOut).to.equal(5 * 20_000 - MAX_WAITING_EVENTS);
  });
});

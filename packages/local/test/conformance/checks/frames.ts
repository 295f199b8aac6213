import { once } from 'node:events';
import { expect } from 'chai';
import { check, section } from '../check.ts';
import { type Visitor, visit } from '../clients.ts';

/** A message to `echo` of exactly so many bytes, which is answered with the number that arrived. */
function messageOf(bytes: number): string {
  const frame = (padding: string) => JSON.stringify({ action: 'echo', do: { measure: true }, padding });
  return frame('x'.repeat(bytes - frame('').length));
}

function sendInFrames(visitor: Visitor, text: string, frameBytes: number): void {
  for (let at = 0; at < text.length; at += frameBytes) {
    visitor.socket.send(text.slice(at, at + frameBytes), { fin: at + frameBytes >= text.length });
  }
}

/** How the client sees it close, and what `$disconnect` is told. */
async function endOf(visitor: Visitor) {
  const { code } = await visitor.closed;
  const { disconnectStatusCode } = (await visitor.told('$disconnect')).event.requestContext;
  return { closedWith: code, toldTo$disconnect: disconnectStatusCode };
}
const ended = (code: number) => ({ closedWith: code, toldTo$disconnect: code });

const MASK = [0, 0, 0, 0];

const sizes = () => {
  check('frame-32-kb', 'A frame of 32 KB passes', { source: 'facts §7 DOC S22' }, async () => {
    const visitor = await visit('main');
    visitor.send(messageOf(32_768));
    expect(await visitor.next()).to.equal('32768');
  });
  check(
    'frame-too-large',
    'A larger frame closes the connection with 1009',
    { source: 'facts §7 DOC S22' },
    async () => {
      const visitor = await visit('main');
      visitor.send(messageOf(32_769));
      expect(await endOf(visitor)).to.deep.equal(ended(1009));
    },
  );
  check('message-128-kb', 'A message of 128 KB in four frames passes', { source: 'facts §7 DOC S22' }, async () => {
    const visitor = await visit('main');
    sendInFrames(visitor, messageOf(131_072), 32_768);
    expect(await visitor.next()).to.equal('131072');
  });
  check(
    'message-too-large',
    'A larger message in small frames closes the connection with 1009',
    { source: 'facts §7 DOC S22' },
    async () => {
      const visitor = await visit('main');
      sendInFrames(visitor, messageOf(131_073), 32_768);
      expect(await endOf(visitor)).to.deep.equal(ended(1009));
    },
  );
  check(
    'message-too-large-not-run',
    'A message that is too large reaches no function',
    { source: 'facts §7 DOC S22' },
    async () => {
      const visitor = await visit('main');
      const text = JSON.stringify({ action: 'echo', do: { report: true }, padding: 'x'.repeat(33_000) });
      visitor.send(text);
      await visitor.told('$disconnect');
      const other = await visit('main');
      other.send({ action: 'echo', do: { report: true } });
      expect((await other.told('echo')).event.body.length).to.be.below(100);
    },
  );
  check(
    'frame-huge',
    'A frame that announces gigabytes closes the connection by its header alone',
    { source: 'facts §7 DOC S22' },
    async () => {
      const visitor = await visit('main');
      visitor.wire.write(Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, ...MASK]));
      expect(await endOf(visitor)).to.deep.equal(ended(1009));
    },
  );
  check(
    'multi-byte',
    'Sizes count bytes, not characters',
    { source: 'facts §7 DOC S22', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.send(JSON.stringify({ action: 'echo', padding: 'ü'.repeat(16_384) }));
      expect(await endOf(visitor)).to.deep.equal(ended(1009));
    },
  );
};

const fragments = () => {
  check('fragments', 'A message in many small frames arrives as one', { source: 'RFC 6455 §5.4' }, async () => {
    const visitor = await visit('main');
    sendInFrames(visitor, '{"action":"echo","do":{"body":"in one piece"}}', 5);
    expect(await visitor.next()).to.equal('in one piece');
  });
  check(
    'fragments-split-character',
    'A character may be split between frames',
    { source: 'RFC 6455 §5.6' },
    async () => {
      const visitor = await visit('main');
      const bytes = Buffer.from('{"action":"echo","do":{"body":"grüß"}}');
      const middle = bytes.indexOf('ü') + 1;
      visitor.socket.send(bytes.subarray(0, middle), { fin: false, binary: false });
      visitor.socket.send(bytes.subarray(middle), { fin: true, binary: false });
      expect(await visitor.next()).to.equal('grüß');
    },
  );
  check(
    'fragments-ping-between',
    'A ping between two frames of a message is answered, and the message arrives',
    { source: 'RFC 6455 §5.4', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.socket.send('{"action":"echo",', { fin: false });
      const pong = once(visitor.socket, 'pong');
      visitor.socket.ping('between');
      await pong;
      visitor.socket.send('"do":{"body":"whole"}}', { fin: true });
      expect(await visitor.next()).to.equal('whole');
    },
  );
  check('fragments-empty', 'A message whose last frame is empty arrives', { source: 'RFC 6455 §5.4' }, async () => {
    const visitor = await visit('main');
    visitor.socket.send('{"action":"echo","do":{"body":"all"}}', { fin: false });
    visitor.socket.send('', { fin: true });
    expect(await visitor.next()).to.equal('all');
  });
};

const kinds = () => {
  check('binary', 'A binary frame closes the connection with 1003', { source: 'facts §5, §7 DOC S33' }, async () => {
    const visitor = await visit('main');
    visitor.socket.send(Buffer.from('{"action":"echo"}'), { binary: true });
    expect(await endOf(visitor)).to.deep.equal(ended(1003));
  });
  check(
    'binary-after-good',
    'Messages before the binary frame are still handled, those after it are not',
    { source: 'facts §5 DOC S33', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.wire.cork();
      visitor.send({ action: 'oneWay', do: { report: true }, text: 'before' });
      visitor.socket.send(Buffer.from([1]), { binary: true });
      visitor.send({ action: 'oneWay', do: { report: true }, text: 'after' });
      visitor.wire.uncork();
      expect((await visitor.told('oneWay')).event.body).to.contain('before');
      expect(await endOf(visitor)).to.deep.equal(ended(1003));
    },
  );
  check(
    'ping',
    'A ping is answered with a pong of the same content',
    { source: 'RFC 6455 §5.5.2, facts §7, §16.2', confirmed: false },
    async () => {
      const visitor = await visit('main');
      const pong = once(visitor.socket, 'pong');
      visitor.socket.ping('are you there');
      expect(String((await pong)[0])).to.equal('are you there');
    },
  );
  check('ping-no-message', 'A ping reaches no function', { source: 'facts §7', confirmed: false }, async () => {
    const visitor = await visit('main');
    const pong = once(visitor.socket, 'pong');
    visitor.socket.ping('{"action":"echo"}');
    await pong;
    expect(await visitor.ask({ body: 'mark' })).to.equal('mark');
  });
  check('pong', 'A pong that answers no ping is ignored', { source: 'RFC 6455 §5.5.3' }, async () => {
    const visitor = await visit('main');
    visitor.socket.pong('unasked');
    expect(await visitor.ask({ body: 'mark' })).to.equal('mark');
  });
  check(
    'close-echo',
    "The client's close frame is answered with its own code",
    { source: 'RFC 6455 §5.5.1' },
    async () => {
      const visitor = await visit('main');
      visitor.socket.close(4321, 'bye');
      expect((await visitor.closed).code).to.equal(4321);
    },
  );
  for (const [id, what, bytes, code, source] of [
    ['utf8', 'Text that is not UTF-8', [0x81, 0x82, ...MASK, 0xff, 0xfe], 1007, 'RFC 6455 §8.1'],
    ['unmasked', 'A frame without mask', [0x81, 0x02, 0x68, 0x69], 1002, 'RFC 6455 §5.1'],
    ['reserved-bit', 'A frame with a reserved bit', [0xc1, 0x80, ...MASK], 1002, 'RFC 6455 §5.2'],
    ['reserved-opcode', 'A frame with a reserved opcode', [0x83, 0x80, ...MASK], 1002, 'RFC 6455 §5.2'],
    ['long-ping', 'A ping of more than 125 bytes', [0x89, 0xfe, 0, 126, ...MASK], 1002, 'RFC 6455 §5.5'],
    ['split-ping', 'A ping in fragments', [0x09, 0x80, ...MASK], 1002, 'RFC 6455 §5.5'],
    ['continuation', 'A continuation of nothing', [0x80, 0x80, ...MASK], 1002, 'RFC 6455 §5.4'],
    [
      'close-code',
      'A close frame with the reserved code 1005',
      [0x88, 0x82, ...MASK, 0x03, 0xed],
      1002,
      'RFC 6455 §7.4.1',
    ],
    ['short-close', 'A close frame of one byte', [0x88, 0x81, ...MASK, 0x03], 1002, 'RFC 6455 §5.5.1'],
  ] as const) {
    // That API Gateway says to $disconnect what it said to the client is an assumption, so all of these are.
    check(`violation-${id}`, `${what} closes the connection with ${code}`, { source, confirmed: false }, async () => {
      const visitor = await visit('main');
      visitor.wire.write(Buffer.from(bytes));
      expect(await endOf(visitor)).to.deep.equal(ended(code));
    });
  }
};

export function frameChecks(): void {
  section('Frames: sizes', sizes);
  section('Frames: fragments', fragments);
  section('Frames: kinds', kinds);
}

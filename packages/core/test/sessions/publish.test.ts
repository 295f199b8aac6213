import { expect } from 'chai';
import { ServiceError } from '../../src/protocol/index.ts';
import { speakerIdentity } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const sessionId = 'faithful-shepherd-427';
const caption = { sessionId, to: 'es', name: 'caption', data: { text: 'hola' } };
const frame = {
  type: 'message',
  channel: 'es',
  epoch: 1_000_000,
  offset: 1,
  publishedAt: 2_000_000,
  name: 'caption',
  data: { text: 'hola' },
};
const spanish = sampleListener();
const french = sampleListener({ connectionId: 'listener-2', targetLanguage: 'fr' });
const room = (options: SetUp = {}) =>
  setUp({ sessions: [sampleSession()], connections: [sampleSpeaker(), spanish, french], ...options });
const headOf = async ({ messageLog }: ReturnType<typeof room>, channel = 'es') =>
  (await messageLog.findSession(sessionId, [channel]))?.heads[channel];

describe('publish', () => {
  it('numbers the message, sends it to the listeners of the language, and says how many took it', async () => {
    const { publish, sent, meter } = room();

    const published = await publish(caption);

    expect(published).to.deep.equal({
      sessionId,
      receipt: { channel: 'es', epoch: 1_000_000, offset: 1, repeated: false, delivered: 1, gone: 0, failed: 0 },
      bytes: Buffer.byteLength(JSON.stringify(frame)),
      deliveryMs: 0,
    });
    expect(sent).to.deep.equal([{ to: 'listener-1', message: frame }]);
    expect(meter.figures).to.deep.include(['published', { delivered: 1, gone: 0, failed: 0, deliveryMs: 0 }]);
  });

  it('numbers the messages of each channel by itself', async () => {
    const { publish } = room();
    const offsets: number[] = [];
    for (const to of ['es', 'es', 'fr', 'all', 'es', 'speaker', 'all']) {
      offsets.push((await publish({ ...caption, to })).receipt.offset);
    }
    expect(offsets).to.deep.equal([1, 2, 1, 1, 3, 1, 2]);
  });

  it('says that it is in the log also when it could not be sent', async () => {
    const { publish, publishAsSpeaker, deliverer } = room();
    deliverer.run = () => Promise.reject(new ServiceError('SERVICE_UNAVAILABLE', 'no'));
    const stored: unknown[] = [];
    const onStored = (message: unknown) => void stored.push(message);
    await refusal(publish(caption, onStored), 'SERVICE_UNAVAILABLE');
    const { sessionId: _, ...said } = caption;
    const speaker = { connectionId: 'speaker-1', identity: speakerIdentity() };
    await refusal(publishAsSpeaker({ ...speaker, ...said }, onStored), 'SERVICE_UNAVAILABLE');
    await refusal(publish({ ...caption, to: 'xx' }, onStored), 'UNSUPPORTED_LANGUAGE');
    const of = { sessionId, channel: 'es', epoch: 1_000_000, repeated: false };
    const bytes = Buffer.byteLength(JSON.stringify(frame));
    expect(stored).to.deep.equal([
      { ...of, offset: 1, bytes },
      { ...of, offset: 2, bytes },
    ]);
  });

  it('has the message in the log before it sends it', async () => {
    const all = room();
    const { fanOut } = all.push;
    let offsetWhenSent: number | undefined;
    all.push.fanOut = async (...given) => {
      offsetWhenSent = (await headOf(all))?.offset;
      return fanOut(...given);
    };
    await all.publish(caption);
    expect(offsetWhenSent).to.equal(1);
  });

  it('takes the language in any case, and the session ID as people write it', async () => {
    const { publish, sent } = room();
    const { receipt } = await publish({ ...caption, sessionId: ' Faithful Shepherd 427', to: 'ES' });
    expect(receipt.channel).to.equal('es');
    expect(sent).to.have.length(1);
  });

  it('sends a message without a name, and with null as its data', async () => {
    const { publish, sent } = room();
    await publish({ sessionId, to: 'es', data: null });
    const { name: _, ...nameless } = frame;
    expect(sent[0]?.message).to.deep.equal({ ...nameless, data: null });
  });

  it('says when the last delivery was, whatever came after it', async () => {
    for (const [lastDeliveredAt, deliveryMs] of [
      [2_000_120, 120],
      [1_999_900, 0],
      [2_009_000, 8000],
      [undefined, 8000],
    ] as const) {
      const { publish, deliverer, clock, meter } = room();
      deliverer.run = async () => {
        clock.advance(8000);
        const outcome = { delivered: 1, gone: 0, failed: 1 };
        return lastDeliveredAt === undefined ? outcome : { ...outcome, lastDeliveredAt };
      };
      const published = await publish(caption);
      expect(published.deliveryMs, String(lastDeliveredAt)).to.equal(deliveryMs);
      expect(published.receipt).to.have.all.keys(
        ...['channel', 'epoch', 'offset', 'repeated', 'delivered', 'gone', 'failed'],
      );
      expect(meter.figures).to.deep.equal([['published', { delivered: 1, gone: 0, failed: 1, deliveryMs }]]);
    }
  });

  it('keeps the message for as long as it is held and a minute, and the head for long after its session', async () => {
    const { publish, tables } = room();
    await publish(caption);
    const stored = tables.channels.get(`${sessionId}#es`);
    expect(stored?.messages.get(1)?.keptUntil).to.equal(2_180_000);
    expect(stored?.head?.keptUntil).to.equal(8_200_000 + 30 * 86_400_000);
  });

  describe('refuses', () => {
    for (const [what, change, code] of [
      ['a session that is not there', { sessionId: 'quiet-river-100' }, 'SESSION_NOT_FOUND'],
      ['what is no session ID', { sessionId: 'river' }, 'INVALID_SESSION_ID'],
      ['a language that is not on offer', { to: 'et' }, 'UNSUPPORTED_LANGUAGE'],
      ['what is no channel', { to: 'everybody' }, 'INVALID_LANGUAGE'],
      ['a message without data', { data: undefined }, 'INVALID_PARAMETERS'],
      ['a connection that has not got the session', { speakerConnectionId: 'speaker-2' }, 'FORBIDDEN'],
    ] as const) {
      it(`${what}: ${code}`, async () => {
        const all = room();
        await refusal(all.publish({ ...caption, ...change }), code);
        expect(all.sent).to.deep.equal([]);
        expect(all.tables.channels.size).to.equal(0);
      });
    }

    it('naming the field, and what is allowed', async () => {
      const { publish } = room();
      const error = await refusal(publish({ ...caption, to: 'et' }), 'UNSUPPORTED_LANGUAGE');
      expect(error.message).to.equal('to: et is not supported');
      expect(error.details[0]?.allowed).to.include.members(['es', 'pt-PT', 'all', 'speaker']);
    });

    it('a session that has ended, or should have', async () => {
      const ended = { state: 'ended', endedAt: 1_900_000, endReason: 'speakerEnded' } as const;
      await refusal(room({ sessions: [sampleSession(ended)] }).publish(caption), 'SESSION_NOT_FOUND');
      await refusal(
        room({ sessions: [sampleSession({ expiresAt: 2_000_000 })] }).publish(caption),
        'SESSION_NOT_FOUND',
      );
    });

    it('a scheduled session before listeners may join, and says when that is', async () => {
      const { speakerConnectionId: _, ...scheduled } = sampleSession({
        state: 'scheduled',
        startsAt: 4_000_000,
        expiresAt: 99_000_000,
      });
      const { publish, clock, messageLog } = room({ sessions: [scheduled], connections: [spanish] });
      const error = await refusal(publish(caption), 'NOT_STARTED');
      expect(error).to.include({ startsAt: 4_000_000, retryAfterSeconds: 200 });
      clock.advance(200_000);
      expect((await publish(caption)).receipt).to.include({ offset: 1, delivered: 1 });
      expect(await messageLog.find({ sessionId, epoch: 1_000_000, channel: 'es', offset: 1 })).to.not.equal(undefined);
    });

    it('a number that would be sent as null', async () => {
      const { publish } = room();
      for (const text of ['1e400', '[1, {"a": -1e400}]']) {
        const { details } = await refusal(publish({ ...caption, data: JSON.parse(text) }), 'INVALID_PARAMETERS');
        expect(details.map(({ field }) => field)).to.deep.equal(['data']);
      }
      expect((await publish({ ...caption, data: [1.79e308, -0.5, null] })).receipt.offset).to.equal(1);
    });

    it('data that is nested too deeply for clients', async () => {
      const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown;
      const { publish } = room();
      await publish({ ...caption, data: nested(100) });
      const error = await refusal(publish({ ...caption, data: nested(101) }), 'INVALID_PARAMETERS');
      expect(error.message).to.include('100 levels');
      await refusal(publish({ ...caption, data: nested(15_000) }), 'INVALID_PARAMETERS');
    });
  });

  describe('takes a message of 32,768 bytes as it is sent', () => {
    const base = { sessionId, to: 'es', data: '' };
    const overhead = Buffer.byteLength(JSON.stringify({ ...frame, name: undefined, data: '' }));

    it('and refuses one byte more, and says what to do', async () => {
      const all = room();
      const { bytes } = await all.publish({ ...base, data: 'x'.repeat(32_768 - overhead) });
      expect(bytes).to.equal(32_768);
      expect(Buffer.byteLength(JSON.stringify(all.sent[0]?.message))).to.equal(32_768);

      const error = await refusal(all.publish({ ...base, data: 'x'.repeat(32_769 - overhead) }), 'MESSAGE_TOO_LARGE');
      expect(error.message).to.equal(
        'The message would have 32769 bytes as it is sent; 32768 are allowed: publish the address (URL) of the data in its place',
      );
      expect((await headOf(all))?.offset).to.equal(1);
      expect(all.sent).to.have.length(1);
    });

    it('counting bytes of UTF-8, escapes, and the digits of its offset', async () => {
      const { publish, clock, messageLog } = room();
      const half = (32_768 - overhead) / 2;
      await publish({ ...base, data: 'é'.repeat(Math.floor(half)) });
      await refusal(publish({ ...base, data: 'é'.repeat(Math.floor(half) + 1) }), 'MESSAGE_TOO_LARGE');
      await refusal(
        publish({ ...base, data: '\u0000'.repeat(Math.ceil((32_768 - overhead) / 6) + 1) }),
        'MESSAGE_TOO_LARGE',
      );
      const of = { sessionId, epoch: 1_000_000, channel: 'es' };
      await messageLog.raiseHead({ ...of, head: { offset: 98, recent: [] }, keptUntil: clock.nowMs() + 1 });
      await publish({ ...base, data: 'x'.repeat(32_767 - overhead) });
      await refusal(publish({ ...base, data: 'x'.repeat(32_767 - overhead) }), 'MESSAGE_TOO_LARGE');
    });
  });

  describe('of an interrupted session', () => {
    it('goes on: its listeners wait', async () => {
      const { speakerConnectionId: _, ...lost } = sampleSession({ state: 'interrupted', interruptedAt: 1_990_000 });
      const { publish } = room({ sessions: [lost], connections: [spanish] });
      expect((await publish(caption)).receipt).to.include({ offset: 1, delivered: 1 });
      expect((await publish({ ...caption, to: 'all' })).receipt, 'there is no speaker').to.include({ delivered: 1 });
    });
  });

  describe('repeated with the same ID', () => {
    const once = { ...caption, id: 'segment-7' };

    it('has the same offset, and is sent again as it was: an earlier attempt may have been killed', async () => {
      const { publish, sent, clock } = room();
      await publish(once);
      clock.advance(9_999);
      const again = await publish({ ...once, data: { text: 'something else' } });
      expect(again.receipt).to.include({ offset: 1, repeated: true, delivered: 1 });
      expect(again.deliveryMs).to.equal(9_999);
      expect(sent).to.deep.equal([
        { to: 'listener-1', message: frame },
        { to: 'listener-1', message: frame },
      ]);
    });

    it('is not sent any more once it is old', async () => {
      const { publish, sent, clock, meter } = room();
      await publish(once);
      const figures = meter.figures.length;
      clock.advance(10_000);
      const { receipt, deliveryMs } = await publish(once);
      expect(receipt).to.include({ offset: 1, repeated: true, delivered: 0, gone: 0, failed: 0 });
      expect(deliveryMs).to.equal(undefined);
      expect(sent).to.have.length(1);
      expect(meter.figures).to.have.length(figures);
    });

    it('is known although it is not held any more', async () => {
      const { publish, clock, tables, sent } = room();
      await publish(once);
      clock.advance(200_000);
      tables.expire(clock.nowMs());
      const { receipt, bytes } = await publish(once);
      expect(receipt).to.include({ offset: 1, repeated: true, delivered: 0 });
      expect(bytes).to.equal(undefined);
      expect(sent).to.have.length(1);
    });

    it('is known among all of the last minute, and the last 256', async () => {
      const all = room();
      await all.publish({ ...caption, id: 'first' });
      for (let count = 1; count <= 255; count++) {
        all.clock.advance(200);
        await all.publish({ ...caption, id: `id-${count}` });
      }
      expect((await all.publish({ ...caption, id: 'first' })).receipt).to.include({ offset: 1, repeated: true });
      await all.publish({ ...caption, id: 'one-more' });
      expect((await all.publish({ ...caption, id: 'first' })).receipt).to.include({ offset: 258, repeated: false });
    });

    it('is known among the last 64 messages that have one when it is older than a minute, and by its channel', async () => {
      const { publish, clock } = room();
      await publish(once);
      clock.advance(61_000);
      for (let index = 0; index < 63; index++) await publish({ ...caption, id: `other-${index}` });
      await publish(caption);
      expect((await publish(once)).receipt).to.include({ offset: 1, repeated: true });
      await publish({ ...caption, id: 'one-more' });
      expect((await publish(once)).receipt).to.include({ offset: 67, repeated: false });
      expect((await publish({ ...once, to: 'fr' })).receipt).to.include({ offset: 1, repeated: false });
    });
  });

  describe('killed', () => {
    const once = { ...caption, id: 'segment-7' };

    it('after the first write: nobody has seen the message; the same ID finds it', async () => {
      const all = room();
      const { raiseHead } = all.messageLog;
      all.messageLog.raiseHead = () => Promise.reject(new Error('killed'));
      await all.publish(once).catch(() => {});
      expect(await headOf(all)).to.deep.equal({ offset: 0, recent: [] });
      expect(all.sent).to.deep.equal([]);
      all.messageLog.raiseHead = raiseHead;

      expect((await all.publish(once)).receipt).to.include({ offset: 1, repeated: true, delivered: 1 });
      expect(await headOf(all)).to.deep.equal({ offset: 1, recent: [{ id: 'segment-7', offset: 1, at: 2_000_000 }] });
    });

    it('after the first write: the next publisher walks over it, and it is in the log', async () => {
      const all = room();
      const { raiseHead } = all.messageLog;
      all.messageLog.raiseHead = () => Promise.reject(new Error('killed'));
      await all.publish(once).catch(() => {});
      all.messageLog.raiseHead = raiseHead;

      expect((await all.publish({ ...caption, data: 2 })).receipt).to.include({ offset: 2 });
      expect(await headOf(all)).to.deep.equal({ offset: 2, recent: [{ id: 'segment-7', offset: 1, at: 2_000_000 }] });
      expect((await all.publish(once)).receipt).to.include({ offset: 1, repeated: true, delivered: 1 });
      expect(all.sent.map(({ message }) => (message as typeof frame).offset)).to.deep.equal([2, 1]);
    });

    describe('long ago, after the first write', () => {
      const of = { sessionId, epoch: 1_000_000, channel: 'es' };
      /** A message that does not count, and whose time is nearly over. */
      async function left() {
        const all = room();
        const message = { offset: 1, publishedAt: 2_000_000, id: 'segment-7', data: 'old' };
        await all.messageLog.append({ ...of, message, keptUntil: 2_180_000 });
        all.clock.advance(179_000);
        return all;
      }

      it('its message is kept until the head has been raised past it, and as long as the one after it', async () => {
        const all = await left();
        const { raiseHead } = all.messageLog;
        all.messageLog.raiseHead = async (change) => {
          all.clock.advance(20_000);
          all.tables.expire(all.clock.nowMs());
          await raiseHead(change);
        };
        expect((await all.publish(caption)).receipt).to.include({ offset: 2, repeated: false });
        expect(await all.messageLog.find({ ...of, offset: 1 })).to.include({ data: 'old' });
        expect(all.tables.channels.get(`${sessionId}#es`)?.messages.get(1)?.keptUntil).to.equal(2_359_000);
      });

      it('its offset is free if it is deleted just then', async () => {
        const all = await left();
        const { keep } = all.messageLog;
        all.messageLog.keep = async (change) => {
          all.clock.advance(2000);
          all.tables.expire(all.clock.nowMs());
          return keep(change);
        };
        expect((await all.publish(caption)).receipt).to.include({ offset: 1, repeated: false, delivered: 1 });
        expect(await headOf(all)).to.deep.equal({ offset: 1, recent: [] });
      });
    });

    it('before the message is sent: it counts, and a repetition sends it', async () => {
      const all = room();
      const { run } = all.deliverer;
      all.deliverer.run = () => Promise.reject(new ServiceError('SERVICE_UNAVAILABLE', 'Lambda does not take it now'));
      const error = await refusal(all.publish(once), 'SERVICE_UNAVAILABLE');
      expect(error).to.include({ retryAfterSeconds: 1 });
      expect(error.message).to.include('in the log');
      expect((await headOf(all))?.offset).to.equal(1);
      expect(all.meter.figures).to.deep.equal([]);
      all.deliverer.run = run;

      expect((await all.publish(once)).receipt).to.include({ offset: 1, repeated: true, delivered: 1 });
    });
  });

  describe('while others publish', () => {
    it('gives each message an offset of its own, without gaps', async () => {
      const all = room();
      const published = await Promise.all(
        Array.from({ length: 20 }, (_, index) => all.publish({ ...caption, data: index })),
      );
      const offsets = published.map(({ receipt }) => receipt.offset).sort((a, b) => a - b);
      expect(offsets).to.deep.equal(Array.from({ length: 20 }, (_, index) => index + 1));
      expect((await headOf(all))?.offset).to.equal(20);
    });

    it('with the same ID gives it one, and one publisher is told that it was first', async () => {
      const all = room();
      const published = await Promise.all(Array.from({ length: 5 }, () => all.publish({ ...caption, id: 'a' })));
      expect(published.map(({ receipt }) => receipt.offset)).to.deep.equal([1, 1, 1, 1, 1]);
      expect(published.filter(({ receipt }) => !receipt.repeated)).to.have.length(1);
    });

    it('gives up after 10 s, before its head is too old, and leaves those after it less to walk', async () => {
      const all = room();
      const of = { sessionId, epoch: 1_000_000, channel: 'es' };
      for (let offset = 1; offset <= 30; offset++) {
        const message = { offset, publishedAt: 1_999_000, id: `id-${offset}`, data: offset };
        await all.messageLog.append({ ...of, message, keptUntil: 9_000_000 });
      }
      const { append } = all.messageLog;
      all.messageLog.append = async (change) => {
        all.clock.advance(1000);
        return append(change);
      };
      await refusal(all.publish(caption), 'SERVICE_UNAVAILABLE');
      expect(await headOf(all)).to.deep.include({ offset: 11 });
      expect((await headOf(all))?.recent).to.have.length(11);
      await refusal(all.publish(caption), 'SERVICE_UNAVAILABLE');
      expect((await all.publish(caption)).receipt).to.include({ offset: 31 });
    });
  });
});

import { expect } from 'chai';
import {
  type ChannelHead,
  type ChannelOf,
  MAX_RECENT_IDS,
  type MessageLog,
  type StoredMessage,
} from '../../src/sessions/message-log.ts';
import { collect, sampleSession } from '../support/samples.ts';
import { type Repositories, SESSION_ID, useFixture } from './fixture.ts';

export interface LogRepositories extends Repositories {
  readonly messageLog: MessageLog;
}

const es: ChannelOf = { sessionId: SESSION_ID, epoch: 1_000_000, channel: 'es' };
const all: ChannelOf = { ...es, channel: 'all' };
const earlier: ChannelOf = { ...es, epoch: 500_000 };
const elsewhere: ChannelOf = { ...es, sessionId: 'quiet-river-100' };
const keptUntil = 9_000_000;
const nowMs = 2_000_000;
const message = (offset: number, change: Partial<StoredMessage> = {}): StoredMessage => ({
  offset,
  publishedAt: 1_500_000,
  data: { text: `message ${offset}` },
  ...change,
});

/** What every implementation of `MessageLog` promises. @param setUp over an empty store, for each test */
export function messageLogContract(setUp: () => LogRepositories): void {
  let log: MessageLog;
  const given = useFixture(() => {
    const repositories = setUp();
    log = repositories.messageLog;
    return repositories;
  });

  const put = (stored: StoredMessage, of = es) => log.append({ ...of, message: stored, keptUntil });
  const raise = (offset: number, recent: ChannelHead['recent'] = [], of = es) =>
    log.raiseHead({ ...of, head: { offset, recent }, keptUntil });
  const headOf = async (channel = 'es') => (await log.findSession(SESSION_ID, [channel]))?.heads[channel];
  const held = (after: number, upTo: number, of = es) => collect(log.pages({ ...of, after, upTo, nowMs }));

  describe('findSession', () => {
    it('finds no session where there is none, whatever was published', async () => {
      await put(message(1));
      await raise(1);
      expect(await log.findSession(SESSION_ID, ['es'])).to.equal(undefined);
    });

    it('finds the session with the head of each channel that was asked for, and of no other', async () => {
      await given.createSession();
      await raise(7, [{ id: 'a', offset: 6, at: 5 }]);
      await raise(3, [], all);
      expect(await log.findSession(SESSION_ID, ['es', 'fr'])).to.deep.equal({
        session: sampleSession(),
        heads: { es: { offset: 7, recent: [{ id: 'a', offset: 6, at: 5 }] }, fr: { offset: 0, recent: [] } },
      });
    });

    it('finds the session alone', async () => {
      await given.createSession();
      expect(await log.findSession(SESSION_ID, [])).to.deep.equal({ session: sampleSession(), heads: {} });
    });

    it('finds the heads of every channel at once', async () => {
      await given.createSession();
      const channels = Array.from({ length: 28 }, (_, index) => `channel-${index}`);
      for (const [index, channel] of channels.entries()) {
        await log.raiseHead({ ...es, channel, head: { offset: index + 1, recent: [] }, keptUntil });
      }
      const found = await log.findSession(SESSION_ID, channels);
      expect(channels.map((channel) => found?.heads[channel]?.offset)).to.deep.equal(
        channels.map((_, index) => index + 1),
      );
    });

    it('counts the head of an earlier session of the same ID as none', async () => {
      await raise(7, [{ id: 'a', offset: 7, at: 1 }], earlier);
      await given.createSession();
      expect(await headOf()).to.deep.equal({ offset: 0, recent: [] });
    });
  });

  describe('append', () => {
    it('stores a message as it is, whatever JSON it holds', async () => {
      const values: readonly unknown[] = [
        null,
        false,
        0,
        -1.5e-7,
        12345678901234567890n.toString(),
        '',
        'quotes " and \u2028, 😀, \u0000',
        [],
        {},
        [[], [{}], null],
        { '': 1, 'a.b': { '#c': [1, null, { d: 'e' }] }, type: 'caption', channel: 'fr', offset: 9, epoch: 1, ttl: 2 },
      ];
      for (const [index, data] of values.entries()) {
        const stored = message(index + 1, { data, name: 'caption', id: `id-${index}` });
        expect(await put(stored)).to.equal('stored');
        expect(await log.find({ ...es, offset: index + 1 })).to.deep.equal(stored);
      }
    });

    it('leaves the one that is at the offset already, and says it', async () => {
      await put(message(1, { id: 'a', name: 'caption' }));
      expect(await put(message(1, { id: 'b', data: 'other' }))).to.deep.equal({
        taken: message(1, { id: 'a', name: 'caption' }),
      });
      expect(await put(message(1, { id: 'a', name: 'caption' })), 'the same, by another').to.deep.equal({
        taken: message(1, { id: 'a', name: 'caption' }),
      });
      expect(await held(0, 9)).to.deep.equal([message(1, { id: 'a', name: 'caption' })]);
    });

    it('by many at once stores one', async () => {
      const outcomes = await Promise.all(Array.from({ length: 8 }, (_, index) => put(message(1, { data: index }))));
      expect(outcomes.filter((outcome) => outcome === 'stored')).to.have.length(1);
      const [there] = await held(0, 1);
      for (const outcome of outcomes) if (outcome !== 'stored') expect(outcome).to.deep.equal({ taken: there });
    });

    it('makes what an earlier session of this ID has left give way, and nothing else', async () => {
      await put(message(1, { data: 'earlier' }), earlier);
      expect(await put(message(1, { data: 'now' }))).to.equal('stored');
      expect(await put(message(1, { data: 'late' }), earlier)).to.deep.equal({
        taken: message(1, { data: 'now' }),
      });
      expect(await held(0, 9)).to.deep.equal([message(1, { data: 'now' })]);
    });

    it('stores nothing in another channel, or in another session', async () => {
      await put(message(1));
      expect(await held(0, 9, all)).to.deep.equal([]);
      expect(await held(0, 9, elsewhere)).to.deep.equal([]);
    });

    it('does not raise the head', async () => {
      await given.createSession();
      await put(message(1));
      expect(await headOf()).to.deep.equal({ offset: 0, recent: [] });
    });
  });

  describe('keep', () => {
    it('leaves the message as it is', async () => {
      await put(message(1, { id: 'a', name: 'caption' }));
      expect(await log.keep({ ...es, message: message(1, { id: 'a', name: 'caption' }), keptUntil })).to.equal(true);
      expect(await held(0, 9)).to.deep.equal([message(1, { id: 'a', name: 'caption' })]);
    });

    it('makes nothing, and does not touch another message at the offset', async () => {
      expect(await log.keep({ ...es, message: message(1), keptUntil })).to.equal(false);
      expect(await held(0, 9)).to.deep.equal([]);
      await put(message(1, { publishedAt: 1_600_000, data: 'later' }));
      expect(await log.keep({ ...es, message: message(1), keptUntil })).to.equal(false);
      expect(await log.keep({ ...earlier, message: message(1, { publishedAt: 1_600_000 }), keptUntil })).to.equal(
        false,
      );
      expect(await held(0, 9)).to.deep.equal([message(1, { publishedAt: 1_600_000, data: 'later' })]);
    });
  });

  describe('raiseHead', () => {
    beforeEach(() => given.createSession());

    it('raises it, and never lowers it', async () => {
      await raise(2, [{ id: 'a', offset: 2, at: 1 }]);
      await raise(1, [{ id: 'b', offset: 1, at: 1 }]);
      await raise(2, [{ id: 'c', offset: 2, at: 1 }]);
      expect(await headOf()).to.deep.equal({ offset: 2, recent: [{ id: 'a', offset: 2, at: 1 }] });
      await raise(3);
      expect(await headOf()).to.deep.equal({ offset: 3, recent: [] });
    });

    it(`remembers the last ${MAX_RECENT_IDS} IDs`, async () => {
      const ids = Array.from({ length: MAX_RECENT_IDS + 6 }, (_, index) => ({
        id: `id-${index}`,
        offset: index + 1,
        at: index,
      }));
      await raise(262, ids);
      expect(await headOf()).to.deep.equal({ offset: 262, recent: ids.slice(6) });
    });

    it('begins anew after an earlier session of the same ID, whose late publishers change nothing', async () => {
      await raise(9, [{ id: 'a', offset: 9, at: 1 }], earlier);
      await raise(1);
      await raise(50, [], earlier);
      expect(await headOf()).to.deep.equal({ offset: 1, recent: [] });
    });

    it('by many at once leaves the highest', async () => {
      await Promise.all([3, 8, 1, 5, 2, 7, 4, 6].map((offset) => raise(offset)));
      expect((await headOf())?.offset).to.equal(8);
    });
  });

  describe('find and holds', () => {
    it('look at one message of the session, below and above the head', async () => {
      await put(message(2));
      expect(await log.find({ ...es, offset: 2 })).to.deep.equal(message(2));
      expect(await log.find({ ...es, offset: 1 })).to.equal(undefined);
      expect(await log.find({ ...earlier, offset: 2 })).to.equal(undefined);
      expect(await log.holds({ ...es, offset: 2, notBefore: 1_500_000 })).to.equal(true);
      expect(await log.holds({ ...es, offset: 2, notBefore: 1_500_001 }), 'too old').to.equal(false);
      expect(await log.holds({ ...es, offset: 1, notBefore: 0 })).to.equal(false);
      expect(await log.holds({ ...earlier, offset: 2, notBefore: 0 })).to.equal(false);
    });
  });

  describe('pages', () => {
    it('give the messages of a range in order, without the head', async () => {
      for (const offset of [3, 1, 10, 2, 9]) await put(message(offset));
      await raise(10);
      expect((await held(0, 100)).map(({ offset }) => offset)).to.deep.equal([1, 2, 3, 9, 10]);
      expect(await held(1, 9)).to.deep.equal([message(2), message(3), message(9)]);
      expect(await held(2, 3)).to.deep.equal([message(3)]);
    });

    it('give nothing for a range that is empty, or turned round', async () => {
      await put(message(3));
      expect(await held(3, 3)).to.deep.equal([]);
      expect(await held(5, 2)).to.deep.equal([]);
      expect(await held(3, 9)).to.deep.equal([]);
    });

    it('leave out what an earlier session of this ID has left', async () => {
      await put(message(1, { data: 'earlier' }), earlier);
      await put(message(2));
      expect(await held(0, 9)).to.deep.equal([message(2)]);
    });

    it('leave out what was to be kept until now at the longest, though it is still there', async () => {
      await log.append({ ...es, message: message(1), keptUntil: nowMs });
      await log.append({ ...es, message: message(2), keptUntil: nowMs + 1000 });
      expect(await held(0, 9)).to.deep.equal([message(2)]);
      expect(await log.find({ ...es, offset: 1 })).to.deep.equal(message(1));
    });

    it('give a log of several pages completely', async () => {
      const data = 'x'.repeat(32_000);
      for (let offset = 1; offset <= 80; offset++) await put(message(offset, { data }));
      const pages: number[][] = [];
      for await (const page of log.pages({ ...es, after: 5, upTo: 75, nowMs }))
        pages.push(page.map(({ offset }) => offset));
      expect(pages.flat()).to.deep.equal(Array.from({ length: 70 }, (_, index) => index + 6));
      expect(pages.length).to.be.greaterThan(1);
    });
  });

  describe('deleteAll', () => {
    it('deletes messages and heads of the channels that it names, and of no other session', async () => {
      await given.createSession();
      for (let offset = 1; offset <= 60; offset++) await put(message(offset));
      await put(message(1), all);
      await put(message(1), { ...es, channel: 'fr' });
      await put(message(1), elsewhere);
      await raise(60, [{ id: 'a', offset: 60, at: 1 }]);

      await log.deleteAll({ sessionId: SESSION_ID, channels: ['es', 'all', 'de'] });

      expect(await held(0, 100)).to.deep.equal([]);
      expect(await headOf()).to.deep.equal({ offset: 0, recent: [] });
      expect(await held(0, 9, all)).to.deep.equal([]);
      expect(await held(0, 9, { ...es, channel: 'fr' })).to.deep.equal([message(1)]);
      expect(await held(0, 9, elsewhere)).to.deep.equal([message(1)]);
    });

    it('repeated, or where there is nothing, does nothing', async () => {
      await put(message(1));
      await log.deleteAll({ sessionId: SESSION_ID, channels: ['es'] });
      await log.deleteAll({ sessionId: SESSION_ID, channels: ['es'] });
      await log.deleteAll({ sessionId: SESSION_ID, channels: [] });
      expect(await held(0, 9)).to.deep.equal([]);
    });
  });
}

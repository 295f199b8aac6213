import { expect } from 'chai';
import type { ServerMessage, ServerMessageOf } from '../../src/protocol/index.ts';
import { sampleListener, sampleSession } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const sessionId = 'faithful-shepherd-427';
const replay = (...channels: { channel: string; after: number; upTo: number }[]) =>
  ({ task: 'replay', sessionId, connectionId: 'listener-1', epoch: 1_000_000, notBefore: 0, channels }) as const;
const offsets = (sent: readonly { message: ServerMessage }[], channel: string) =>
  sent.flatMap(({ message }) => (message.type === 'message' && message.channel === channel ? [message.offset] : []));

/** A listener, and a log of five messages in Spanish and three for all. */
async function room(options: SetUp = {}) {
  const all = setUp({ sessions: [sampleSession()], connections: [sampleListener()], ...options });
  for (let index = 1; index <= 5; index++) await all.publish({ sessionId, to: 'es', name: 'caption', data: index });
  for (let index = 1; index <= 3; index++) await all.publish({ sessionId, to: 'all', data: index });
  const live = all.sent.splice(0).map(({ message }) => message as ServerMessageOf<'message'>);
  return { ...all, live };
}

describe('replay', () => {
  it('sends one connection what it has missed of each channel, in order, as it was sent to the others', async () => {
    const { deliver, sent, live } = await room({ pageSize: 2 });
    const task = replay({ channel: 'es', after: 2, upTo: 5 }, { channel: 'all', after: 0, upTo: 2 });
    expect(await deliver(task)).to.deep.equal({ delivered: 5, gone: 0, failed: 0 });
    expect(offsets(sent, 'es')).to.deep.equal([3, 4, 5]);
    expect(offsets(sent, 'all')).to.deep.equal([1, 2]);
    for (const { to, message } of sent) {
      expect(to).to.equal('listener-1');
      const { channel, offset } = message as ServerMessageOf<'message'>;
      expect(message).to.deep.equal(live.find((one) => one.channel === channel && one.offset === offset));
    }
  });

  it('leaves out what is too old to be held, and is only not deleted yet', async () => {
    const { deliver, sent, publish, clock } = await room();
    clock.advance(1);
    await publish({ sessionId, to: 'es', data: 6 });
    sent.length = 0;
    await deliver({ ...replay({ channel: 'es', after: 0, upTo: 6 }), notBefore: 2_000_001 });
    expect(offsets(sent, 'es')).to.deep.equal([6]);
  });

  it('sends nothing that was to be kept until now at the longest, though it is still there', async () => {
    const { deliver, sent, clock, publish } = await room();
    clock.advance(180_000);
    await publish({ sessionId, to: 'es', data: 'now' });
    sent.length = 0;
    const task = replay({ channel: 'es', after: 0, upTo: 6 }, { channel: 'all', after: 0, upTo: 3 });
    expect(await deliver(task)).to.deep.equal({ delivered: 1, gone: 0, failed: 0 });
    expect(offsets(sent, 'es')).to.deep.equal([6]);
  });

  it('waits for each post of a channel before the next', async () => {
    const { deliver, push } = await room();
    const { fanOut } = push;
    const running = new Map<string, number>();
    push.fanOut = async (ids, message, budgetMs) => {
      const { channel } = message as ServerMessageOf<'message'>;
      expect(running.get(channel) ?? 0, channel).to.equal(0);
      running.set(channel, 1);
      await new Promise(setImmediate);
      running.set(channel, 0);
      return fanOut(ids, message, budgetMs);
    };
    const outcome = await deliver(replay({ channel: 'es', after: 0, upTo: 5 }, { channel: 'all', after: 0, upTo: 3 }));
    expect(outcome.delivered).to.equal(8);
  });

  it('ends a channel at the first post that fails: the client asks again for the rest', async () => {
    const { deliver, push, sent } = await room();
    const { fanOut } = push;
    push.fanOut = async (ids, message, budgetMs) =>
      (message as ServerMessageOf<'message'>).offset === 3
        ? { delivered: [], gone: [], failed: ids }
        : fanOut(ids, message, budgetMs);
    expect(await deliver(replay({ channel: 'es', after: 0, upTo: 5 }))).to.deep.equal({
      delivered: 2,
      gone: 0,
      failed: 1,
    });
    expect(offsets(sent, 'es')).to.deep.equal([1, 2]);
  });

  it('ends when the connection is gone, whose place is left to others', async () => {
    const { deliver, push, sent, places } = await room();
    push.drop('listener-1');
    const task = replay({ channel: 'es', after: 0, upTo: 5 });
    expect(await deliver(task)).to.deep.equal({ delivered: 0, gone: 1, failed: 0 });
    expect(sent).to.deep.equal([]);
    expect(places().taken).to.equal(1);
  });

  it('starts no post after 8 s', async () => {
    const { deliver, push, clock } = await room();
    const { fanOut } = push;
    const budgets: (number | undefined)[] = [];
    push.fanOut = async (ids, message, budgetMs) => {
      budgets.push(budgetMs);
      const report = await fanOut(ids, message, budgetMs);
      clock.advance(3000);
      return report;
    };
    expect(await deliver(replay({ channel: 'es', after: 0, upTo: 5 }))).to.deep.equal({
      delivered: 3,
      gone: 0,
      failed: 1,
    });
    expect(budgets).to.deep.equal([8000, 5000, 2000, -1000]);
  });

  it('sends nothing of an earlier session of the same ID, and nothing that is not held any more', async () => {
    const { deliver, sent, clock, tables } = await room();
    await deliver({ ...replay({ channel: 'es', after: 0, upTo: 5 }), epoch: 500_000 });
    expect(sent).to.deep.equal([]);
    clock.advance(200_000);
    tables.expire(clock.nowMs());
    expect(await deliver(replay({ channel: 'es', after: 0, upTo: 5 }))).to.deep.equal({
      delivered: 0,
      gone: 0,
      failed: 0,
    });
  });

  it('fails when the log cannot be read, to be run again', async () => {
    const { deliver, messageLog } = await room();
    messageLog.pages = () => {
      throw new Error('throttled');
    };
    const error = await deliver(replay({ channel: 'es', after: 0, upTo: 5 })).catch((reason: Error) => reason);
    expect(error).to.have.property('message', 'throttled');
  });
});

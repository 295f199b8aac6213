import { expect } from 'chai';
import type { ServerMessage } from '../../src/protocol/index.ts';
import { listedIds, sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const sessionId = 'faithful-shepherd-427';
const message = {
  type: 'message',
  channel: 'es',
  epoch: 1_000_000,
  offset: 7,
  publishedAt: 2_000_000,
  data: 'hola',
} as const;
const to = (channel: string, change: object = {}) =>
  ({
    task: 'deliverMessage',
    sessionId,
    message: { ...message, channel, ...change },
    retryUntil: 2_010_000,
  }) as const;
const nameOf = (index: number) => `l-${String(index).padStart(5, '0')}`;

/** A session with two listeners of each of two languages, and its speaker. */
const room = (options: SetUp = {}) =>
  setUp({
    sessions: [sampleSession({ capacity: 20_000 })],
    connections: [
      sampleSpeaker(),
      ...['es', 'es', 'fr', 'es-MX'].map((targetLanguage, index) =>
        sampleListener({ connectionId: nameOf(index), targetLanguage, placeShard: `1000000#${index % 2}` }),
      ),
    ],
    ...options,
  });
const receivers = (sent: readonly { to: string; message: ServerMessage }[]) => sent.map((one) => one.to).sort();

describe('deliverMessage', () => {
  it('sends a message to the listeners of its language, and to nobody else', async () => {
    const { deliver, sent, meter } = room();
    expect(await deliver(to('es'))).to.deep.equal({ delivered: 2, gone: 0, failed: 0 });
    expect(sent).to.deep.equal([0, 1].map((index) => ({ to: nameOf(index), message })));
    expect(meter.figures).to.deep.equal([['fanOut', { delivered: 2, gone: 0, failed: 0 }]]);
  });

  it('sends what is for all to every listener and to the speaker', async () => {
    const { deliver, sent } = room();
    expect(await deliver(to('all'))).to.deep.equal({ delivered: 5, gone: 0, failed: 0 });
    expect(receivers(sent)).to.deep.equal([...[0, 1, 2, 3].map(nameOf), 'speaker-1']);
  });

  it('sends what is for the speaker to the connection that has the session now', async () => {
    const { deliver, sent, tables, push } = room();
    tables.putSession({ session: sampleSession({ speakerConnectionId: 'speaker-2' }) });
    push.open('speaker-2');
    expect(await deliver(to('speaker'))).to.deep.equal({ delivered: 1, gone: 0, failed: 0 });
    expect(receivers(sent)).to.deep.equal(['speaker-2']);
  });

  it('has nobody to send it to in a language that nobody hears, or while the speaker is lost', async () => {
    const { speakerConnectionId: _, ...lost } = sampleSession({ state: 'interrupted', interruptedAt: 1_999_000 });
    const { deliver, sent } = room({ sessions: [lost], connections: [] });
    for (const channel of ['de', 'speaker', 'all']) {
      expect(await deliver(to(channel)), channel).to.deep.equal({ delivered: 0, gone: 0, failed: 0 });
    }
    expect(sent).to.deep.equal([]);
  });

  it('sends the speaker of a later session of the same ID nothing', async () => {
    const { deliver, sent } = room();
    expect(await deliver(to('speaker', { epoch: 500_000 }))).to.deep.equal({ delivered: 0, gone: 0, failed: 0 });
    expect(sent).to.deep.equal([]);
  });

  it('takes the place of listeners who are gone, and leaves the speaker its role', async () => {
    const { deliver, push, places, connections, connection } = room();
    push.drop(nameOf(1));
    push.drop('speaker-1');
    push.failing.add(nameOf(2));
    expect(await deliver(to('all'))).to.deep.equal({ delivered: 2, gone: 2, failed: 1 });
    expect(places().taken).to.equal(3);
    expect(await listedIds(connections, sessionId)).to.have.members([0, 2, 3].map(nameOf));
    expect(connection('speaker-1')).to.not.equal(undefined);
  });

  it('says what became of the message although places cannot be given back now', async () => {
    const { deliver, push, sessions, places } = room();
    push.drop(nameOf(0));
    sessions.removeListeners = () => Promise.reject(new Error('throttled'));
    expect(await deliver(to('es'))).to.deep.equal({ delivered: 1, gone: 1, failed: 0 });
    expect(places().taken).to.equal(4);
  });

  describe('in time', () => {
    it('gives every post until the message is too old', async () => {
      const { deliver, push, clock } = room();
      const budgets: (number | undefined)[] = [];
      const { fanOut } = push;
      push.fanOut = async (ids, frame, budgetMs) => {
        budgets.push(budgetMs);
        return fanOut(ids, frame, budgetMs);
      };
      clock.advance(2500);
      await deliver(to('es'));
      await deliver(to('speaker'));
      await deliver(to('all'));
      expect(budgets).to.deep.equal([7500, 7500, 7500, 7500]);
    });

    it('too late, sends nothing, and says that nobody took it', async () => {
      const { deliver, clock, sent, places } = room();
      clock.advance(10_000);
      expect(await deliver(to('all'))).to.deep.equal({ delivered: 0, gone: 0, failed: 5 });
      expect(sent).to.deep.equal([]);
      expect(places().taken).to.equal(4);
    });
  });

  it('says when the last of all deliveries was', async () => {
    const { deliver, push, clock } = room();
    push.fanOut = async (ids) => ({
      delivered: ids,
      gone: [],
      failed: [],
      lastDeliveredMs: ids.includes('speaker-1') ? 40 : 70,
    });
    clock.advance(500);
    expect(await deliver(to('all'))).to.deep.equal({
      delivered: 5,
      gone: 0,
      failed: 0,
      lastDeliveredAt: 2_000_570,
    });
  });

  describe('of a large session', () => {
    const listeners = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        sampleListener({ connectionId: nameOf(index), placeShard: `1000000#${index % 2}` }),
      );

    it('shares it out in thousands, each with the time that is left, up to ten at once', async () => {
      const { deliver, deliverer, sent } = room({ connections: listeners(10_500) });
      const { run } = deliverer;
      const shares: unknown[] = [];
      let running = 0;
      let most = 0;
      deliverer.run = async (task) => {
        most = Math.max(most, ++running);
        if (task.task === 'notifyShare') shares.push([task.listeners.length, task.retryUntil, task.remove]);
        await new Promise(setImmediate);
        const outcome = await run(task);
        running--;
        return outcome;
      };
      expect(await deliver(to('es'))).to.deep.equal({ delivered: 10_500, gone: 0, failed: 0 });
      expect(shares).to.deep.equal(Array.from({ length: 10 }, () => [1000, 2_010_000, false]));
      expect(most).to.equal(10);
      expect(new Set(receivers(sent)).size).to.equal(10_500);
    });

    it('fails when a share fails, for its numbers are not known; all others are delivered', async () => {
      const { deliver, deliverer, sent } = room({ connections: [...listeners(2500), sampleSpeaker()] });
      const { run } = deliverer;
      let shares = 0;
      deliverer.run = async (task) => {
        if (++shares === 1) throw new Error('The function deliverer failed: Unhandled');
        return run(task);
      };
      const error = await deliver(to('all')).catch((reason: Error) => reason);
      expect(error).to.have.property('message', 'The function deliverer failed: Unhandled');
      expect(sent).to.have.length(1501);
    });
  });
});

import { expect } from 'chai';
import type { Listener } from '../../src/sessions/index.ts';
import { listedIds, sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const message = {
  type: 'sessionResumed',
  sessionId: id,
  state: 'active',
  revision: 3,
  broadcastState: { paused: false, muted: false, volume: 1 },
} as const;
const toListeners = { task: 'notifyListeners', sessionId: id, message } as const;
const nameOf = (index: number) => `l-${String(index).padStart(5, '0')}`;

/** A session with so many listeners, over two shards. */
function room(count: number, options: SetUp = {}) {
  const all = setUp({
    sessions: [sampleSession({ capacity: 20_000 })],
    connections: Array.from({ length: count }, (_, index) =>
      sampleListener({ connectionId: nameOf(index), placeShard: `1000000#${index % 2}` }),
    ),
    ...options,
  });
  const shares: number[] = [];
  const { run } = all.deliverer;
  all.deliverer.run = async (task) => {
    if (task.task === 'notifyShare') shares.push(task.listeners.length);
    return run(task);
  };
  return { ...all, shares };
}
const listenersOf = (...indexes: number[]): Listener[] =>
  indexes.map((index) => ({
    connectionId: nameOf(index),
    targetLanguage: 'es',
    placeShard: `1000000#${index % 2}`,
  }));

describe('notifyListeners', () => {
  it('sends the message to every listener of the session once', async () => {
    const { deliver, sent, shares, meter } = room(3);
    expect(await deliver(toListeners)).to.deep.equal({ delivered: 3, gone: 0, failed: 0 });
    expect(sent).to.deep.equal([0, 1, 2].map((index) => ({ to: nameOf(index), message })));
    expect(shares, 'in this invocation').to.deep.equal([]);
    expect(meter.figures).to.deep.equal([['fanOut', { delivered: 3, gone: 0, failed: 0 }]]);
  });

  it('does nothing in a session without listeners', async () => {
    const { deliver, sent } = room(0);
    expect(await deliver(toListeners)).to.deep.equal({ delivered: 0, gone: 0, failed: 0 });
    expect(sent).to.deep.equal([]);
  });

  it('tells no speaker, and no listener of another session', async () => {
    const { deliver, sent } = room(0, {
      sessions: [sampleSession(), sampleSession({ sessionId: 'radiant-olive-100' })],
      connections: [sampleSpeaker(), sampleListener({ sessionId: 'radiant-olive-100' })],
    });
    await deliver(toListeners);
    expect(sent).to.deep.equal([]);
  });

  it('takes the place of those who turn out to be gone, and leaves the others theirs', async () => {
    const { deliver, push, places, connections } = room(3);
    push.drop(nameOf(1));
    push.failing.add(nameOf(2));
    expect(await deliver(toListeners)).to.deep.equal({ delivered: 1, gone: 1, failed: 1 });
    expect(places()).to.deep.equal({ taken: 2, joins: 3, languages: { es: 2 } });
    expect(await listedIds(connections, id)).to.deep.equal([nameOf(0), nameOf(2)]);
  });

  describe('shares a large session out in thousands', () => {
    for (const [count, expected] of [
      [1000, []],
      [1001, [1000]],
      [2000, [1000]],
      [2001, [1000, 1000]],
      [10_000, Array<number>(9).fill(1000)],
    ] as const) {
      it(`${count}: ${expected.length} further invocations, and the rest here`, async () => {
        const { deliver, sent, shares } = room(count);
        expect(await deliver(toListeners)).to.deep.equal({ delivered: count, gone: 0, failed: 0 });
        expect(shares).to.deep.equal(expected);
        expect(new Set(sent.map(({ to }) => to)).size).to.equal(count);
      });
    }

    it('however the index is paged', async () => {
      const { deliver, sent, shares } = room(2500, { pageSize: 700 });
      await deliver(toListeners);
      expect(shares).to.deep.equal([1000, 1000]);
      expect(new Set(sent.map(({ to }) => to)).size).to.equal(2500);
    });

    it('at most five at once', async () => {
      const { deliver, deliverer } = room(10_000);
      const { run } = deliverer;
      let running = 0;
      let most = 0;
      deliverer.run = async (task) => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        const outcome = await run(task);
        running--;
        return outcome;
      };
      await deliver(toListeners);
      expect(most).to.equal(5);
    });

    it('and fails, to be repeated, when one share fails: all others are delivered', async () => {
      const { deliver, deliverer, sent } = room(3500);
      const { run } = deliverer;
      let shares = 0;
      deliverer.run = async (task) => {
        if (++shares === 2) throw new Error('The function deliverer failed: Unhandled');
        return run(task);
      };
      const error = await deliver(toListeners).catch((reason: Error) => reason);
      expect(error).to.have.property('message', 'The function deliverer failed: Unhandled');
      expect(sent).to.have.length(2500);
    });
  });
});

describe('notifyShare', () => {
  const share = { task: 'notifyShare', sessionId: id, message, remove: false } as const;

  it('sends to the listeners that it names, and to no other', async () => {
    const { deliver, sent, places } = room(4);
    expect(await deliver({ ...share, listeners: listenersOf(1, 3) })).to.deep.equal({
      delivered: 2,
      gone: 0,
      failed: 0,
    });
    expect(sent.map(({ to }) => to)).to.deep.equal([nameOf(1), nameOf(3)]);
    expect(places().taken).to.equal(4);
  });

  it('removes those who were notified or are gone, if told, in transactions of at most 99', async () => {
    const { deliver, sessions, push, places, tables } = room(500);
    const sizes: number[] = [];
    const { removeListeners } = sessions;
    sessions.removeListeners = async (change) => {
      sizes.push(change.listeners.length);
      return removeListeners(change);
    };
    push.drop(nameOf(0));
    push.failing.add(nameOf(1));
    const listeners = listenersOf(...Array.from({ length: 500 }, (_, index) => index));
    const outcome = await deliver({ ...share, remove: true, listeners });
    expect(outcome).to.deep.equal({ delivered: 498, gone: 1, failed: 1 });
    expect(sizes.sort((a, b) => b - a)).to.deep.equal([99, 99, 99, 99, 52, 51]);
    expect([...tables.connections.keys()]).to.deep.equal([nameOf(1)]);
    expect(places().taken).to.equal(1);
  });

  it('run twice takes no place twice', async () => {
    const { deliver, places } = room(4);
    const task = { ...share, remove: true, listeners: listenersOf(0, 1) };
    await deliver(task);
    expect(await deliver(task)).to.include({ delivered: 2 });
    expect(places()).to.deep.equal({ taken: 2, joins: 4, languages: { es: 2 } });
  });

  it('leaves a listener its place who has changed the language meanwhile', async () => {
    const { deliver, sessions, connection, places } = room(1);
    const listener = sampleListener({ connectionId: nameOf(0) });
    await sessions.changeLanguage({ listener, targetLanguage: 'fr', changedAt: 2_000_000 });
    await deliver({ ...share, remove: true, listeners: listenersOf(0) });
    expect(connection(nameOf(0))).to.include({ targetLanguage: 'fr' });
    expect(places().taken).to.equal(1);
  });
});

describe('notifyConnection', () => {
  const replaced = { type: 'speakerReplaced', sessionId: id, revision: 2 } as const;
  const task = { task: 'notifyConnection', connectionId: 'speaker-1', message: replaced } as const;
  const open = () => setUp({ sessions: [sampleSession()], connections: [sampleSpeaker()] });

  it('sends one message to one connection', async () => {
    const { deliver, sent, closed } = open();
    expect(await deliver(task)).to.deep.equal({ delivered: 1, gone: 0, failed: 0 });
    expect(sent).to.deep.equal([{ to: 'speaker-1', message: replaced }]);
    expect(closed).to.deep.equal([]);
  });

  it('closes it afterwards, if told', async () => {
    const { deliver, sent, closed } = open();
    await deliver({ ...task, close: true });
    expect(sent).to.have.length(1);
    expect(closed).to.deep.equal(['speaker-1']);
  });

  it('closes it even if it does not take the message', async () => {
    const { deliver, push, closed } = open();
    push.failing.add('speaker-1');
    expect(await deliver({ ...task, close: true })).to.deep.equal({ delivered: 0, gone: 0, failed: 1 });
    expect(closed).to.deep.equal(['speaker-1']);
  });

  it('does nothing to one that is gone', async () => {
    const { deliver, push, closed } = open();
    push.drop('speaker-1');
    expect(await deliver({ ...task, close: true })).to.deep.equal({ delivered: 0, gone: 1, failed: 0 });
    expect(closed).to.deep.equal([]);
  });
});

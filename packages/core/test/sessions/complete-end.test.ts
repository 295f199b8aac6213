import { expect } from 'chai';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const task = { task: 'completeEnd', sessionId: id, createdAt: 1_000_000 } as const;
const ended = sampleSession({
  state: 'ended',
  endedAt: 1_999_000,
  endReason: 'expired',
  revision: 2,
  capacity: 20_000,
});
const listeners = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    sampleListener({ connectionId: `l-${index}`, placeShard: `1000000#${index % 2}` }),
  );
const room = (options: SetUp = {}) =>
  setUp({ sessions: [ended], connections: [sampleSpeaker(), ...listeners(3)], ...options });
const message = { type: 'sessionEnded', sessionId: id, revision: 2, reason: 'expired' } as const;

/** How often each connection was told of the end. */
const told = (sent: readonly { to: string }[]) => {
  const counts: Record<string, number> = {};
  for (const { to } of sent) counts[to] = (counts[to] ?? 0) + 1;
  return counts;
};

describe('completeEnd', () => {
  it('closes the places, tells and removes everybody, and notes that the end is complete', async () => {
    const { deliver, session, sent, tables, sessions, stream } = room();

    expect(await deliver(task)).to.deep.equal({ delivered: 4, gone: 0, failed: 0 });

    expect(sent).to.deep.equal(['speaker-1', 'l-0', 'l-1', 'l-2'].map((to) => ({ to, message })));
    expect(tables.connections.size).to.equal(0);
    const { speakerConnectionId: _, ...rest } = ended;
    expect(session()).to.deep.equal({ ...rest, endCompletedAt: 2_000_050, revision: 3 });
    const shards = (await sessions.findWithPlaces(id))?.shards ?? [];
    for (const shard of shards) expect(shard).to.deep.include({ taken: 0, languages: {}, closedAt: 1_999_000 });
    const closedFirst = stream.slice(0, 2).map(({ change }) => change?.kind);
    expect(closedFirst, 'nobody can come in any more when the first is told').to.deep.equal(['places', 'places']);
  });

  it('of a session without listeners is complete at once', async () => {
    const { deliver, session, slept } = room({ connections: [] });
    await deliver(task);
    expect(session()?.endCompletedAt).to.equal(2_000_000);
    expect(slept).to.deep.equal([]);
  });

  it('does not tell the speaker who asked for it, and leaves its connection to ask again', async () => {
    const { deliver, typesTo, connection, session } = room({ sessions: [{ ...ended, endReason: 'speakerEnded' }] });
    await deliver(task);
    expect(typesTo('speaker-1')).to.deep.equal([]);
    expect(typesTo('l-0')).to.deep.equal(['sessionEnded']);
    expect(connection('speaker-1')).to.not.equal(undefined);
    expect(session()).to.have.property('endCompletedAt');
  });

  it('completes although the speaker cannot be told now, who learns of it from the next heartbeat', async () => {
    const { deliver, push, session, connection, recordHeartbeat, clock } = room();
    push.failing.add('speaker-1');
    expect(await deliver(task)).to.deep.equal({ delivered: 3, gone: 0, failed: 1 });
    expect(session()).to.have.property('endCompletedAt');
    expect(connection('speaker-1')).to.not.equal(undefined);
    clock.advance(30_000);
    const ack = await recordHeartbeat({ connectionId: 'speaker-1', connectedAt: 1_000_000 });
    expect(ack).to.include({ state: 'ended', reason: 'expired' });
  });

  it('counts listeners who are gone, and removes them', async () => {
    const { deliver, push, tables, session } = room();
    push.drop('l-1');
    expect(await deliver(task)).to.deep.equal({ delivered: 3, gone: 1, failed: 0 });
    expect(tables.connections.size).to.equal(0);
    expect(session()).to.have.property('endCompletedAt');
  });

  describe('deletes what was published', () => {
    const publishBefore = async (all: ReturnType<typeof room>) => {
      for (const channel of ['es', 'all', 'speaker']) {
        const of = { sessionId: id, epoch: 1_000_000, channel };
        const first = { offset: 1, publishedAt: 1_990_000, data: channel };
        await all.messageLog.append({ ...of, message: first, keptUntil: 9_000_000 });
        await all.messageLog.raiseHead({ ...of, head: { offset: 1, recent: [] }, keptUntil: 9_000_000 });
      }
    };

    it('in all channels, before it notes that the end is complete', async () => {
      const all = room();
      await publishBefore(all);
      const { completeEnd } = all.sessions;
      let left: number | undefined;
      all.sessions.completeEnd = async (change) => {
        left = all.tables.channels.size;
        return completeEnd(change);
      };
      await all.deliver(task);
      expect(left).to.equal(0);
      expect(all.session()).to.have.property('endCompletedAt');
    });

    it('or does not note it, and goes on in the next run', async () => {
      const all = room();
      await publishBefore(all);
      const { deleteAll } = all.messageLog;
      all.messageLog.deleteAll = () => Promise.reject(new Error('throttled'));
      const error = await all.deliver(task).catch((reason: Error) => reason);
      expect(error).to.have.property('message', 'throttled');
      expect(all.session()).to.not.have.property('endCompletedAt');
      all.messageLog.deleteAll = deleteAll;
      await all.deliver(task);
      expect(all.tables.channels.size).to.equal(0);
      expect(all.session()).to.have.property('endCompletedAt');
    });
  });

  for (const [what, sessions] of [
    ['has not ended', [sampleSession()]],
    ['is no more', []],
    ['is a later one of the same ID', [{ ...ended, createdAt: 1_500_000 }]],
    ['is over completely', [{ ...ended, endCompletedAt: 1_999_500 }]],
  ] as const) {
    it(`does nothing when the session ${what}`, async () => {
      const { deliver, sent, stream, tables } = room({ sessions, connections: [sampleSpeaker()] });
      expect(await deliver(task)).to.deep.equal({ delivered: 0, gone: 0, failed: 0 });
      expect(sent).to.deep.equal([]);
      expect(stream).to.deep.equal([]);
      expect(tables.connections.size).to.equal(1);
    });
  }

  it('tells 2,500 listeners once each, in shares of a thousand', async () => {
    const { deliver, sent, tables, session, deliverer } = room({ connections: listeners(2500) });
    const shares: number[] = [];
    const { run } = deliverer;
    deliverer.run = (share) => {
      if (share.task === 'notifyShare') shares.push(share.listeners.length);
      return run(share);
    };
    expect(await deliver(task)).to.deep.equal({ delivered: 2500, gone: 0, failed: 0 });
    expect(shares).to.deep.equal([1000, 1000]);
    expect(new Set(Object.values(told(sent)))).to.deep.equal(new Set([1]));
    expect(tables.connections.size).to.equal(0);
    expect(session()).to.have.property('endCompletedAt');
  });

  describe('run again', () => {
    it('after it is complete tells nobody a second time', async () => {
      const { deliver, sent, session } = room();
      await deliver(task);
      const before = session();
      await deliver(task);
      expect(told(sent)).to.deep.equal({ 'speaker-1': 1, 'l-0': 1, 'l-1': 1, 'l-2': 1 });
      expect(session()).to.deep.equal(before);
    });

    it('goes on where a run was killed, whenever that was', async () => {
      let wasKilled = true;
      for (let stopAt = 1; wasKilled; stopAt++) {
        const all = room();
        let steps = 0;
        let isFirstRun = true;
        const killable = <T extends object>(port: T): void => {
          for (const [name, method] of Object.entries(port)) {
            if (typeof method !== 'function' || name === 'listenerPages') continue;
            Object.assign(port, {
              [name]: async (...args: unknown[]) => {
                if (isFirstRun && ++steps === stopAt) throw new Error('killed');
                return method(...args);
              },
            });
          }
        };
        killable(all.sessions);
        killable(all.push);
        killable(all.messageLog);
        await all.deliver(task).catch(() => {});
        wasKilled = steps >= stopAt;
        isFirstRun = false;
        await all.deliver(task);
        expect(all.session(), `killed at step ${stopAt}`).to.have.property('endCompletedAt');
        expect(all.tables.connections.size).to.equal(0);
        expect(Object.keys(told(all.sent)).sort()).to.deep.equal(['l-0', 'l-1', 'l-2', 'speaker-1']);
      }
    });

    it('beside itself completes once, and counts every place once', async () => {
      const { deliver, session, places, tables } = room();
      await Promise.all([deliver(task), deliver(task), deliver(task)]);
      expect(session()).to.include({ revision: 3 });
      expect(places()).to.deep.equal({ taken: 0, joins: 3, languages: {} });
      expect(tables.connections.size).to.equal(0);
    });
  });

  describe('while the index lags behind', () => {
    it('asks again until no place is taken, with growing pauses', async () => {
      let queries = 0;
      const all = room({ connections: [], isBehind: () => queries < 3 });
      for (const listener of listeners(2)) await all.sessions.takePlace(listener);
      for (const { connectionId } of listeners(2)) all.push.open(connectionId);
      const { listenerPages } = all.connections;
      all.connections.listenerPages = (sessionId) => {
        queries++;
        return listenerPages(sessionId);
      };
      await all.deliver(task);
      expect(all.slept).to.deep.equal([50, 200, 750]);
      expect(told(all.sent)).to.deep.equal({ 'l-0': 1, 'l-1': 1 });
      expect(all.session()).to.have.property('endCompletedAt');
    });

    it('leaves the rest to the sweeper after the last pause', async () => {
      let isBehind = true;
      const all = room({ connections: [], isBehind: () => isBehind });
      await all.sessions.takePlace(sampleListener());
      await all.deliver(task);
      expect(all.slept).to.deep.equal([50, 200, 750, 1500]);
      expect(all.session()).to.not.have.property('endCompletedAt');
      isBehind = false;
      all.clock.advance(90_000);
      await all.sweep();
      expect(all.deliverer.accepted).to.deep.equal([task]);
    });
  });

  it('posts again to those who did not take the message, and leaves the rest to the sweeper', async () => {
    const { deliver, push, session, places, slept } = room({ connections: listeners(2) });
    push.failing.add('l-1');
    expect(await deliver(task)).to.deep.equal({ delivered: 1, gone: 0, failed: 5 });
    expect(session()).to.not.have.property('endCompletedAt');
    expect(places().taken).to.equal(1);
    expect(slept).to.deep.equal([50, 200, 750, 1500]);
    push.failing.clear();
    expect(await deliver(task)).to.deep.equal({ delivered: 1, gone: 0, failed: 0 });
    expect(session()).to.have.property('endCompletedAt');
  });

  it('lets a listener who leaves at that moment give its place back once', async () => {
    const { deliver, disconnect, push, places, session } = room();
    const { fanOut } = push;
    push.fanOut = async (ids, notification) => {
      const report = await fanOut(ids, notification);
      await disconnect('l-0', 1001);
      return report;
    };
    await deliver(task);
    expect(places()).to.deep.equal({ taken: 0, joins: 3, languages: {} });
    expect(session()).to.have.property('endCompletedAt');
  });
});

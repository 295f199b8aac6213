import { expect } from 'chai';
import {
  createMemoryConnectionRepository,
  createMemoryGateway,
  createMemorySessionRepository,
  createMemoryTables,
  type IsBehind,
  type MemoryChange,
  toSessionsTableChange,
} from '../../src/memory/index.ts';
import { fakeClock } from '../support/clock.ts';
import { collect, sampleListener, sampleSession, sampleShards, sampleSpeaker } from '../support/samples.ts';

describe('The tables in memory', () => {
  async function setUp(isBehind?: IsBehind) {
    const changes: MemoryChange[] = [];
    const tables = createMemoryTables({ onChange: (change) => void changes.push(change), indexHistory: 10 });
    const sessions = createMemorySessionRepository(tables);
    const connections = createMemoryConnectionRepository(tables, isBehind && { isBehind });
    await sessions.create({ session: sampleSession(), shards: sampleShards(), speaker: sampleSpeaker() });
    return { tables, sessions, connections, changes };
  }
  const listed = async ({ connections }: Awaited<ReturnType<typeof setUp>>) =>
    (await collect(connections.listenerPages('faithful-shepherd-427'))).map(({ connectionId }) => connectionId);

  it('say every write to a session or a shard, with what was before and is after', async () => {
    const { sessions, changes } = await setUp();
    await sessions.takePlace(sampleListener());
    await sessions.end({
      sessionId: 'faithful-shepherd-427',
      endedAt: 2_000_000,
      endReason: 'expired',
      only: { createdAt: 1_000_000 },
    });

    expect(changes.map(({ part }) => part)).to.deep.equal(['session', 'places', 'places', 'places', 'session']);
    expect(changes[3]).to.deep.include({ before: sampleShards()[0] });
    expect(changes.map(toSessionsTableChange).at(-1)).to.deep.equal({
      kind: 'session',
      before: sampleSession(),
      after: await sessions.find('faithful-shepherd-427'),
    });
    expect(toSessionsTableChange(changes[3] as MemoryChange)).to.deep.equal({
      kind: 'places',
      sessionId: 'faithful-shepherd-427',
      createdAt: 1_000_000,
    });
  });

  it('leave what a reader has as it was', async () => {
    const { sessions } = await setUp();
    const before = await sessions.findWithPlaces('faithful-shepherd-427');
    await sessions.takePlace(sampleListener());

    expect(before?.shards).to.deep.equal(sampleShards());
  });

  it('give a page of the index from before the latest changes, those of one entry in order', async () => {
    const behind = new Set<string>();
    const world = await setUp((change) => behind.has(change.key));
    await world.sessions.takePlace(sampleListener({ connectionId: 'listener-1' }));
    await world.sessions.takePlace(sampleListener({ connectionId: 'listener-2' }));
    expect(await listed(world)).to.deep.equal(['listener-1', 'listener-2']);

    behind.add('listener-2');
    expect(await listed(world)).to.deep.equal(['listener-1']);
    await world.sessions.releasePlace(sampleListener({ connectionId: 'listener-1' }));
    expect(await listed(world)).to.deep.equal([]);
    behind.add('listener-1');
    behind.delete('listener-2');
    // Neither the removal nor, before that, the join of the first one is seen.
    expect(await listed(world)).to.deep.equal(['listener-2']);
  });

  it('delete a session and its shards once their time is over, and say so', async () => {
    const { tables, sessions, changes } = await setUp();
    const only = { createdAt: 1_000_000 };
    await sessions.end({ sessionId: 'faithful-shepherd-427', endedAt: 2_000_000, endReason: 'expired', only });
    for (const { placeShard } of sampleShards()) {
      await sessions.closeShard({ sessionId: 'faithful-shepherd-427', placeShard, closedAt: 2_000_000 });
    }
    const sessionWithPlaces = await sessions.findWithPlaces('faithful-shepherd-427');
    if (sessionWithPlaces === undefined) throw new Error('There is no session');
    await sessions.completeEnd({ sessionWithPlaces, completedAt: 2_000_000 });

    tables.expire(2_000_000 + 86_400_000);
    expect(await sessions.find('faithful-shepherd-427')).to.not.equal(undefined);
    tables.expire(2_001_001 + 86_400_000);
    expect(await sessions.find('faithful-shepherd-427')).to.equal(undefined);
    expect(changes.slice(-3).map(toSessionsTableChange)).to.deep.equal([undefined, undefined, undefined]);
  });
});

describe('The gateway in memory', () => {
  const message = { type: 'connectionWarning', remainingSeconds: 60 } as const;

  it('delivers to sockets that are open, and tells those that are gone from those that fail', async () => {
    const received: string[] = [];
    const gateway = createMemoryGateway({ clock: fakeClock(), onMessage: (to) => void received.push(to) });
    for (const connectionId of ['A', 'B', 'C']) gateway.open(connectionId);
    gateway.drop('B');
    gateway.failing.add('C');

    const report = await gateway.fanOut(['A', 'B', 'C'], message);

    expect(report).to.deep.equal({ delivered: ['A'], gone: ['B'], failed: ['C'] });
    expect(received).to.deep.equal(['A']);
  });

  it('knows when a socket was active last, its own posts included', async () => {
    const clock = fakeClock(1_000_000);
    const gateway = createMemoryGateway({ clock });
    gateway.open('A');
    clock.advance(500);
    await gateway.send('A', message);

    expect(await gateway.lastActiveAt('A')).to.equal(1_000_500);
    await gateway.close('A');
    expect(await gateway.lastActiveAt('A')).to.equal(undefined);
  });
});

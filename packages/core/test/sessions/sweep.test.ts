import { expect } from 'chai';
import type { Connection, Session } from '../../src/sessions/index.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const NOW = 2_000_000;
const speaker = sampleSpeaker({ lastHeartbeatAt: NOW });
const listener = sampleListener({ lastHeartbeatAt: NOW });
/** Not heard for 91 s, and not active for as long at API Gateway either. */
const silent = (connectionId = 'silent', more: Partial<Connection> = {}) =>
  ({ ...listener, connectionId, lastHeartbeatAt: NOW - 91_000, ...more }) as Connection;
const room = (options: SetUp = {}) =>
  setUp({ sessions: [sampleSession({ capacity: 20_000 })], connections: [speaker, listener], ...options });
const rest = { ended: 0, continued: 0, silent: 0, removed: 0, isComplete: true };

describe('sweep', () => {
  it('has nothing to do where all is well, and says how much there is', async () => {
    const { sweep, stream, sent, closed, meter, deliverer } = room();
    expect(await sweep()).to.deep.equal(rest);
    expect(stream).to.deep.equal([]);
    expect([sent, closed, deliverer.accepted]).to.deep.equal([[], [], []]);
    expect(meter.figures).to.deep.equal([['gauges', { activeSessions: 1, openConnections: 2 }]]);
  });

  it('of nothing at all', async () => {
    const { sweep, meter } = setUp();
    expect(await sweep()).to.deep.equal(rest);
    expect(meter.figures).to.deep.equal([['gauges', { activeSessions: 0, openConnections: 0 }]]);
  });

  describe('ends sessions', () => {
    it('that have expired, and leaves the rest to the stream', async () => {
      const { sweep, session, sent, deliverer } = room({ sessions: [sampleSession({ expiresAt: NOW })] });
      expect(await sweep()).to.deep.equal({ ...rest, ended: 1 });
      expect(session()).to.include({ state: 'ended', endReason: 'expired', endedAt: NOW, revision: 2 });
      expect(sent).to.deep.equal([]);
      expect(deliverer.accepted).to.deep.equal([]);
    });

    it('not before they have expired', async () => {
      const { sweep, session } = room({ sessions: [sampleSession({ expiresAt: NOW + 1 })] });
      expect(await sweep()).to.deep.equal(rest);
      expect(session()?.state).to.equal('active');
    });

    const lost = (interruptedAt: number) => sampleSession({ state: 'interrupted', interruptedAt, revision: 2 });

    it('whose speaker has not come back in time', async () => {
      const { sweep, session } = room({ sessions: [lost(NOW - 30_000)], connections: [listener] });
      expect(await sweep()).to.deep.equal({ ...rest, ended: 1 });
      expect(session()).to.include({ state: 'ended', endReason: 'speakerLost' });
    });

    it('not before the grace period is over', async () => {
      const { sweep, session } = room({ sessions: [lost(NOW - 29_999)], connections: [listener] });
      expect(await sweep()).to.deep.equal(rest);
      expect(session()).to.deep.equal(lost(NOW - 29_999));
    });

    it('not if the speaker comes back after the index was read', async () => {
      const { sweep, sessions, session, meter } = room({ sessions: [lost(NOW - 60_000)], connections: [listener] });
      const { end } = sessions;
      sessions.end = async (change) => {
        await sessions.moveSpeaker({
          before: lost(NOW - 60_000),
          speaker: { ...speaker, connectionId: 'speaker-2', connectedAt: NOW - 1000 },
          clientId: undefined,
          expiresAt: 9_200_000,
        });
        return end(change);
      };
      expect((await sweep()).ended).to.equal(0);
      expect(session()).to.include({ state: 'active', speakerConnectionId: 'speaker-2' });
      expect(meter.figures.at(-1)).to.deep.equal(['gauges', { activeSessions: 1, openConnections: 2 }]);
    });

    it('not if the speaker was lost again meanwhile: that is a grace period of its own', async () => {
      const { sweep, sessions, tables, session } = room({ sessions: [lost(NOW - 60_000)], connections: [] });
      const { end } = sessions;
      sessions.end = (change) => {
        tables.putSession({ session: lost(NOW - 500) });
        return end(change);
      };
      expect((await sweep()).ended).to.equal(0);
      expect(session()?.state).to.equal('interrupted');
    });

    it('not if a refresh has moved the expiry on', async () => {
      const { sweep, sessions, tables, session } = room({ sessions: [sampleSession({ expiresAt: NOW })] });
      const { end } = sessions;
      sessions.end = (change) => {
        tables.putSession({ session: sampleSession({ expiresAt: 9_200_000, revision: 2 }) });
        return end(change);
      };
      expect((await sweep()).ended).to.equal(0);
      expect(session()?.state).to.equal('active');
    });

    it('on every page of the index', async () => {
      const sessions = Array.from({ length: 250 }, (_, index) =>
        sampleSession({ sessionId: `drawn-river-${100 + index}`, expiresAt: NOW }),
      );
      const { sweep } = setUp({ sessions, pageSize: 100 });
      expect((await sweep()).ended).to.equal(250);
    });

    it('all that it can: one that cannot be ended keeps no other from it, and is told', async () => {
      const expired = ['drawn-river-100', 'drawn-river-101', 'drawn-river-102'].map((sessionId) =>
        sampleSession({ sessionId, expiresAt: NOW }),
      );
      const { sweep, sessions, failures } = setUp({ sessions: expired });
      const { end } = sessions;
      const broken = new Error('broken');
      sessions.end = (change) => (change.sessionId === 'drawn-river-101' ? Promise.reject(broken) : end(change));
      expect(await sweep()).to.deep.equal({ ...rest, ended: 2 });
      expect(failures).to.deep.equal([broken]);
    });
  });

  describe('goes on with ends', () => {
    const ended = (change: Partial<Session> = {}) =>
      sampleSession({ state: 'ended', endedAt: NOW - 90_000, endReason: 'speakerEnded', revision: 2, ...change });

    it('that were not complete after 90 s', async () => {
      const { sweep, deliverer, meter } = room({ sessions: [ended()] });
      expect(await sweep()).to.deep.equal({ ...rest, continued: 1 });
      expect(deliverer.accepted).to.deep.equal([{ task: 'completeEnd', sessionId: id, createdAt: 1_000_000 }]);
      expect(meter.figures.at(-1)).to.deep.equal(['gauges', { activeSessions: 0, openConnections: 2 }]);
    });

    it('not earlier, and not with those that are complete', async () => {
      for (const session of [ended({ endedAt: NOW - 89_999 }), ended({ endCompletedAt: NOW - 50_000 })]) {
        const { sweep, deliverer } = room({ sessions: [session] });
        expect(await sweep()).to.deep.equal(rest);
        expect(deliverer.accepted).to.deep.equal([]);
      }
    });

    it('again in each sweep, until they are complete', async () => {
      const { sweep, deliverer, deliver, session } = room({ sessions: [ended({ capacity: 20_000 })] });
      await sweep();
      await sweep();
      expect(deliverer.accepted).to.have.length(2);
      for (const task of deliverer.accepted) await deliver(task);
      expect(session()).to.have.property('endCompletedAt');
      expect((await sweep()).continued).to.equal(0);
    });
  });

  it('does the ends first, whatever the silent connections cost', async () => {
    const order: string[] = [];
    const { sweep, sessions, push } = room({
      sessions: [sampleSession({ expiresAt: NOW, capacity: 20_000 })],
      connections: [silent()],
    });
    const { end } = sessions;
    sessions.end = (change) => {
      order.push('end');
      return end(change);
    };
    const { lastActiveAt } = push;
    push.lastActiveAt = (connectionId) => {
      order.push('question');
      return lastActiveAt(connectionId);
    };
    await sweep();
    expect(order).to.deep.equal(['end', 'question']);
  });

  describe('of connections not heard for the timeout', () => {
    it('removes one whose socket is gone, with its place, and closes nothing', async () => {
      const { sweep, push, connection, places } = room({ connections: [listener, silent()] });
      push.drop('silent');
      const closed: string[] = [];
      push.close = async (connectionId) => void closed.push(connectionId);
      expect(await sweep()).to.deep.equal({ ...rest, silent: 1, removed: 1 });
      expect(connection('silent')).to.equal(undefined);
      expect(places()).to.deep.equal({ taken: 1, joins: 2, languages: { es: 1 } });
      expect(closed).to.deep.equal([]);
    });

    it('closes one that API Gateway has not seen active either, after it has removed it', async () => {
      const { sweep, closed, connection, places, push, sessions } = room({ connections: [listener, silent()] });
      const order: string[] = [];
      const { releasePlace } = sessions;
      sessions.releasePlace = (leaving) => {
        order.push('release');
        return releasePlace(leaving);
      };
      const { close } = push;
      push.close = (connectionId) => {
        order.push('close');
        return close(connectionId);
      };
      expect(await sweep()).to.deep.equal({ ...rest, silent: 1, removed: 1 });
      expect(connection('silent')).to.equal(undefined);
      expect(places().taken).to.equal(1);
      expect(closed).to.deep.equal(['silent']);
      expect(order).to.deep.equal(['release', 'close']);
    });

    it('leaves one alone that was active at API Gateway lately: our own heartbeat function may be failing', async () => {
      const { sweep, push, connection, closed } = room({ connections: [silent()] });
      push.touch('silent');
      expect(await sweep()).to.deep.equal({ ...rest, silent: 1 });
      expect(connection('silent')).to.not.equal(undefined);
      expect(closed).to.deep.equal([]);
    });

    it('closes one after three timeouts whatever API Gateway says: our own posts may be that activity', async () => {
      for (const [silentMs, isRemoved] of [
        [269_999, false],
        [270_000, true],
      ] as const) {
        const { sweep, push, connection } = room({
          connections: [silent('silent', { lastHeartbeatAt: NOW - silentMs })],
        });
        push.touch('silent');
        await sweep();
        expect(connection('silent') === undefined, String(silentMs)).to.equal(isRemoved);
      }
    });

    it('judges from 90 s on', async () => {
      for (const [silentMs, count] of [
        [90_000, 0],
        [90_001, 1],
      ] as const) {
        const { sweep } = room({ connections: [silent('silent', { lastHeartbeatAt: NOW - silentMs })] });
        expect((await sweep()).silent, String(silentMs)).to.equal(count);
      }
    });

    it('lets the session of a silent speaker wait for it', async () => {
      const { sweep, session } = room({ connections: [sampleSpeaker({ lastHeartbeatAt: NOW - 91_000 }), listener] });
      expect(await sweep()).to.deep.equal({ ...rest, silent: 1, removed: 1 });
      expect(session()).to.include({ state: 'interrupted', interruptedAt: NOW });
    });

    it('closes nobody while only the heartbeat function fails, and ends no session', async () => {
      const audience = Array.from({ length: 500 }, (_, index) => silent(`l-${index}`, { placeShard: '1000000#0' }));
      const { sweep, push, closed, session, clock, tables } = room({
        connections: [sampleSpeaker({ lastHeartbeatAt: NOW - 91_000 }), ...audience],
      });
      clock.advance(60_000); // 151 s without a heartbeat that arrived
      for (const { connectionId } of [speaker, ...audience]) push.touch(connectionId);
      expect(await sweep()).to.deep.equal({ ...rest, silent: 501 });
      expect(closed).to.deep.equal([]);
      expect(tables.connections.size).to.equal(501);
      expect(session()?.state).to.equal('active');
    });

    it('goes on when one cannot be looked up, and is told of it', async () => {
      const { sweep, push, failures, connection } = room({ connections: [silent('a'), silent('b')] });
      const { lastActiveAt } = push;
      const broken = new Error('The connection could not be looked up');
      push.lastActiveAt = (connectionId) =>
        connectionId === 'a' ? Promise.reject(broken) : lastActiveAt(connectionId);
      expect(await sweep()).to.deep.equal({ ...rest, silent: 2, removed: 1 });
      expect(failures).to.deep.equal([broken]);
      expect(connection('a')).to.not.equal(undefined);
    });

    it('asks API Gateway at most 200 times a second', async () => {
      const many = Array.from({ length: 401 }, (_, index) => silent(`l-${index}`));
      const { sweep, push, clock } = room({ connections: many });
      for (const { connectionId } of many) push.drop(connectionId);
      const begin = clock.nowMs();
      expect((await sweep()).removed).to.equal(401);
      expect(clock.nowMs() - begin).to.be.at.least(2000);
    });

    it('finds them on every page and in every segment, however many there are', async () => {
      const many = Array.from({ length: 300 }, (_, index) => silent(`l-${index}`));
      const { sweep, push, connections, tables } = room({ connections: [speaker, ...many], pageSize: 20 });
      for (const { connectionId } of many) push.drop(connectionId);
      const asked: string[] = [];
      const { silentPages } = connections;
      connections.silentPages = (query) => {
        asked.push(`${query.segment} of ${query.segments}`);
        return silentPages(query);
      };
      expect((await sweep()).removed).to.equal(300);
      expect([...tables.connections.keys()]).to.deep.equal(['speaker-1']);
      expect(asked, 'where the size of the table is not known').to.deep.equal(['0 of 4', '1 of 4', '2 of 4', '3 of 4']);
      await sweep();
      expect(asked.slice(4), 'more than ten pages: two segments next time').to.deep.equal(['0 of 2', '1 of 2']);
    });
  });

  describe('brakes', () => {
    const open = (count: number) => Array.from({ length: count }, (_, index) => silent(`l-${index}`));

    it('when more than 50 open sockets would have to be closed: that is taken for our own fault', async () => {
      const { sweep, closed, tables, meter } = room({ connections: open(80) });
      expect(await sweep()).to.deep.equal({ ...rest, silent: 80, removed: 50 });
      expect(closed).to.have.length(50);
      expect(tables.connections.size).to.equal(30);
      expect(meter.figures).to.deep.include(['sweepBraked', 30]);
    });

    it('and not at 50', async () => {
      const { sweep, closed, meter } = room({ connections: open(50) });
      await sweep();
      expect(closed).to.have.length(50);
      expect(meter.figures.map(([name]) => name)).to.deep.equal(['gauges']);
    });

    it('at a tenth of all connections where there are many', async () => {
      const quiet = Array.from({ length: 920 }, (_, index) =>
        sampleListener({ connectionId: `q-${index}`, lastHeartbeatAt: NOW }),
      );
      const { sweep, closed, meter } = room({ connections: [...quiet, ...open(180)], pageSize: 2000 });
      await sweep();
      expect(closed).to.have.length(110);
      expect(meter.figures).to.deep.include(['sweepBraked', 70]);
    });

    it('for no sockets that are gone, however many those are', async () => {
      const many = open(500);
      const { sweep, push, meter } = room({ connections: many });
      for (const { connectionId } of many) push.drop(connectionId);
      expect((await sweep()).removed).to.equal(500);
      expect(meter.figures.map(([name]) => name)).to.deep.equal(['gauges']);
    });
  });

  describe('after 45 s', () => {
    it('begins nothing more, and says that it is not complete; the next sweep does the rest', async () => {
      const many = Array.from({ length: 12_000 }, (_, index) => silent(`l-${index}`));
      // All of a segment is one page: it stops in the middle.
      const { sweep, push, tables, clock } = room({ connections: many, pageSize: 20_000 });
      for (const { connectionId } of many) push.drop(connectionId);
      const begin = clock.nowMs();
      const first = await sweep();
      expect(first.isComplete).to.equal(false);
      expect(first.removed).to.be.within(1000, 11_000);
      expect(clock.nowMs() - begin).to.be.below(50_000);
      let sweeps = 1;
      while (tables.connections.size > 0 && sweeps < 20) {
        await sweep();
        sweeps++;
      }
      expect(tables.connections.size).to.equal(0);
      expect((await sweep()).isComplete).to.equal(true);
    });
  });

  it('goes on where the last one stopped: what it has left alone does not keep it from the rest', async () => {
    const many = Array.from({ length: 12_000 }, (_, index) => silent(`l-${index}`));
    const { sweep, push } = room({ connections: many, pageSize: 500 });
    const asked: string[] = [];
    push.lastActiveAt = async (connectionId) => {
      asked.push(connectionId);
      return NOW + 100_000; // active, as far as API Gateway knows
    };
    const first = await sweep();
    expect(first.isComplete).to.equal(false);
    const second = await sweep();
    expect(second.isComplete).to.equal(true);
    expect(asked).to.have.length(12_000);
    expect(new Set(asked).size).to.equal(12_000);
  });

  it('next to another sweep at the same time does everything once', async () => {
    const { sweep, closed, places, session, tables } = room({
      sessions: [sampleSession({ expiresAt: NOW, capacity: 20_000 })],
      connections: [listener, silent()],
    });
    const reports = await Promise.all([sweep(), sweep()]);
    expect(reports.map(({ ended }) => ended).sort()).to.deep.equal([0, 1]);
    expect(session()?.revision).to.equal(2);
    expect(places().taken).to.equal(1);
    expect(closed).to.deep.equal(['silent']);
    expect([...tables.connections.keys()]).to.deep.equal(['listener-1']);
  });
});

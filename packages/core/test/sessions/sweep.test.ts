import { expect } from 'chai';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const fresh = { lastHeartbeatAt: 1_999_000 };
const speaker = sampleSpeaker(fresh);
const listener = sampleListener(fresh);
const session = sampleSession({ listenerCount: 1 });
/** A session in which all is well. */
const room = (more: SetUp = {}) => setUp({ sessions: [session], connections: [speaker, listener], ...more });
const nothing = { silent: 0, ended: 0, mended: 0, orphans: 0 };

describe('A sweep', () => {
  it('over a sound table changes nothing, tells the speaker how many listen, and reports the gauges', async () => {
    const { sweep, sessions, connections, push, meter } = room();
    expect(await sweep()).to.deep.equal(nothing);
    expect([...sessions.items.values()]).to.deep.equal([session]);
    expect([...connections.items.values()]).to.deep.equal([speaker, listener]);
    expect(push.sent).to.deep.equal([
      {
        to: 'speaker-1',
        message: {
          type: 'sessionStatus',
          sessionId: 'faithful-shepherd-427',
          state: 'active',
          listenerCount: 1,
          listenersByLanguage: { es: 1 },
          createdAt: 1_000_000,
          expiresAt: 8_200_000,
          durationSeconds: 1_000,
          timestamp: 2_000_000,
        },
      },
    ]);
    expect(meter.figures).to.deep.equal([['gauges', { activeSessions: 1, totalListeners: 1 }]]);
  });

  it('tells speakers of what it has itself found out, and changes nothing for one who is gone', async () => {
    const silent = sampleListener({ connectionId: 'listener-2', lastHeartbeatAt: 1_910_000 });
    const { sweep, sessions, connections, push } = room({
      sessions: [
        sampleSession({ listenerCount: 2 }),
        sampleSession({ sessionId: 'quiet-river-100', speakerConnectionId: 'speaker-2' }),
      ],
      connections: [
        speaker,
        listener,
        silent,
        sampleSpeaker({ ...fresh, connectionId: 'speaker-2', sessionId: 'quiet-river-100' }),
      ],
      statusPushMs: 5_000,
    });
    push.gone.add('speaker-2');
    await sweep();
    expect(push.sent).to.have.length(1);
    expect(push.sent[0]).to.deep.include({ to: 'speaker-1' });
    expect(push.sent[0]?.message).to.deep.include({ listenerCount: 1, listenersByLanguage: { es: 1 } });
    expect(connections.items.has('speaker-2')).to.equal(true);
    expect(sessions.items.get('quiet-river-100')).to.not.have.property('speakerLostAt');
  });

  it('tells nobody of a session that waits for its speaker', async () => {
    const { sweep, push } = room({ sessions: [{ ...session, speakerLostAt: 1_999_000 }], connections: [listener] });
    await sweep();
    expect(push.sent).to.deep.equal([]);
  });

  it('over empty tables reports zeros', async () => {
    const { sweep, meter } = setUp();
    expect(await sweep()).to.deep.equal(nothing);
    expect(meter.figures).to.deep.equal([['gauges', { activeSessions: 0, totalListeners: 0 }]]);
  });

  describe('closes silent connections', () => {
    it('of listeners, whose places become free', async () => {
      const { sweep, sessions, connections, push } = room({
        connections: [speaker, { ...listener, lastHeartbeatAt: 1_910_000 }],
      });
      expect(await sweep()).to.deep.equal({ ...nothing, silent: 1 });
      expect(sessions.items.get(id)?.listenerCount).to.equal(0);
      expect([...connections.items.keys()]).to.deep.equal(['speaker-1']);
      expect(push.closed).to.deep.equal(['listener-1']);
    });

    it('from the timeout on, not before', async () => {
      const { sweep, push } = room({ connections: [speaker, { ...listener, lastHeartbeatAt: 1_910_001 }] });
      expect(await sweep()).to.deep.equal(nothing);
      expect(push.closed).to.deep.equal([]);
    });

    it('of a speaker, whose session then waits', async () => {
      const { sweep, sessions, push } = room({ connections: [{ ...speaker, lastHeartbeatAt: 1_000_000 }, listener] });
      expect(await sweep()).to.deep.equal({ ...nothing, silent: 1 });
      expect(sessions.items.get(id)?.speakerLostAt).to.equal(2_000_000);
      expect(push.typesTo('listener-1')).to.deep.equal(['sessionInterrupted']);
      expect(push.closed).to.deep.equal(['speaker-1']);
    });

    it('of a speaker who comes back just before the socket is closed: the session waits, and does not end', async () => {
      const { sweep, sessions, push, refreshConnection, disconnect } = room({
        connections: [{ ...speaker, lastHeartbeatAt: 1_000_000 }, listener],
      });
      push.close = async (connectionId) => {
        const who = { connectionId, connectedAt: 1_000_000, userId: 'user-1' };
        await refreshConnection({ ...who, sessionId: id, role: 'speaker' });
        await disconnect(connectionId, 1000, 'Connection Closed Normally');
      };
      await sweep();
      expect(sessions.items.get(id)).to.include({ isActive: true, speakerLostAt: 2_000_000 });
    });

    it('of listeners who have moved, without touching the count', async () => {
      const { targetLanguage: _, ...old } = sampleListener({ connectionId: 'old', supersededBy: 'listener-1' });
      const { sweep, sessions, push } = room({ connections: [speaker, listener, old] });
      expect(await sweep()).to.deep.equal({ ...nothing, silent: 1 });
      expect(sessions.items.get(id)?.listenerCount).to.equal(1);
      expect(push.closed).to.deep.equal(['old']);
    });

    it('but not one that is heard after the scan has seen it', async () => {
      const { sweep, connections, recordHeartbeat } = room({
        connections: [speaker, { ...listener, lastHeartbeatAt: 1_000_000 }],
      });
      const { removeIfSilentSince } = connections;
      connections.removeIfSilentSince = async (...args) => {
        await recordHeartbeat({ connectionId: 'listener-1', connectedAt: 1_000_000 });
        return removeIfSilentSince(...args);
      };
      expect(await sweep()).to.deep.equal(nothing);
      expect(connections.items.has('listener-1')).to.equal(true);
    });

    it('and leaves the count alone when the listener moves after the scan has seen it', async () => {
      const { sweep, connections, sessions, refreshConnection } = room({
        connections: [speaker, { ...listener, lastHeartbeatAt: 1_000_000 }],
      });
      const { removeIfSilentSince } = connections;
      connections.removeIfSilentSince = async (...args) => {
        await refreshConnection({
          connectionId: 'listener-2',
          connectedAt: 1_999_000,
          userId: undefined,
          sessionId: id,
          role: 'listener',
          previousConnectionId: 'listener-1',
        });
        return removeIfSilentSince(...args);
      };
      await sweep();
      expect([...connections.items.keys()]).to.deep.equal(['speaker-1', 'listener-2']);
      expect(sessions.items.get(id)?.listenerCount).to.equal(1);
    });
  });

  describe('ends sessions', () => {
    it('that have expired, and tells the speaker too', async () => {
      const { sweep, sessions, connections, push } = room({ sessions: [{ ...session, expiresAt: 2_000_000 }] });
      expect(await sweep()).to.deep.equal({ ...nothing, ended: 1 });
      expect(sessions.items.get(id)).to.include({ isActive: false, endReason: 'expired' });
      const message = { type: 'sessionEnded', sessionId: 'faithful-shepherd-427', reason: 'expired' };
      expect(push.sent).to.deep.equal([
        { to: 'speaker-1', message },
        { to: 'listener-1', message },
      ]);
      expect(connections.items.size).to.equal(0);
    });

    it('whose speaker has not come back in time', async () => {
      const lost = { ...session, speakerLostAt: 1_970_000 };
      const { sweep, sessions, push } = room({ sessions: [lost], connections: [listener] });
      expect(await sweep()).to.deep.equal({ ...nothing, ended: 1 });
      expect(sessions.items.get(id)).to.include({ isActive: false, endReason: 'speakerLost' });
      expect(push.typesTo('listener-1')).to.deep.equal(['sessionEnded']);
    });

    it('not before the grace period is over', async () => {
      const lost = { ...session, speakerLostAt: 1_970_001 };
      const { sweep, sessions } = room({ sessions: [lost], connections: [listener] });
      expect(await sweep()).to.deep.equal(nothing);
      expect(sessions.items.get(id)).to.deep.equal(lost);
    });

    it('not if the speaker comes back after the scan has seen the session', async () => {
      const { sweep, sessions, refreshConnection, push } = room({
        sessions: [{ ...session, speakerLostAt: 1_900_000 }],
        connections: [listener],
      });
      const { end } = sessions;
      sessions.end = async (change) => {
        await refreshConnection({
          connectionId: 'speaker-2',
          connectedAt: 1_999_000,
          userId: 'user-1',
          sessionId: id,
          role: 'speaker',
        });
        return end(change);
      };
      expect((await sweep()).ended).to.equal(0);
      expect(sessions.items.get(id)).to.include({ isActive: true, speakerConnectionId: 'speaker-2' });
      expect(push.typesTo('listener-1')).to.deep.equal(['sessionResumed']);
    });

    it('and does not count them among the live ones', async () => {
      const { sweep, meter } = room({ sessions: [{ ...session, expiresAt: 2_000_000 }] });
      await sweep();
      expect(meter.figures.at(-1)).to.deep.equal(['gauges', { activeSessions: 0, totalListeners: 1 }]);
    });
  });

  describe('mends a count', () => {
    it('that is wrong for longer than anything can be in flight', async () => {
      const { sweep, sessions, clock, connections } = room({ sessions: [{ ...session, listenerCount: 3 }] });
      expect(await sweep()).to.deep.equal(nothing);
      expect(sessions.items.get(id)?.suspicion).to.deep.equal({ what: 'count 3 for 1 ', since: 2_000_000 });
      clock.advance(59_999);
      beatAll(connections.items, clock.nowMs());
      expect((await sweep()).mended).to.equal(0);
      clock.advance(1);
      expect((await sweep()).mended).to.equal(1);
      expect(sessions.items.get(id)).to.deep.equal(session);
      expect((await sweep()).mended).to.equal(0);
    });

    it('that is too low as well', async () => {
      const { sweep, sessions, clock, connections } = room({ sessions: [sampleSession()] });
      await sweep();
      clock.advance(60_000);
      beatAll(connections.items, clock.nowMs());
      await sweep();
      expect(sessions.items.get(id)?.listenerCount).to.equal(1);
    });

    it('not while it keeps changing', async () => {
      const { sweep, sessions, clock, connections } = room({ sessions: [{ ...session, listenerCount: 3 }] });
      await sweep();
      clock.advance(60_000);
      beatAll(connections.items, clock.nowMs());
      sessions.items.set(id, { ...(sessions.items.get(id) ?? session), listenerCount: 4 });
      expect((await sweep()).mended).to.equal(0);
      expect(sessions.items.get(id)).to.deep.include({
        listenerCount: 4,
        suspicion: { what: 'count 4 for 1 ', since: 2_060_000 },
      });
    });

    it('not if it has come right in between: the suspicion is forgotten', async () => {
      const { sweep, sessions, clock, connections } = room({ sessions: [{ ...session, listenerCount: 2 }] });
      await sweep();
      sessions.items.set(id, { ...(sessions.items.get(id) ?? session), listenerCount: 1 });
      clock.advance(30_000);
      await sweep();
      expect(sessions.items.get(id)).to.deep.equal(session);
      sessions.items.set(id, { ...session, listenerCount: 2 });
      clock.advance(30_000);
      beatAll(connections.items, clock.nowMs());
      expect((await sweep()).mended, 'the same numbers again are a new suspicion').to.equal(0);
    });

    it('not over a join that comes between the look and the correction', async () => {
      const { sweep, sessions, clock, connections, joinSession } = room({
        sessions: [{ ...session, listenerCount: 3 }],
      });
      await sweep();
      clock.advance(60_000);
      beatAll(connections.items, clock.nowMs());
      const { correctCount } = sessions;
      sessions.correctCount = async (change) => {
        await joinSession({
          connectionId: 'late',
          connectedAt: 2_060_000,
          addressHash: 'a',
          sessionId: id,
          targetLanguage: 'fr',
        });
        return correctCount(change);
      };
      await sweep();
      expect(sessions.items.get(id)?.listenerCount).to.equal(4);
    });
  });

  it('starts the grace period of a session whose speaker is missing for long', async () => {
    const { sweep, sessions, clock, connections, push } = room({ connections: [listener] });
    await sweep();
    expect(sessions.items.get(id)?.suspicion?.what).to.equal(' no speaker speaker-1');
    clock.advance(60_000);
    beatAll(connections.items, clock.nowMs());
    expect((await sweep()).mended).to.equal(1);
    expect(sessions.items.get(id)?.speakerLostAt).to.equal(2_060_000);
    expect(push.typesTo('listener-1')).to.deep.equal(['sessionInterrupted']);
  });

  describe('dismisses the connections that an end did not reach', () => {
    const ended = sampleSession({ isActive: false, endedAt: 1_940_000, endReason: 'speakerEnded' });

    it('telling them how the session ended', async () => {
      const { sweep, connections, push } = room({ sessions: [ended] });
      expect(await sweep()).to.deep.equal({ ...nothing, orphans: 2 });
      const message = { type: 'sessionEnded', sessionId: 'faithful-shepherd-427', reason: 'speakerEnded' };
      expect(push.sent).to.deep.equal([
        { to: 'speaker-1', message },
        { to: 'listener-1', message },
      ]);
      expect(connections.items.size).to.equal(0);
    });

    it('not while the end may still be telling them', async () => {
      const { sweep, connections } = room({ sessions: [{ ...ended, endedAt: 1_940_001 }] });
      expect((await sweep()).orphans).to.equal(0);
      expect(connections.items.size).to.equal(2);
    });

    it('again in the next round, if they could not be told', async () => {
      const { sweep, connections, push } = room({ sessions: [ended] });
      push.failing.add('listener-1');
      expect((await sweep()).orphans).to.equal(1);
      push.failing.clear();
      expect((await sweep()).orphans).to.equal(1);
      expect(push.typesTo('listener-1')).to.deep.equal(['sessionEnded']);
      expect(connections.items.size).to.equal(0);
    });

    it('without a word to those that had moved', async () => {
      const { targetLanguage: _, ...old } = { ...listener, supersededBy: 'listener-2' };
      const { sweep, connections, push } = room({ sessions: [ended], connections: [old] });
      expect((await sweep()).orphans).to.equal(1);
      expect(push.sent).to.deep.equal([]);
      expect(connections.items.size).to.equal(0);
    });

    it('of sessions that are no longer there, as expired', async () => {
      const { sweep, push } = room({ sessions: [] });
      expect((await sweep()).orphans).to.equal(2);
      expect(push.sent[0]?.message).to.deep.include({ type: 'sessionEnded', reason: 'expired' });
    });

    it('but not of a session that was created after the scan of the sessions', async () => {
      const { sweep, sessions } = room({ sessions: [] });
      sessions.pages = async function* () {
        yield [];
        sessions.items.set(id, session);
      };
      expect((await sweep()).orphans).to.equal(0);
    });
  });

  it('next to another sweep at the same time mends everything once', async () => {
    const { sweep, sessions, connections, push } = room({
      connections: [speaker, { ...listener, lastHeartbeatAt: 1_000_000 }],
    });
    const reports = await Promise.all([sweep(), sweep()]);
    expect(reports.map(({ silent }) => silent).sort()).to.deep.equal([0, 1]);
    expect(sessions.items.get(id)?.listenerCount).to.equal(0);
    expect(push.closed).to.deep.equal(['listener-1']);
    expect([...connections.items.keys()]).to.deep.equal(['speaker-1']);
  });
});

/** Keeps everybody from being silent. */
function beatAll(items: Map<string, { lastHeartbeatAt: number }>, nowMs: number): void {
  for (const [connectionId, item] of items) items.set(connectionId, { ...item, lastHeartbeatAt: nowMs });
}

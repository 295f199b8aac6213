import { expect } from 'chai';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const listener = sampleListener({ connectedAt: 2_000_000, lastHeartbeatAt: 2_000_000 });
const beat = { connectionId: 'listener-1', connectedAt: 2_000_000 };
const room = (options: SetUp = {}) =>
  setUp({
    sessions: [sampleSession({ expiresAt: 20_000_000 })],
    connections: [
      listener,
      { ...listener, connectionId: 'neighbour' },
      sampleSpeaker({ connectedAt: 2_000_000, lastHeartbeatAt: 2_000_000 }),
    ],
    ...options,
  });

describe('heartbeat', () => {
  it('is acknowledged with the time, the echo, the end of the connection, and how the session is', async () => {
    const { recordHeartbeat, clock, connection } = room();
    clock.advance(30_000);
    expect(await recordHeartbeat({ ...beat, sentAt: 77 })).to.deep.equal({
      type: 'heartbeatAck',
      timestamp: 2_030_000,
      sentAt: 77,
      connectionExpiresAt: 9_200_000,
      sessionId: id,
      state: 'active',
      revision: 1,
      broadcastState: { paused: false, muted: false, volume: 1 },
      epoch: 1_000_000,
      positions: { es: 0, all: 0 },
    });
    expect(connection('listener-1')?.lastHeartbeatAt).to.equal(2_030_000);
  });

  it('is refused on a connection without a role', async () => {
    const { recordHeartbeat, tables } = setUp();
    await refusal(recordHeartbeat(beat), 'NOT_IN_SESSION');
    expect(tables.connections.size).to.equal(0);
  });

  it('is refused when the record of the session has expired', async () => {
    const { recordHeartbeat, tables, clock } = room();
    tables.partitionOf(id).stored = undefined;
    clock.advance(30_000);
    await refusal(recordHeartbeat(beat), 'NOT_IN_SESSION');
  });

  describe('heals what notifications did not tell:', () => {
    it('that the session waits for its speaker', async () => {
      const { recordHeartbeat, clock, leaveSession } = room();
      await leaveSession(sampleSpeaker(), 'lost');
      clock.advance(30_000);
      expect(await recordHeartbeat(beat)).to.include({ state: 'interrupted', revision: 2 });
    });

    it('that the broadcast is paused', async () => {
      const { recordHeartbeat, clock, sessions } = room();
      await sessions.setBroadcastState({
        sessionId: id,
        speakerConnectionId: 'speaker-1',
        change: { paused: true },
        nowMs: 2_000_000,
        notAfterMs: 2_000_000,
      });
      clock.advance(30_000);
      expect(await recordHeartbeat(beat)).to.deep.include({
        revision: 2,
        broadcastState: { paused: true, muted: false, volume: 1 },
      });
    });

    it('that the session has ended, and why; without a reminder to move', async () => {
      const { recordHeartbeat, clock, sessions, sent } = room();
      const only = { createdAt: 1_000_000 };
      await sessions.end({ sessionId: id, endedAt: 2_000_000, endReason: 'operatorEnded', only });
      clock.advance(6_300_000);
      expect(await recordHeartbeat(beat)).to.include({ state: 'ended', revision: 2, reason: 'operatorEnded' });
      expect(sent).to.deep.equal([]);
    });
  });

  describe('reads the session', () => {
    const counted = (options: SetUp = {}) => {
      const all = room(options);
      const reads: string[] = [];
      const { findSession } = all.messageLog;
      all.messageLog.findSession = (sessionId, channels) => {
        reads.push([sessionId, ...channels].join(' '));
        return findSession(sessionId, channels);
      };
      return { ...all, reads };
    };

    it('once a second, however many listeners beat', async () => {
      const others = Array.from({ length: 50 }, (_, index) =>
        sampleListener({ connectionId: `l-${index}`, placeShard: `1000000#${index % 2}`, lastHeartbeatAt: 2_000_000 }),
      );
      const { recordHeartbeat, clock, reads } = counted({
        sessions: [sampleSession({ capacity: 100, expiresAt: 20_000_000 })],
        connections: others,
      });
      clock.advance(30_000);
      await Promise.all(others.map(({ connectionId }) => recordHeartbeat({ ...beat, connectionId })));
      expect(reads).to.deep.equal([`${id} es all`]);
    });

    it('again after a second, and not before', async () => {
      const { recordHeartbeat, clock, reads, sessions } = counted();
      clock.advance(30_000);
      await recordHeartbeat(beat);
      const only = { createdAt: 1_000_000 };
      await sessions.end({ sessionId: id, endedAt: 2_000_000, endReason: 'expired', only });
      clock.advance(999);
      expect(await recordHeartbeat({ ...beat, connectionId: 'neighbour' })).to.include({ state: 'active' });
      expect(reads).to.deep.equal([`${id} es all`]);
      clock.advance(30_000);
      expect(await recordHeartbeat(beat)).to.include({ state: 'ended' });
      expect(reads).to.deep.equal([`${id} es all`, `${id} es all`]);
    });

    it('at exactly a second', async () => {
      const { recordHeartbeat, clock, reads } = counted();
      clock.advance(30_000);
      await recordHeartbeat(beat);
      clock.advance(1000);
      await recordHeartbeat({ ...beat, connectionId: 'neighbour' });
      expect(reads).to.have.length(2);
    });

    it('once a second for each language, with the heads of its channels, and for the speaker', async () => {
      const french = sampleListener({ connectionId: 'french', targetLanguage: 'fr', lastHeartbeatAt: 2_000_000 });
      const speaker = sampleSpeaker({ lastHeartbeatAt: 2_000_000 });
      const { recordHeartbeat, clock, reads, messageLog } = counted({ connections: [listener, french, speaker] });
      const of = { sessionId: id, epoch: 1_000_000, keptUntil: 9_000_000 };
      await messageLog.raiseHead({ ...of, channel: 'fr', head: { offset: 3, recent: [] } });
      await messageLog.raiseHead({ ...of, channel: 'all', head: { offset: 2, recent: [] } });
      clock.advance(30_000);

      const positions = async (connectionId: string) => (await recordHeartbeat({ ...beat, connectionId })).positions;
      expect(await positions('listener-1')).to.deep.equal({ es: 0, all: 2 });
      expect(await positions('french')).to.deep.equal({ fr: 3, all: 2 });
      expect(await positions('speaker-1')).to.deep.equal({ speaker: 0, all: 2 });
      expect(reads).to.deep.equal([`${id} es all`, `${id} fr all`, `${id} speaker all`]);
    });

    it('again at once after a failure', async () => {
      const { recordHeartbeat, clock, messageLog } = room();
      const { findSession } = messageLog;
      messageLog.findSession = () => Promise.reject(new Error('broken'));
      clock.advance(30_000);
      expect(await recordHeartbeat(beat).catch((error: Error) => error.message)).to.equal('broken');
      messageLog.findSession = findSession;
      expect((await recordHeartbeat({ ...beat, connectionId: 'neighbour' })).type).to.equal('heartbeatAck');
    });

    it('each for itself', async () => {
      const other = { sessionId: 'radiant-olive-100', connectionId: 'other' };
      const { recordHeartbeat, clock, reads } = counted({
        sessions: [sampleSession(), sampleSession({ sessionId: other.sessionId, revision: 9 })],
        connections: [listener, { ...listener, ...other }],
      });
      clock.advance(30_000);
      expect(await recordHeartbeat(beat)).to.include({ sessionId: id, revision: 1 });
      expect(await recordHeartbeat({ ...beat, ...other })).to.include({ sessionId: other.sessionId, revision: 9 });
      expect(reads).to.deep.equal([`${id} es all`, `${other.sessionId} es all`]);
    });
  });

  describe('keeps its distance:', () => {
    it('at its interval it is never refused, even when every other one is held up for most of it', async () => {
      const { recordHeartbeat, clock } = room();
      for (let round = 0; round < 20; round++) {
        clock.advance(round % 2 === 0 ? 59_000 : 1_000);
        await recordHeartbeat(beat);
      }
    });

    it('twice as fast as its interval passes, and faster is refused with the time to wait', async () => {
      const { recordHeartbeat, clock, meter } = room();
      for (let round = 0; round < 6; round++) {
        clock.advance(15_000);
        await recordHeartbeat(beat);
      }
      clock.advance(5_000);
      const error = await refusal(recordHeartbeat(beat), 'RATE_LIMIT_EXCEEDED');
      expect(error.retryAfterSeconds).to.equal(10);
      expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'heartbeat']]);

      clock.advance(10_000);
      await recordHeartbeat(beat);
    });

    it('is acknowledged when the write went through and its repetition was refused', async () => {
      const { recordHeartbeat, clock, connections, meter } = room();
      clock.advance(30_000);
      const { recordHeartbeat: write } = connections;
      connections.recordHeartbeat = async (change) => {
        await write(change);
        return write(change);
      };
      expect((await recordHeartbeat(beat)).timestamp).to.equal(2_030_000);
      expect(meter.figures).to.deep.equal([]);
    });
  });

  describe('on a connection that has grown old', () => {
    const age = (milliseconds: number) => {
      const all = room();
      all.clock.advance(milliseconds);
      return all;
    };

    it('brings no reminder before its time', async () => {
      const { recordHeartbeat, sent } = age(5_999_999);
      await recordHeartbeat(beat);
      expect(sent).to.deep.equal([]);
    });

    it('brings the request to move, every time', async () => {
      const { recordHeartbeat, sent, clock } = age(6_000_000);
      await recordHeartbeat(beat);
      clock.advance(30_000);
      await recordHeartbeat(beat);
      const reminder = {
        to: 'listener-1',
        message: {
          type: 'connectionRefreshRequired',
          sessionId: id,
          role: 'listener',
          targetLanguage: 'es',
          connectionExpiresAt: 9_200_000,
        },
      };
      expect(sent).to.deep.equal([reminder, reminder]);
    });

    it('brings the warning as well, later on, with the seconds that are left', async () => {
      const { recordHeartbeat, sent, typesTo } = age(6_300_500);
      await recordHeartbeat(beat);
      expect(typesTo('listener-1')).to.deep.equal(['connectionRefreshRequired', 'connectionWarning']);
      expect(sent[1]?.message).to.deep.equal({ type: 'connectionWarning', remainingSeconds: 899 });
    });

    it('warns of no time before none', async () => {
      const { recordHeartbeat, sent } = age(7_300_000);
      await recordHeartbeat(beat);
      expect(sent[1]?.message).to.deep.equal({ type: 'connectionWarning', remainingSeconds: 0 });
    });

    it('asks a speaker too, without a language', async () => {
      const { recordHeartbeat, sent } = age(6_000_000);
      await recordHeartbeat({ ...beat, connectionId: 'speaker-1' });
      expect(sent[0]?.message).to.deep.equal({
        type: 'connectionRefreshRequired',
        sessionId: id,
        role: 'speaker',
        connectionExpiresAt: 9_200_000,
      });
    });

    it('is acknowledged even if the reminder cannot be delivered', async () => {
      const { recordHeartbeat, push } = age(6_300_000);
      push.failing.add('listener-1');
      expect((await recordHeartbeat(beat)).type).to.equal('heartbeatAck');
    });

    it('is refused once the client has moved', async () => {
      const { recordHeartbeat, connections, sessions } = age(6_300_000);
      await sessions.movePlace({ previous: listener, listener: { ...listener, connectionId: 'listener-2' } });
      await refusal(recordHeartbeat(beat), 'NOT_IN_SESSION');
      expect(await connections.find('listener-1')).to.equal(undefined);
    });
  });
});

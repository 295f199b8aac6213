import { expect } from 'chai';
import { ANONYMOUS, speakerIdentity, UNCHECKED } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const request = {
  connectionId: 'speaker-2',
  connectedAt: 1_990_000,
  identity: speakerIdentity(),
  sessionId: id,
  role: 'speaker',
} as const;
const room = (options: SetUp = {}) =>
  setUp({ sessions: [sampleSession()], connections: [sampleSpeaker(), sampleListener()], ...options });

describe('refreshConnection of a speaker', () => {
  it('moves the session to the new connection, removes the old one, and lets the session live longer', async () => {
    const { refreshConnection, session, connection, joinKeys } = room();

    expect(await refreshConnection(request)).to.deep.equal({
      type: 'connectionRefreshComplete',
      sessionId: id,
      role: 'speaker',
      connectionId: 'speaker-2',
      previousConnectionId: 'speaker-1',
      expiresAt: 9_200_000,
      state: 'active',
      revision: 2,
      broadcastState: { paused: false, muted: false, volume: 1 },
      epoch: 1_000_000,
      positions: { speaker: 0, all: 0 },
      heartbeatIntervalSeconds: 30,
      joinKey: joinKeys.joinKeyOf(id),
    });
    expect(session()).to.deep.equal(
      sampleSession({
        speakerConnectionId: 'speaker-2',
        speakerConnectedAt: 1_990_000,
        expiresAt: 9_200_000,
        revision: 2,
      }),
    );
    expect(connection('speaker-1')).to.equal(undefined);
    expect(connection('speaker-2')).to.deep.equal(
      sampleSpeaker({ connectionId: 'speaker-2', connectedAt: 1_990_000, lastHeartbeatAt: 2_000_000 }),
    );
  });

  it('brings a session back that has been interrupted', async () => {
    const { speakerConnectionId: _, ...lost } = sampleSession({ state: 'interrupted', interruptedAt: 1_999_000 });
    const { refreshConnection, session } = room({ sessions: [lost], connections: [] });
    const reply = await refreshConnection({ ...request, previousConnectionId: 'speaker-1' });
    expect(reply).to.include({ state: 'active', revision: 2, previousConnectionId: 'speaker-1' });
    expect(session()).to.include({ state: 'active', speakerConnectionId: 'speaker-2' });
    expect(session()).to.not.have.property('interruptedAt');
  });

  it('leaves the end of the old connection without effect', async () => {
    const { refreshConnection, disconnect, session } = room();
    await refreshConnection(request);
    await disconnect('speaker-1', 1000);
    expect(session()).to.include({ state: 'active', speakerConnectionId: 'speaker-2' });
  });

  it('asked again gives the same answer, and changes nothing', async () => {
    const { refreshConnection, session } = room();
    const asked = { ...request, previousConnectionId: 'speaker-1' };
    const first = await refreshConnection(asked);
    expect(await refreshConnection(asked)).to.deep.equal(first);
    expect(session()?.revision).to.equal(2);
  });

  it('asked five times at once moves the session once', async () => {
    const { refreshConnection, session } = room();
    const asked = { ...request, previousConnectionId: 'speaker-1' };
    const replies = await Promise.all(Array.from({ length: 5 }, () => refreshConnection(asked)));
    for (const reply of replies) expect(reply).to.deep.equal(replies[0]);
    expect(session()?.revision).to.equal(2);
  });

  describe('that comes late', () => {
    it('does not take the session from a connection that is newer', async () => {
      const { refreshConnection, session, connection } = room({
        sessions: [sampleSession({ speakerConnectedAt: 1_995_000 })],
      });
      const error = await refusal(refreshConnection(request), 'SERVICE_UNAVAILABLE');
      expect(error.retryAfterSeconds, 'so that the client connects anew, with a newer connection').to.equal(1);
      expect(session()).to.include({ speakerConnectionId: 'speaker-1', revision: 1 });
      expect(connection('speaker-2')).to.equal(undefined);
    });

    it('not even with takeOver, nor from a connection of the same moment', async () => {
      for (const speakerConnectedAt of [1_995_000, 1_990_000]) {
        const { refreshConnection, session } = room({ sessions: [sampleSession({ speakerConnectedAt })] });
        await refusal(refreshConnection({ ...request, takeOver: true }), 'SERVICE_UNAVAILABLE');
        expect(session()?.speakerConnectionId).to.equal('speaker-1');
      }
    });

    it('does not bring back what a newer connection has had and lost', async () => {
      const { speakerConnectionId: _, ...lost } = sampleSession({
        state: 'interrupted',
        interruptedAt: 1_999_000,
        speakerConnectedAt: 1_995_000,
      });
      const { refreshConnection, session } = room({ sessions: [lost], connections: [] });
      await refusal(refreshConnection(request), 'SERVICE_UNAVAILABLE');
      expect(session()?.state).to.equal('interrupted');
    });

    it('is let in if it is one millisecond newer', async () => {
      const { refreshConnection } = room({ sessions: [sampleSession({ speakerConnectedAt: 1_989_999 })] });
      expect(await refreshConnection(request)).to.include({ connectionId: 'speaker-2' });
    });
  });

  describe('by two clients of one user', () => {
    const owned = { sessions: [sampleSession({ speakerClientId: 'tab-1' })] };

    it('is refused to the other one, also to one without a name', async () => {
      const { refreshConnection, session } = room(owned);
      await refusal(refreshConnection({ ...request, clientId: 'tab-2' }), 'SPEAKER_REPLACED');
      await refusal(refreshConnection(request), 'SPEAKER_REPLACED');
      await refusal(refreshConnection({ ...request, takeOver: false }), 'SPEAKER_REPLACED');
      expect(session()).to.include({ speakerConnectionId: 'speaker-1', speakerClientId: 'tab-1', revision: 1 });
    });

    it('is refused to the one that has lost the session, when it tries to get it back', async () => {
      const { refreshConnection } = room(owned);
      await refreshConnection({ ...request, clientId: 'tab-2', takeOver: true });
      const back = { ...request, connectionId: 'speaker-3', connectedAt: 1_999_000, clientId: 'tab-1' };
      await refusal(refreshConnection(back), 'SPEAKER_REPLACED');
    });

    it('takes the session over if it says so', async () => {
      const { refreshConnection, session, connection } = room(owned);
      await refreshConnection({ ...request, clientId: 'tab-2', takeOver: true });
      expect(session()).to.include({ speakerConnectionId: 'speaker-2', speakerClientId: 'tab-2' });
      expect(connection('speaker-1')).to.equal(undefined);
    });

    it('is the same client’s own right', async () => {
      const { refreshConnection, session } = room(owned);
      await refreshConnection({ ...request, clientId: 'tab-1' });
      expect(session()).to.include({ speakerConnectionId: 'speaker-2', speakerClientId: 'tab-1' });
    });

    it('takes a client without a name for another than one that has one', async () => {
      const { refreshConnection, session } = room();
      await refusal(refreshConnection({ ...request, clientId: 'tab-2' }), 'SPEAKER_REPLACED');
      await refreshConnection({ ...request, clientId: 'tab-2', takeOver: true });
      expect(session()?.speakerClientId).to.equal('tab-2');
    });

    it('forgets the name of a client that one without a name has replaced', async () => {
      const { refreshConnection, session } = room(owned);
      await refreshConnection({ ...request, takeOver: true });
      expect(session()).to.not.have.property('speakerClientId');
    });
  });

  describe('has one answer', () => {
    const dead = {
      'for a session that never was': [],
      'for one that has ended': [sampleSession({ state: 'ended', endedAt: 1_999_000 })],
      'for one that has expired': [sampleSession({ expiresAt: 2_000_000 })],
      "for another user's": [sampleSession({ speakerUserId: 'user-2' })],
      "for another user's other client": [sampleSession({ speakerUserId: 'user-2', speakerClientId: 'tab-1' })],
    } as const;
    for (const [what, sessions] of Object.entries(dead)) {
      it(what, async () => {
        const { refreshConnection, connection } = room({ sessions, connections: [] });
        const { message, details } = await refusal(refreshConnection(request), 'SESSION_NOT_FOUND');
        expect({ message, details }).to.deep.equal({
          message: 'There is no live session faithful-shepherd-427',
          details: [],
        });
        expect(connection('speaker-2')).to.equal(undefined);
      });
    }
  });

  describe('refuses', () => {
    it('a connection without a token, with an expired one, and with one that could not be checked', async () => {
      const { refreshConnection, session } = room();
      await refusal(refreshConnection({ ...request, identity: ANONYMOUS }), 'UNAUTHORIZED');
      await refusal(refreshConnection({ ...request, identity: speakerIdentity('user-1', 2_000_000) }), 'TOKEN_EXPIRED');
      await refusal(refreshConnection({ ...request, identity: UNCHECKED }), 'SERVICE_UNAVAILABLE');
      expect(session()?.revision).to.equal(1);
    });

    it('what is no session ID', async () => {
      await refusal(room().refreshConnection({ ...request, sessionId: 'x' }), 'INVALID_SESSION_ID');
    });

    it('a connection that has another role', async () => {
      const { refreshConnection, session } = room();
      await refusal(refreshConnection({ ...request, connectionId: 'listener-1' }), 'ALREADY_IN_SESSION');
      expect(session()?.speakerConnectionId).to.equal('speaker-1');
    });

    it('a user whom an operator has denied to speak, at the very moment', async () => {
      const { refreshConnection, sessions, session } = room();
      const { moveSpeaker } = sessions;
      sessions.moveSpeaker = async (move) => {
        await sessions.denySpeaker({ userId: 'user-1', deniedAt: 2_000_000 });
        return moveSpeaker(move);
      };
      await refusal(refreshConnection(request), 'SPEAKER_DENIED');
      expect(session()?.speakerConnectionId).to.equal('speaker-1');
    });
  });

  describe('at the same moment as another change of the session', () => {
    it('decides anew from what the session is then', async () => {
      const { refreshConnection, sessions, session } = room();
      const { moveSpeaker } = sessions;
      sessions.moveSpeaker = async (move) => {
        sessions.moveSpeaker = moveSpeaker;
        await sessions.setBroadcastState({
          sessionId: id,
          speakerConnectionId: 'speaker-1',
          change: { paused: true },
          nowMs: 2_000_000,
          notAfterMs: 2_000_000,
        });
        return moveSpeaker(move);
      };
      expect(await refreshConnection(request)).to.deep.include({
        revision: 3,
        broadcastState: { paused: true, muted: false, volume: 1 },
      });
      expect(session()?.speakerConnectionId).to.equal('speaker-2');
    });

    it('does not revive a session that ends between read and write', async () => {
      const { refreshConnection, sessions, session } = room();
      const { moveSpeaker } = sessions;
      sessions.moveSpeaker = async (move) => {
        const only = { createdAt: 1_000_000 };
        await sessions.end({ sessionId: id, endedAt: 2_000_000, endReason: 'expired', only });
        return moveSpeaker(move);
      };
      await refusal(refreshConnection(request), 'SESSION_NOT_FOUND');
      expect(session()?.state).to.equal('ended');
    });

    it('lets the newer of two connections win, whichever is first', async () => {
      for (const order of [
        [request, { ...request, connectionId: 'speaker-3', connectedAt: 1_995_000 }],
        [{ ...request, connectionId: 'speaker-3', connectedAt: 1_995_000 }, request],
      ]) {
        const { refreshConnection, session, tables } = room();
        await Promise.allSettled(order.map((asked) => refreshConnection(asked)));
        expect(session()?.speakerConnectionId).to.equal('speaker-3');
        expect([...tables.connections.keys()].sort()).to.deep.equal(['listener-1', 'speaker-3']);
      }
    });

    it('asks for a new connection if changes do not cease', async () => {
      const { refreshConnection, sessions } = room();
      let attempts = 0;
      sessions.moveSpeaker = async () => {
        attempts++;
        return 'sessionChanged';
      };
      expect((await refusal(refreshConnection(request), 'SERVICE_UNAVAILABLE')).retryAfterSeconds).to.equal(1);
      expect(attempts).to.equal(5);
    });
  });
});

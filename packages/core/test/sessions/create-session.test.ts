import { expect } from 'chai';
import { ANONYMOUS, speakerIdentity, UNCHECKED } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession } from '../support/samples.ts';
import { setUp } from '../support/set-up.ts';

const request = {
  connectionId: 'speaker-1',
  connectedAt: 1_990_000,
  identity: speakerIdentity(),
  sourceLanguage: 'en-GB',
};

describe('createSession', () => {
  it('opens a session, and makes the connection its speaker', async () => {
    const { createSession, session, connection, joinKeys } = setUp();

    expect(await createSession({ ...request, clientId: 'tab-1' })).to.deep.equal({
      type: 'sessionCreated',
      sessionId: 'drawn-river-100',
      sourceLanguage: 'en-GB',
      qualityTier: 'standard',
      connectionId: 'speaker-1',
      createdAt: 2_000_000,
      expiresAt: 9_200_000,
      joinKey: joinKeys.joinKeyOf('drawn-river-100'),
      maxListeners: 500,
      state: 'active',
      revision: 1,
      broadcastState: { paused: false, muted: false, volume: 1 },
      epoch: 2_000_000,
      positions: { speaker: 0, all: 0 },
      heartbeatIntervalSeconds: 30,
    });
    expect(session('drawn-river-100')).to.deep.equal({
      sessionId: 'drawn-river-100',
      speakerUserId: 'user-1',
      speakerConnectionId: 'speaker-1',
      speakerConnectedAt: 1_990_000,
      speakerClientId: 'tab-1',
      sourceLanguage: 'en-GB',
      qualityTier: 'standard',
      state: 'active',
      broadcastState: { paused: false, muted: false, volume: 1 },
      revision: 1,
      capacity: 500,
      createdAt: 2_000_000,
      expiresAt: 9_200_000,
    });
    expect(connection('speaker-1')).to.deep.equal({
      connectionId: 'speaker-1',
      sessionId: 'drawn-river-100',
      role: 'speaker',
      userId: 'user-1',
      connectedAt: 1_990_000,
      lastHeartbeatAt: 2_000_000,
    });
  });

  it('puts the places of the session into 40 shards', async () => {
    const { createSession, sessions } = setUp({ maxListeners: 500 });
    await createSession(request);
    const shards = (await sessions.findWithPlaces('drawn-river-100'))?.shards ?? [];
    expect(shards).to.have.length(40);
    expect(shards[0]).to.deep.equal({ placeShard: '2000000#0', capacity: 13, taken: 0, joins: 0, languages: {} });
  });

  it('keeps the quality that was asked for', async () => {
    const { createSession } = setUp();
    expect((await createSession({ ...request, qualityTier: 'premium' })).qualityTier).to.equal('premium');
  });

  it('knows no client without a name', async () => {
    const { createSession, session } = setUp();
    await createSession(request);
    expect(session('drawn-river-100')).to.not.have.property('speakerClientId');
  });

  it('draws again while the ID is taken, by a session that has ended as well', async () => {
    const taken = sampleSession({ sessionId: 'drawn-river-100' });
    const { createSession, session } = setUp({
      sessions: [taken, sampleSession({ sessionId: 'drawn-river-101', state: 'ended' })],
    });
    expect((await createSession(request)).sessionId).to.equal('drawn-river-102');
    expect(session('drawn-river-100')).to.deep.equal(taken);
  });

  it('gives up after ten draws, with the time to wait', async () => {
    let draws = 0;
    const { createSession, connection } = setUp({
      sessions: [sampleSession({ speakerConnectionId: 'other' })],
      drawSessionId: () => {
        draws++;
        return 'faithful-shepherd-427';
      },
    });
    expect((await refusal(createSession(request), 'SERVICE_UNAVAILABLE')).retryAfterSeconds).to.equal(1);
    expect(draws).to.equal(10);
    expect(connection('speaker-1')).to.equal(undefined);
  });

  it('gives the same session when asked twice on one connection, and leaves no second one', async () => {
    const { createSession, tables } = setUp();
    const first = await createSession(request);
    expect(await createSession(request)).to.deep.equal(first);
    expect([...tables.partitions.keys()]).to.deep.equal(['drawn-river-100']);
  });

  it('says in the repeated answer how the session is by then', async () => {
    const { createSession, setBroadcastState } = setUp();
    await createSession(request);
    await setBroadcastState({ connectionId: 'speaker-1', identity: speakerIdentity(), change: { muted: true } });
    expect(await createSession(request)).to.deep.include({
      revision: 2,
      broadcastState: { paused: false, muted: true, volume: 1 },
    });
  });

  it('leaves one session when asked five times at once', async () => {
    const { createSession, tables } = setUp();
    const replies = await Promise.all(Array.from({ length: 5 }, () => createSession(request)));
    expect(new Set(replies.map(({ sessionId }) => sessionId)).size).to.equal(1);
    expect([...tables.partitions.keys()]).to.deep.equal([replies[0]?.sessionId]);
  });

  it('refuses a connection that listens somewhere, and leaves no session', async () => {
    const { createSession, tables } = setUp({
      sessions: [sampleSession()],
      connections: [sampleListener({ connectionId: 'speaker-1' })],
    });
    await refusal(createSession(request), 'ALREADY_IN_SESSION');
    expect([...tables.partitions.keys()]).to.deep.equal(['faithful-shepherd-427']);
  });

  it('does not pass off a session that has ended, has expired, or has moved to another connection', async () => {
    for (const spoil of ['moved', 'ended', 'expired', 'gone'] as const) {
      const { createSession, tables, clock, session } = setUp();
      const { sessionId } = await createSession(request);
      const created = session(sessionId) ?? sampleSession();
      if (spoil === 'moved') tables.putSession({ session: { ...created, speakerConnectionId: 'speaker-2' } });
      if (spoil === 'ended') tables.putSession({ session: { ...created, state: 'ended' } });
      if (spoil === 'expired') clock.advance(7_200_000);
      if (spoil === 'gone') tables.partitionOf(sessionId).stored = undefined;
      await refusal(createSession(request), 'ALREADY_IN_SESSION');
      expect([...tables.partitions.keys()], spoil).to.deep.equal([sessionId]);
    }
  });

  it('refuses a user whom an operator has denied to speak', async () => {
    const { createSession, operate, tables } = setUp();
    await operate.deny('user-1');
    await refusal(createSession(request), 'SPEAKER_DENIED');
    expect(tables.partitions.size).to.equal(0);
    await operate.allow('user-1');
    expect((await createSession(request)).type).to.equal('sessionCreated');
  });

  it('refuses connections without a token', async () => {
    const { createSession, tables } = setUp();
    await refusal(createSession({ ...request, identity: ANONYMOUS }), 'UNAUTHORIZED');
    expect(tables.partitions.size).to.equal(0);
  });

  it('refuses a token from the millisecond on at which it expires', async () => {
    const { createSession } = setUp();
    await refusal(createSession({ ...request, identity: speakerIdentity('user-1', 2_000_000) }), 'TOKEN_EXPIRED');
    expect((await createSession({ ...request, identity: speakerIdentity('user-1', 2_000_001) })).type).to.equal(
      'sessionCreated',
    );
  });

  it('asks for another attempt in two seconds where the token could not be checked, and never calls it bad', async () => {
    const { createSession } = setUp();
    const error = await refusal(createSession({ ...request, identity: UNCHECKED }), 'SERVICE_UNAVAILABLE');
    expect(error.retryAfterSeconds).to.equal(2);
  });

  it('refuses languages that are none, or that Transcribe does not stream', async () => {
    const { createSession, tables } = setUp();
    const invalid = await refusal(createSession({ ...request, sourceLanguage: 'x' }), 'INVALID_LANGUAGE');
    expect(invalid.details[0]?.field).to.equal('sourceLanguage');
    await refusal(createSession({ ...request, sourceLanguage: 'eo' }), 'UNSUPPORTED_LANGUAGE');
    expect(tables.partitions.size).to.equal(0);
  });

  it('limits the sessions of a user within an hour, with the time to wait', async () => {
    const { createSession, meter } = setUp({ sessionsPerHour: 2 });
    await createSession(request);
    await createSession({ ...request, connectionId: 'speaker-2' });

    const error = await refusal(createSession({ ...request, connectionId: 'speaker-3' }), 'RATE_LIMIT_EXCEEDED');

    expect(error.retryAfterSeconds).to.equal(1600); // the first hour of the epoch
    expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'createSession']]);
    await createSession({ ...request, connectionId: 'speaker-3', identity: speakerIdentity('user-2') });
  });

  it('stores nothing at all when the one transaction fails', async () => {
    const { createSession, sessions, tables } = setUp();
    sessions.create = () => Promise.reject(new Error('crashed'));
    await createSession(request).catch(() => {});
    expect(tables.partitions.size).to.equal(0);
    expect(tables.connections.size).to.equal(0);
  });
});

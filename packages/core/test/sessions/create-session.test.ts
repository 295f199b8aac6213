import { expect } from 'chai';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession } from '../support/samples.ts';
import { setUp } from '../support/set-up.ts';

const request = { connectionId: 'speaker-1', connectedAt: 1_990_000, userId: 'user-1', sourceLanguage: 'en-GB' };

describe('createSession', () => {
  it('opens a session and makes the connection its speaker', async () => {
    const { createSession, sessions, connections } = setUp();

    expect(await createSession(request)).to.deep.equal({
      type: 'sessionCreated',
      sessionId: 'drawn-river-100',
      sourceLanguage: 'en-GB',
      qualityTier: 'standard',
      connectionId: 'speaker-1',
      createdAt: 2_000_000,
      expiresAt: 9_200_000,
      heartbeatIntervalSeconds: 30,
    });
    expect(sessions.items.get('drawn-river-100')).to.deep.equal({
      sessionId: 'drawn-river-100',
      speakerUserId: 'user-1',
      speakerConnectionId: 'speaker-1',
      sourceLanguage: 'en-GB',
      qualityTier: 'standard',
      isActive: true,
      listenerCount: 0,
      createdAt: 2_000_000,
      expiresAt: 9_200_000,
    });
    expect(connections.items.get('speaker-1')).to.deep.equal({
      connectionId: 'speaker-1',
      sessionId: 'drawn-river-100',
      role: 'speaker',
      userId: 'user-1',
      connectedAt: 1_990_000,
      lastHeartbeatAt: 2_000_000,
    });
  });

  it('keeps the quality that was asked for', async () => {
    const { createSession } = setUp();
    expect((await createSession({ ...request, qualityTier: 'premium' })).qualityTier).to.equal('premium');
  });

  it('draws again while the ID is taken', async () => {
    const taken = sampleSession({ sessionId: 'drawn-river-100' });
    const { createSession, sessions } = setUp({
      sessions: [taken, sampleSession({ sessionId: 'drawn-river-101', isActive: false })],
    });
    expect((await createSession(request)).sessionId).to.equal('drawn-river-102');
    expect(sessions.items.get('drawn-river-100')).to.equal(taken);
  });

  it('gives up after ten draws', async () => {
    let draws = 0;
    const { createSession, connections } = setUp({
      sessions: [sampleSession({ speakerConnectionId: 'other' })],
      drawSessionId: () => {
        draws++;
        return 'faithful-shepherd-427';
      },
    });
    await refusal(createSession(request), 'SERVICE_UNAVAILABLE');
    expect(draws).to.equal(10);
    expect(connections.items.size).to.equal(0);
  });

  it('gives the same session when asked twice on one connection, and leaves no second one', async () => {
    const { createSession, sessions } = setUp();
    const first = await createSession(request);
    const second = await createSession(request);
    expect(second).to.deep.equal(first);
    expect([...sessions.items.keys()]).to.deep.equal(['drawn-river-100']);
  });

  it('leaves one session when asked five times at once', async () => {
    const { createSession, sessions } = setUp();
    const replies = await Promise.all(Array.from({ length: 5 }, () => createSession(request)));
    expect(new Set(replies.map(({ sessionId }) => sessionId)).size).to.equal(1);
    expect([...sessions.items.keys()]).to.deep.equal([replies[0]?.sessionId]);
  });

  it('refuses a connection that listens somewhere, and leaves no session', async () => {
    const { createSession, sessions } = setUp({
      sessions: [sampleSession()],
      connections: [sampleListener({ connectionId: 'speaker-1' })],
    });
    await refusal(createSession(request), 'ALREADY_IN_SESSION');
    expect([...sessions.items.keys()]).to.deep.equal(['faithful-shepherd-427']);
  });

  it('does not pass off a session that has ended, has expired, or has moved to another connection', async () => {
    const { createSession, sessions, clock } = setUp();
    const { sessionId } = await createSession(request);
    const created = sessions.items.get(sessionId) ?? sampleSession();

    sessions.items.set(sessionId, { ...created, speakerConnectionId: 'speaker-2' });
    await refusal(createSession(request), 'ALREADY_IN_SESSION');
    sessions.items.set(sessionId, { ...created, isActive: false });
    await refusal(createSession(request), 'ALREADY_IN_SESSION');
    sessions.items.set(sessionId, created);
    clock.advance(7_200_000);
    await refusal(createSession(request), 'ALREADY_IN_SESSION');
    expect([...sessions.items.keys()]).to.deep.equal([sessionId]);
  });

  it('refuses anonymous connections and languages that nobody transcribes', async () => {
    const { createSession, sessions } = setUp();
    await refusal(createSession({ ...request, userId: undefined }), 'UNAUTHORIZED');
    const invalid = await refusal(createSession({ ...request, sourceLanguage: 'x' }), 'INVALID_LANGUAGE');
    expect(invalid.details[0]?.field).to.equal('sourceLanguage');
    await refusal(createSession({ ...request, sourceLanguage: 'eo' }), 'UNSUPPORTED_LANGUAGE');
    expect(sessions.items.size).to.equal(0);
  });

  it('limits the sessions of a user within an hour, with the time to wait', async () => {
    const { createSession, meter } = setUp({ sessionsPerHour: 2 });
    await createSession(request);
    await createSession({ ...request, connectionId: 'speaker-2' });

    const error = await refusal(createSession({ ...request, connectionId: 'speaker-3' }), 'RATE_LIMIT_EXCEEDED');

    expect(error.retryAfterSeconds).to.equal(1600); // the first hour of the epoch
    expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'createSession']]);
    await createSession({ ...request, connectionId: 'speaker-3', userId: 'user-2' });
  });

  it('leaves a session without a speaker when it breaks off between the two writes; a sweep ends it', async () => {
    const { createSession, sessions, connections, sweep, clock } = setUp();
    const { create } = connections;
    connections.create = () => Promise.reject(new Error('crashed'));
    await createSession(request).catch(() => {});
    connections.create = create;
    expect(sessions.items.get('drawn-river-100')?.isActive).to.equal(true);

    for (let round = 0; round < 3; round++) {
      await sweep();
      clock.advance(60_000);
    }

    expect(sessions.items.get('drawn-river-100')).to.include({ isActive: false, endReason: 'speakerLost' });
  });
});

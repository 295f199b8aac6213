import { expect } from 'chai';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession } from '../support/samples.ts';
import { setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const request = {
  connectionId: 'listener-1',
  connectedAt: 1_990_000,
  addressHash: 'address-1',
  sessionId: id,
  targetLanguage: 'es',
};

describe('joinSession', () => {
  it('gives the listener a place, and says what it needs to know', async () => {
    const { joinSession, sessions, connections } = setUp({ sessions: [sampleSession({ listenerCount: 4 })] });

    expect(await joinSession(request)).to.deep.equal({
      type: 'sessionJoined',
      sessionId: 'faithful-shepherd-427',
      sourceLanguage: 'en',
      targetLanguage: 'es',
      connectionId: 'listener-1',
      listenerCount: 5,
      heartbeatIntervalSeconds: 30,
    });
    expect(sessions.items.get(id)?.listenerCount).to.equal(5);
    expect(connections.items.get('listener-1')).to.deep.equal({
      connectionId: 'listener-1',
      sessionId: 'faithful-shepherd-427',
      role: 'listener',
      targetLanguage: 'es',
      connectedAt: 1_990_000,
      lastHeartbeatAt: 2_000_000,
    });
  });

  it('understands an ID as it is spoken and typed, and a language in any case', async () => {
    const { joinSession } = setUp({ sessions: [sampleSession()] });
    for (const [index, sessionId] of [
      'Faithful Shepherd 427',
      ' FAITHFUL_SHEPHERD 4 2 7',
      'faithfulshepherd427',
    ].entries()) {
      const reply = await joinSession({ ...request, connectionId: `l-${index}`, sessionId, targetLanguage: 'PT-pt' });
      expect([reply.sessionId, reply.targetLanguage]).to.deep.equal(['faithful-shepherd-427', 'pt-PT']);
    }
  });

  it('gives the same answer when asked twice, and counts once', async () => {
    const { joinSession, sessions } = setUp({ sessions: [sampleSession()] });
    const first = await joinSession(request);
    const second = await joinSession(request);
    expect(second).to.deep.equal(first);
    expect(sessions.items.get(id)?.listenerCount).to.equal(1);
  });

  it('counts once when the same message comes five times at once', async () => {
    const { joinSession, sessions } = setUp({ sessions: [sampleSession()] });
    const replies = await Promise.all(Array.from({ length: 5 }, () => joinSession(request)));
    expect(replies.map(({ connectionId }) => connectionId)).to.deep.equal(Array(5).fill('listener-1'));
    expect(sessions.items.get(id)?.listenerCount).to.equal(1);
  });

  it('answers a repetition in a session that has become full', async () => {
    const { joinSession, sessions } = setUp({ sessions: [sampleSession()], maxListeners: 1 });
    await joinSession(request);
    expect((await joinSession(request)).listenerCount).to.equal(1);
    expect(sessions.items.get(id)?.listenerCount).to.equal(1);
  });

  it('refuses a connection that has a role already, and counts nothing', async () => {
    const other = sampleSession({ sessionId: 'quiet-river-100' });
    const { joinSession, sessions } = setUp({ sessions: [sampleSession(), other] });
    await joinSession(request);

    await refusal(joinSession({ ...request, sessionId: 'quiet-river-100' }), 'ALREADY_IN_SESSION');
    await refusal(joinSession({ ...request, targetLanguage: 'fr' }), 'ALREADY_IN_SESSION');

    expect(sessions.items.get('quiet-river-100')?.listenerCount).to.equal(0);
    expect(sessions.items.get(id)?.listenerCount).to.equal(1);
  });

  it('refuses a connection that has handed its place on', async () => {
    const { targetLanguage: _, ...listener } = sampleListener({ supersededBy: 'listener-2' });
    const { joinSession, sessions } = setUp({ sessions: [sampleSession()], connections: [listener] });
    await refusal(joinSession(request), 'ALREADY_IN_SESSION');
    expect(sessions.items.get(id)?.listenerCount).to.equal(0);
  });

  it('says that a full session is full, to a connection with a role elsewhere that it has one', async () => {
    const { joinSession } = setUp({
      sessions: [sampleSession({ listenerCount: 2 })],
      connections: [sampleListener({ connectionId: 'elsewhere', sessionId: 'quiet-river-100' })],
      maxListeners: 2,
    });
    const error = await refusal(joinSession(request), 'SESSION_FULL');
    expect(error.details).to.deep.equal([{ field: 'sessionId', problem: 'has 2 listeners, its maximum' }]);
    await refusal(joinSession({ ...request, connectionId: 'elsewhere' }), 'ALREADY_IN_SESSION');
  });

  it('never gives away more places than there are', async () => {
    const { joinSession, sessions, connections } = setUp({ sessions: [sampleSession()], maxListeners: 50 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 80 }, (_, index) => joinSession({ ...request, connectionId: `l-${index}` })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(50);
    expect(sessions.items.get(id)?.listenerCount).to.equal(50);
    expect(connections.items.size).to.equal(50);
  });

  it('does not find sessions that never were, have ended, or have expired', async () => {
    const { joinSession, clock, sessions } = setUp({
      sessions: [
        sampleSession({ expiresAt: 2_000_001 }),
        sampleSession({ sessionId: 'quiet-river-100', isActive: false }),
      ],
    });
    await refusal(joinSession({ ...request, sessionId: 'no-such-123' }), 'INVALID_SESSION_ID');
    await refusal(joinSession({ ...request, sessionId: 'gentle-river-123' }), 'SESSION_NOT_FOUND');
    await refusal(joinSession({ ...request, sessionId: 'quiet-river-100' }), 'SESSION_NOT_FOUND');
    clock.advance(1);
    await refusal(joinSession(request), 'SESSION_NOT_FOUND');
    expect(sessions.items.get(id)?.listenerCount).to.equal(0);
  });

  it('refuses languages that do not exist, and those that are not offered', async () => {
    const { joinSession } = setUp({ sessions: [sampleSession()] });
    const error = await refusal(joinSession({ ...request, targetLanguage: 'spanish' }), 'INVALID_LANGUAGE');
    expect(error.details).to.deep.equal([
      { field: 'targetLanguage', problem: 'must be a language code such as en or pt-PT' },
    ]);
    const unsupported = await refusal(joinSession({ ...request, targetLanguage: 'eo' }), 'UNSUPPORTED_LANGUAGE');
    expect(unsupported.details[0]).to.include({ field: 'targetLanguage', problem: 'eo is not supported' });
    expect(unsupported.details[0]?.allowed).to.include('pt-PT');
  });

  it('limits failed joins of an address, with the time to wait, and successful ones not at all', async () => {
    const { joinSession, meter, clock } = setUp({ sessions: [sampleSession()], failedJoinsPerMinute: 3 });
    const guess = () => joinSession({ ...request, connectionId: 'guesser', sessionId: 'gentle-river-123' });
    for (let joined = 0; joined < 20; joined++) await joinSession({ ...request, connectionId: `l-${joined}` });
    for (let failed = 0; failed < 2; failed++) await refusal(guess(), 'SESSION_NOT_FOUND');
    await refusal(joinSession({ ...request, sessionId: 'nonsense' }), 'INVALID_SESSION_ID');

    const error = await refusal(guess(), 'RATE_LIMIT_EXCEEDED');

    expect(error.retryAfterSeconds).to.equal(40); // the minute that began at 1,980,000 ends at 2,040,000
    expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'failedJoin']]);
    await refusal(
      joinSession({ ...request, addressHash: 'address-2', sessionId: 'gentle-river-123' }),
      'SESSION_NOT_FOUND',
    );
    clock.advance(40_000);
    await refusal(guess(), 'SESSION_NOT_FOUND');
  });

  it('closes the connection of one who goes on guessing, four times beyond the limit', async () => {
    const { joinSession, push } = setUp({ failedJoinsPerMinute: 3 });
    const guess = () => joinSession({ ...request, connectionId: 'guesser', sessionId: 'gentle-river-123' });
    for (let failed = 0; failed < 12; failed++) await guess().catch(() => {});
    expect(push.closed).to.deep.equal([]);
    await refusal(guess(), 'RATE_LIMIT_EXCEEDED');
    expect(push.closed).to.deep.equal(['guesser']);
  });

  it('leaves a count that is too high when it breaks off between the two writes', async () => {
    const { joinSession, sessions, connections } = setUp({ sessions: [sampleSession()] });
    const create = connections.create;
    connections.create = () => Promise.reject(new Error('crashed'));
    await joinSession(request).catch(() => {});
    expect(sessions.items.get(id)?.listenerCount).to.equal(1);
    expect(connections.items.size).to.equal(0);

    connections.create = create;
    expect((await joinSession(request)).listenerCount).to.equal(2);
  });
});

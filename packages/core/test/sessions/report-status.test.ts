import { expect } from 'chai';
import { ANONYMOUS, speakerIdentity, UNCHECKED } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const request = { connectionId: 'speaker-1', identity: speakerIdentity() };
const room = (options: SetUp = {}) =>
  setUp({
    sessions: [sampleSession()],
    connections: [
      sampleSpeaker(),
      sampleListener(),
      sampleListener({ connectionId: 'listener-2', targetLanguage: 'fr', placeShard: '1000000#1' }),
      sampleListener({ connectionId: 'listener-3', placeShard: '1000000#1' }),
    ],
    ...options,
  });

describe('getSessionStatus', () => {
  it('adds up the shards, by language, as of now', async () => {
    const { reportStatus } = room();
    expect(await reportStatus(request)).to.deep.equal({
      type: 'sessionStatus',
      sessionId: 'faithful-shepherd-427',
      state: 'active',
      revision: 1,
      broadcastState: { paused: false, muted: false, volume: 1 },
      listenerCount: 3,
      listenersByLanguage: { es: 2, fr: 1 },
      createdAt: 1_000_000,
      expiresAt: 8_200_000,
      durationSeconds: 1000,
      timestamp: 2_000_000,
    });
  });

  it('lists the languages in the order of their codes, and none that nobody hears', async () => {
    const { reportStatus, changeLanguage, clock } = room({ connections: [sampleSpeaker(), sampleListener()] });
    await changeLanguage({ connectionId: 'listener-1', targetLanguage: 'ar' });
    clock.advance(1000);
    expect(JSON.stringify((await reportStatus(request)).listenersByLanguage)).to.equal('{"ar":1}');
  });

  it('says of a session that has ended that it has, how long it lasted, and nothing of listeners', async () => {
    const { reportStatus } = room({
      sessions: [sampleSession({ state: 'ended', endedAt: 1_900_999, endReason: 'speakerEnded', revision: 5 })],
    });
    expect(await reportStatus(request)).to.deep.include({
      state: 'ended',
      revision: 5,
      listenerCount: 0,
      listenersByLanguage: {},
      durationSeconds: 900,
    });
  });

  it('says of a session that has expired that it has ended, ended or not', async () => {
    const { reportStatus } = room({ sessions: [sampleSession({ expiresAt: 1_500_000 })] });
    expect(await reportStatus(request)).to.include({ state: 'ended', listenerCount: 0, durationSeconds: 500 });
  });

  it('is refused to a listener, with or without a token', async () => {
    const { reportStatus } = room();
    for (const identity of [ANONYMOUS, speakerIdentity()]) {
      await refusal(reportStatus({ connectionId: 'listener-1', identity }), 'FORBIDDEN');
    }
  });

  it('is refused on a connection without a role, and of a session that is no more', async () => {
    const { reportStatus, tables } = room();
    await refusal(reportStatus({ ...request, connectionId: 'new' }), 'NOT_IN_SESSION');
    tables.partitionOf('faithful-shepherd-427').stored = undefined;
    await refusal(reportStatus(request), 'SESSION_NOT_FOUND');
  });

  it('is refused once the token has expired, or could not be checked', async () => {
    const { reportStatus } = room();
    await refusal(reportStatus({ ...request, identity: speakerIdentity('user-1', 2_000_000) }), 'TOKEN_EXPIRED');
    const error = await refusal(reportStatus({ ...request, identity: UNCHECKED }), 'SERVICE_UNAVAILABLE');
    expect(error.retryAfterSeconds).to.equal(2);
  });

  it('is limited to twice its rate, with the time to wait', async () => {
    const { reportStatus, clock, meter } = room();
    await reportStatus(request);
    clock.advance(100);
    await reportStatus(request);
    clock.advance(100);
    const error = await refusal(reportStatus(request), 'RATE_LIMIT_EXCEEDED');
    expect(error.retryAfterSeconds).to.equal(5);
    expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'getSessionStatus']]);
    clock.advance(5000);
    await reportStatus(request);
  });
});

import { expect } from 'chai';
import { ownSession } from '../../src/protocol/index.ts';
import { ANONYMOUS, speakerIdentity } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleSession } from '../support/samples.ts';
import { setUp } from '../support/set-up.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const request = { identity: speakerIdentity(), sourceLanguage: 'en-GB', startsAt: 2_000_000 + 2 * HOUR_MS };

describe('scheduleSession', () => {
  it('stores a session that has no speaker yet, and waits for a day once it was to start', async () => {
    const { scheduleSession, session, joinKeys } = setUp();

    const scheduled = await scheduleSession(request);

    expect(scheduled).to.deep.equal({
      sessionId: 'drawn-river-100',
      state: 'scheduled',
      revision: 1,
      sourceLanguage: 'en-GB',
      qualityTier: 'standard',
      createdAt: 2_000_000,
      startsAt: 9_200_000,
      joinsOpenAt: 7_400_000,
      expiresAt: 95_600_000,
      joinKey: joinKeys.joinKeyOf('drawn-river-100'),
      maxListeners: 500,
    });
    expect(ownSession.safeParse(scheduled).success).to.equal(true);
    expect(session('drawn-river-100')).to.deep.equal({
      sessionId: 'drawn-river-100',
      speakerUserId: 'user-1',
      sourceLanguage: 'en-GB',
      qualityTier: 'standard',
      state: 'scheduled',
      broadcastState: { paused: false, muted: false, volume: 1 },
      revision: 1,
      capacity: 500,
      createdAt: 2_000_000,
      startsAt: 9_200_000,
      expiresAt: 95_600_000,
    });
  });

  it('starts now unless told otherwise, and can be joined at once', async () => {
    const { scheduleSession } = setUp();
    const { startsAt, joinsOpenAt } = await scheduleSession({ identity: speakerIdentity(), sourceLanguage: 'en' });
    expect({ startsAt, joinsOpenAt }).to.deep.equal({ startsAt: 2_000_000, joinsOpenAt: 2_000_000 });
  });

  it('puts the places of the session into 40 shards', async () => {
    const { scheduleSession, sessions } = setUp();
    await scheduleSession(request);
    const shards = (await sessions.findWithPlaces('drawn-river-100'))?.shards ?? [];
    expect(shards).to.have.length(40);
    expect(shards[0]).to.deep.equal({ placeShard: '2000000#0', capacity: 13, taken: 0, joins: 0, languages: {} });
  });

  it('takes a start from five minutes ago to seven days ahead, and names the field otherwise', async () => {
    const { scheduleSession } = setUp();
    const at = (startsAt: number) => scheduleSession({ ...request, startsAt });
    expect((await at(2_000_000 + 7 * DAY_MS)).startsAt).to.equal(606_800_000);
    expect((await at(2_000_000 - 300_000)).startsAt).to.equal(1_700_000);

    const late = await refusal(at(2_000_001 + 7 * DAY_MS), 'INVALID_PARAMETERS');
    expect(late.message).to.equal('startsAt: must be at most 7 days ahead; it is 1970-01-01T00:33:20.000Z now');
    expect(late.details.map(({ field }) => field)).to.deep.equal(['startsAt']);
    const past = await refusal(at(1_699_999), 'INVALID_PARAMETERS');
    expect(past.message).to.contain('startsAt: is past');
  });

  it('needs a speaker whose token is good, who is not denied, and a language that is spoken', async () => {
    const { scheduleSession, sessions } = setUp();
    await refusal(scheduleSession({ ...request, identity: ANONYMOUS }), 'UNAUTHORIZED');
    await refusal(scheduleSession({ ...request, identity: speakerIdentity('user-1', 2_000_000) }), 'TOKEN_EXPIRED');
    await refusal(scheduleSession({ ...request, sourceLanguage: 'hello' }), 'INVALID_LANGUAGE');
    await sessions.denySpeaker({ userId: 'user-1', deniedAt: 1 });
    await refusal(scheduleSession(request), 'SPEAKER_DENIED');
  });

  it('shares the limit of sessions an hour with createSession', async () => {
    const { scheduleSession, createSession } = setUp({ sessionsPerHour: 2 });
    await scheduleSession(request);
    const live = { identity: speakerIdentity(), sourceLanguage: 'en', connectedAt: 1 };
    await createSession({ ...live, connectionId: 'c1' });
    await refusal(createSession({ ...live, connectionId: 'c2' }), 'RATE_LIMIT_EXCEEDED');
    await refusal(scheduleSession(request), 'RATE_LIMIT_EXCEEDED');
  });

  it('draws again while the ID is taken', async () => {
    const { scheduleSession, session } = setUp({ sessions: [sampleSession({ sessionId: 'drawn-river-100' })] });
    expect((await scheduleSession(request)).sessionId).to.equal('drawn-river-101');
    expect(session('drawn-river-100')?.state).to.equal('active');
  });

  it('gives up when every ID is taken', async () => {
    const { scheduleSession } = setUp({
      sessions: [sampleSession()],
      drawSessionId: () => 'faithful-shepherd-427',
    });
    await refusal(scheduleSession(request), 'SERVICE_UNAVAILABLE');
  });

  describe('allows a user so many', () => {
    it('and no more', async () => {
      const { scheduleSession } = setUp({ maxScheduled: 2 });
      await scheduleSession(request);
      await scheduleSession(request);

      const { message } = await refusal(scheduleSession(request), 'TOO_MANY_SCHEDULED');

      expect(message).to.equal('2 sessions are scheduled, and a user may have 2: end one, or let one start');
      await scheduleSession({ ...request, identity: speakerIdentity('user-2') });
    });

    it('and no more of many at once', async () => {
      const { scheduleSession, sessions } = setUp({ maxScheduled: 3 });
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => scheduleSession(request)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(3);
      expect(await sessions.openSessionsOf('user-1')).to.have.length(3);
    });

    it('and another one for each that has ended, started or expired', async () => {
      const { scheduleSession, endSessionOfOwner, refreshConnection, clock } = setUp({ maxScheduled: 1 });
      const first = await scheduleSession(request);
      await refusal(scheduleSession(request), 'TOO_MANY_SCHEDULED');
      await endSessionOfOwner({ identity: speakerIdentity(), sessionId: first.sessionId });

      const second = await scheduleSession(request);
      await refreshConnection({
        connectionId: 'speaker-1',
        connectedAt: 2_000_000,
        identity: speakerIdentity(),
        sessionId: second.sessionId,
        role: 'speaker',
      });

      const third = await scheduleSession(request);
      clock.advance(third.expiresAt - 2_000_000);
      await scheduleSession({ ...request, startsAt: clock.nowMs() });
    });

    it('and none, if that is the limit', async () => {
      const { scheduleSession } = setUp({ maxScheduled: 0 });
      await refusal(scheduleSession(request), 'TOO_MANY_SCHEDULED');
    });
  });
});

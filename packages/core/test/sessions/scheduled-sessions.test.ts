import { expect } from 'chai';
import { speakerIdentity } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleScheduled } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
/** To start at 4,600,000; joins open 30 minutes before, at 2,800,000; it is 2,000,000. */
const room = (options: SetUp = {}) => setUp({ sessions: [sampleScheduled()], ...options });
const join = {
  connectionId: 'listener-1',
  connectedAt: 1_990_000,
  addressHash: 'address-1',
  sessionId: id,
  targetLanguage: 'es',
};
const refresh = {
  connectionId: 'speaker-1',
  connectedAt: 1_990_000,
  identity: speakerIdentity(),
  sessionId: id,
  role: 'speaker',
} as const;

describe('A session that was created ahead of time', () => {
  describe('cannot be joined', () => {
    it('until half an hour before it starts, and says when that is', async () => {
      const { joinSession, connection } = room();

      const { message, startsAt, retryAfterSeconds } = await refusal(joinSession(join), 'NOT_STARTED');

      expect({ startsAt, retryAfterSeconds }).to.deep.equal({ startsAt: 4_600_000, retryAfterSeconds: 800 });
      expect(message).to.equal(
        'Session faithful-shepherd-427 starts at 1970-01-01T01:16:40.000Z, and opens at 1970-01-01T00:46:40.000Z',
      );
      expect(connection('listener-1')).to.equal(undefined);
    });

    it('and asks nobody to wait for more than an hour', async () => {
      const { joinSession } = room({ sessions: [sampleScheduled({ startsAt: 80_000_000 })] });
      const { retryAfterSeconds } = await refusal(joinSession(join), 'NOT_STARTED');
      expect(retryAfterSeconds).to.equal(3600);
    });

    it('which counts as no guess', async () => {
      const { joinSession } = room({ wrongSessionIdsPerMinute: 1 });
      for (let times = 0; times < 3; times++) await refusal(joinSession(join), 'NOT_STARTED');
    });
  });

  it('can be joined from then on, and says when it starts', async () => {
    const { joinSession, clock, places } = room();
    clock.advance(800_000);
    expect(await joinSession(join)).to.include({ state: 'scheduled', startsAt: 4_600_000, listenerCount: 1 });
    expect(places()).to.deep.include({ taken: 1 });
  });

  it('lets listeners who wait move to another connection', async () => {
    const { refreshConnection, places } = room({ connections: [sampleListener()] });
    const moved = await refreshConnection({
      ...refresh,
      role: 'listener',
      connectionId: 'listener-2',
      previousConnectionId: 'listener-1',
    });
    expect(moved).to.include({ role: 'listener', state: 'scheduled' });
    expect(places()).to.deep.include({ taken: 1 });
  });

  describe('starts with the first connection of its owner that comes', () => {
    it('whatever client that is, and lives as long as any other from then on', async () => {
      const { refreshConnection, session, connection } = room();

      const reply = await refreshConnection({ ...refresh, clientId: 'tab-1' });

      expect(reply).to.include({ state: 'active', revision: 2, expiresAt: 9_200_000 });
      expect(session()).to.include({ state: 'active', startedAt: 2_000_000, speakerClientId: 'tab-1' });
      expect(connection('speaker-1')).to.include({ role: 'speaker', userId: 'user-1' });
    });

    it('so that a second client must take it over', async () => {
      const { refreshConnection, session } = room();
      await refreshConnection({ ...refresh, clientId: 'tab-1' });
      const second = { ...refresh, connectionId: 'speaker-2', connectedAt: 1_995_000, clientId: 'tab-2' };
      await refusal(refreshConnection(second), 'SPEAKER_REPLACED');
      await refreshConnection({ ...second, takeOver: true });
      // It started once.
      expect(session()).to.include({ startedAt: 2_000_000, speakerConnectionId: 'speaker-2' });
    });

    it('and those who wait are notified, and the speaker of them', async () => {
      const given = room({ connections: [sampleListener()] });
      given.push.open('speaker-1');
      await given.refreshConnection(refresh);
      await given.notifyChanges(given.stream, (error) => {
        throw error;
      });
      await given.deliverer.drain();

      expect(given.typesTo('listener-1')).to.deep.equal(['sessionStarted']);
      const status = given.sent.find(({ to }) => to === 'speaker-1')?.message;
      expect(status).to.include({ type: 'sessionStatus', state: 'active', listenerCount: 1, durationSeconds: 0 });
      expect(given.eventBus.published.map(({ type }) => type)).to.deep.equal(['SessionStarted']);
    });

    it('and does not start for anybody else', async () => {
      const { refreshConnection, sessions, session } = room();
      await refusal(refreshConnection({ ...refresh, identity: speakerIdentity('user-2') }), 'SESSION_NOT_FOUND');
      await sessions.denySpeaker({ userId: 'user-1', deniedAt: 1 });
      await refusal(refreshConnection(refresh), 'SPEAKER_DENIED');
      expect(session()).to.deep.equal(sampleScheduled());
    });

    it('and not when it is over', async () => {
      const { refreshConnection, clock } = room();
      clock.advance(89_000_000);
      await refusal(refreshConnection(refresh), 'SESSION_NOT_FOUND');
    });
  });

  it('is told to the status as what it is, however long ago it was created', async () => {
    const { refreshConnection, reportStatus, clock } = room();
    await refreshConnection(refresh);
    clock.advance(61_500);
    const status = await reportStatus({ connectionId: 'speaker-1', identity: speakerIdentity() });
    expect(status.durationSeconds).to.equal(61);
  });

  describe('is swept', () => {
    it('when nobody has come for a day', async () => {
      const { sweep, session, clock } = room();
      clock.advance(89_000_000);
      expect(await sweep()).to.include({ ended: 1 });
      expect(session()).to.include({ state: 'ended', endReason: 'expired' });
    });

    it('and not before; until it starts it is not active', async () => {
      const { sweep, session, meter, clock } = room();
      clock.advance(88_999_999);
      expect(await sweep()).to.include({ ended: 0 });
      expect(session()?.state).to.equal('scheduled');
      expect(meter.figures.at(-1)).to.deep.equal(['gauges', { activeSessions: 0, openConnections: 0 }]);
    });
  });

  it('is listed to operators, ended by them, and ends when its user is denied', async () => {
    const { operate, session } = room();
    expect(await operate.list()).to.deep.equal([sampleScheduled()]);
    expect((await operate.deny('user-1')).map(({ sessionId }) => sessionId)).to.deep.equal([id]);
    expect(session()).to.include({ state: 'ended', endReason: 'operatorEnded' });
  });
});

import { expect } from 'chai';
import type { Session } from '../../src/sessions/model.ts';
import type { ScheduledEntry, SessionRepository } from '../../src/sessions/ports.ts';
import { collect, sampleListener, sampleScheduled, sampleShards, sampleSpeaker } from '../support/samples.ts';
import { SESSION_ID, type SetUp, useFixture } from './fixture.ts';

type Schedule = Parameters<SessionRepository['schedule']>[0];

/** What every implementation of `SessionRepository` promises of sessions that were created ahead of time. */
export function scheduledContract(setUp: SetUp): void {
  const given = useFixture(setUp);
  const noList = { userId: 'user-1', version: 0, entries: [] };
  const entry = (sessionId = SESSION_ID, createdAt = 1_000_000): ScheduledEntry => ({ sessionId, createdAt });
  const schedule = (change: Partial<Schedule> = {}) =>
    given.sessions.schedule({
      session: sampleScheduled(),
      shards: sampleShards(),
      listBefore: noList,
      entries: [entry()],
      listKeptUntil: 700_000_000,
      ...change,
    });

  describe('schedule', () => {
    it('stores a session without a speaker, its shards, and the list of its user', async () => {
      expect(await schedule()).to.equal('scheduled');

      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(sampleScheduled());
      expect((await given.sessions.findWithPlaces(SESSION_ID))?.shards).to.have.deep.members(sampleShards());
      const list = await given.sessions.findScheduledList('user-1');
      expect(list).to.deep.equal({ userId: 'user-1', version: 1, entries: [entry()] });
    });

    it('lists it among the open sessions of its user, and the list as none', async () => {
      await schedule();
      expect(await given.sessions.openSessionsOf('user-1')).to.deep.equal([sampleScheduled()]);
      expect(await collect(given.sessions.openPages())).to.deep.equal([sampleScheduled()]);
    });

    it('takes 96 shards', async () => {
      const shards = Array.from({ length: 96 }, (_, index) => ({
        placeShard: `1000000#${index}`,
        capacity: 105,
        taken: 0,
        joins: 0,
        languages: {},
      }));
      expect(await schedule({ shards })).to.equal('scheduled');
      expect((await given.sessions.findWithPlaces(SESSION_ID))?.shards).to.have.deep.members(shards);
    });

    it('refuses an ID that is taken, and leaves the list', async () => {
      await given.createSession();
      expect(await schedule()).to.equal('idTaken');
      expect(await given.sessions.findScheduledList('user-1')).to.deep.equal(noList);
      expect((await given.sessions.find(SESSION_ID))?.state).to.equal('active');
    });

    it('refuses a user that is denied, and stores nothing', async () => {
      await given.sessions.denySpeaker({ userId: 'user-1', deniedAt: 900_000 });
      expect(await schedule()).to.equal('speakerDenied');
      expect(await given.sessions.find(SESSION_ID)).to.equal(undefined);
      expect(await given.sessions.findScheduledList('user-1')).to.deep.equal(noList);
    });

    it('refuses when the list has changed since, and stores nothing', async () => {
      await schedule();
      const second = {
        session: sampleScheduled({ sessionId: 'quiet-river-100' }),
        entries: [entry('quiet-river-100')],
      };
      expect(await schedule(second)).to.equal('listChanged');
      expect(await given.sessions.find('quiet-river-100')).to.equal(undefined);

      const listBefore = await given.sessions.findScheduledList('user-1');
      const entries = [...listBefore.entries, entry('quiet-river-100')];
      expect(await schedule({ ...second, listBefore, entries })).to.equal('scheduled');
      expect(await given.sessions.findScheduledList('user-1')).to.deep.equal({ userId: 'user-1', version: 2, entries });
    });

    it('refuses a list that was there and is no more', async () => {
      expect(await schedule({ listBefore: { userId: 'user-1', version: 4, entries: [] } })).to.equal('listChanged');
    });

    it('repeated, says that it is done', async () => {
      await schedule();
      expect(await schedule()).to.equal('scheduled');
      expect((await given.sessions.findScheduledList('user-1')).version).to.equal(1);
    });

    it('of many at once with the same list takes one', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          schedule({ session: sampleScheduled({ sessionId: `quiet-river-10${index}` }) }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'scheduled')).to.have.length(1);
      expect(outcomes.filter((outcome) => outcome === 'listChanged')).to.have.length(5);
      expect(await given.sessions.openSessionsOf('user-1')).to.have.length(1);
    });

    it('keeps the lists of users apart', async () => {
      await schedule();
      const session = sampleScheduled({ sessionId: 'quiet-river-100', speakerUserId: 'user-2' });
      expect(await schedule({ session, listBefore: { ...noList, userId: 'user-2' } })).to.equal('scheduled');
    });
  });

  describe('A scheduled session', () => {
    const speaker = sampleSpeaker({ connectedAt: 1_900_000, lastHeartbeatAt: 2_000_000 });
    const move = (before: Session) =>
      given.sessions.moveSpeaker({
        before,
        speaker,
        clientId: 'tab-1',
        expiresAt: 9_200_000,
        startedAt: 2_000_000,
      });
    const started: Session = {
      ...sampleScheduled(),
      state: 'active',
      speakerConnectionId: 'speaker-1',
      speakerConnectedAt: 1_900_000,
      speakerClientId: 'tab-1',
      startedAt: 2_000_000,
      expiresAt: 9_200_000,
      revision: 2,
    };

    it('starts when its speaker comes', async () => {
      await schedule();
      expect(await move(sampleScheduled())).to.deep.equal({ moved: started });
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(started);
      expect(await given.connections.find('speaker-1')).to.deep.equal(speaker);
      // Once more, for the answer was lost.
      expect(await move(sampleScheduled())).to.deep.equal({ moved: started });
    });

    it('does not start for a user that is denied', async () => {
      await schedule();
      await given.sessions.denySpeaker({ userId: 'user-1', deniedAt: 1_500_000 });
      expect(await move(sampleScheduled())).to.equal('speakerDenied');
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(sampleScheduled());
    });

    it('does not start when it has ended', async () => {
      await schedule();
      await given.sessions.end({
        sessionId: SESSION_ID,
        endedAt: 2_000_000,
        endReason: 'expired',
        only: { expiredBy: sampleScheduled().expiresAt },
      });
      expect(await move(sampleScheduled())).to.equal('sessionChanged');
    });

    it('has places for those who come early', async () => {
      await schedule();
      await given.join({});
      expect((await given.shard())?.languages).to.deep.equal({ es: 1 });
      await move(sampleScheduled());
      expect(await given.connections.find('listener-1')).to.deep.equal(sampleListener());
    });

    it('ends, and says that its speaker has not heard of it', async () => {
      await schedule();
      const end = () =>
        given.sessions.end({
          sessionId: SESSION_ID,
          endedAt: 2_000_000,
          endReason: 'speakerEnded',
          only: { createdAt: 1_000_000 },
          isSpeakerUnaware: true,
        });
      const ended = {
        ...sampleScheduled(),
        state: 'ended',
        endedAt: 2_000_000,
        endReason: 'speakerEnded',
        isSpeakerUnaware: true,
        revision: 2,
      };
      expect(await end()).to.deep.equal(ended);
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(ended);
    });
  });
}

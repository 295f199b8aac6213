import { expect } from 'chai';
import { collect, sampleSession } from '../support/samples.ts';
import { SESSION_ID, type SetUp, useFixture } from './fixture.ts';

/** What every implementation of `SessionRepository` promises of its lists, and of what was announced. */
export function sessionReadsContract(setUp: SetUp): void {
  const given = useFixture(setUp);
  const other = {
    sessionId: 'quiet-river-100',
    speakerUserId: 'user-2',
    speakerConnectionId: 'speaker-2',
    createdAt: 1_100_000,
  };

  it('finds nothing where there is nothing', async () => {
    expect(await given.sessions.find(SESSION_ID)).to.equal(undefined);
    expect(await given.sessions.findWithPlaces(SESSION_ID)).to.equal(undefined);
    expect(await given.sessions.findAnnouncedLanguages(SESSION_ID)).to.equal(undefined);
    expect(await collect(given.sessions.openPages())).to.deep.equal([]);
    expect(await given.sessions.openSessionsOf('user-1')).to.deep.equal([]);
  });

  it('lists the sessions whose end is not complete, of all users and of one', async () => {
    await given.createSession();
    await given.createSession(other, []);
    await given.sessions.denySpeaker({ userId: 'user-3', deniedAt: 1_000_000 });
    await given.endAndClose();
    const ended = sampleSession({ state: 'ended', endedAt: 2_000_000, endReason: 'expired', revision: 2 });
    expect(await collect(given.sessions.openPages())).to.have.deep.members([ended, sampleSession(other)]);
    expect(await given.sessions.openSessionsOf('user-1')).to.deep.equal([ended]);
    expect(await given.sessions.openSessionsOf('user-3')).to.deep.equal([]);

    await given.complete(2_001_000);

    expect(await collect(given.sessions.openPages())).to.deep.equal([sampleSession(other)]);
    expect(await given.sessions.openSessionsOf('user-1')).to.deep.equal([]);
  });

  it('keeps the languages that were announced last', async () => {
    const first = { createdAt: 1_000_000, languages: ['es'], asOf: 1_500_000 };
    const later = { createdAt: 1_000_000, languages: [], asOf: 1_600_000 };
    await given.sessions.storeAnnouncedLanguages({ sessionId: SESSION_ID, ...first });
    expect(await given.sessions.findAnnouncedLanguages(SESSION_ID)).to.deep.equal(first);
    await given.sessions.storeAnnouncedLanguages({ sessionId: SESSION_ID, ...later });
    await given.sessions.storeAnnouncedLanguages({ sessionId: SESSION_ID, ...first });
    expect(await given.sessions.findAnnouncedLanguages(SESSION_ID)).to.deep.equal(later);
    expect(await given.sessions.findAnnouncedLanguages('quiet-river-100')).to.equal(undefined);
  });

  it('keeps what was announced of a later session of the same ID', async () => {
    const earlier = { createdAt: 1_000_000, languages: ['es'], asOf: 1_500_000 };
    const later = { createdAt: 2_000_000, languages: ['fr'], asOf: 1_400_000 };
    await given.sessions.storeAnnouncedLanguages({ sessionId: SESSION_ID, ...earlier });
    await given.sessions.storeAnnouncedLanguages({ sessionId: SESSION_ID, ...later });
    await given.sessions.storeAnnouncedLanguages({ sessionId: SESSION_ID, ...earlier });
    expect(await given.sessions.findAnnouncedLanguages(SESSION_ID)).to.deep.equal(later);
  });

  it('shows no shards beside what was announced', async () => {
    await given.createSession();
    await given.sessions.storeAnnouncedLanguages({
      sessionId: SESSION_ID,
      createdAt: 1_000_000,
      languages: ['es'],
      asOf: 1_500_000,
    });
    expect((await given.sessions.findWithPlaces(SESSION_ID))?.shards).to.have.length(2);
  });
}

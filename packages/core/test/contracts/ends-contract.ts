import { expect } from 'chai';
import type { SessionRepository } from '../../src/sessions/ports.ts';
import { MAX_REMOVED_AT_ONCE } from '../../src/sessions/ports.ts';
import { listedIds, sampleListener, sampleSession, sampleShard, sampleSpeaker } from '../support/samples.ts';
import { SESSION_ID, type SetUp, useFixture } from './fixture.ts';

type Only = Parameters<SessionRepository['end']>[0]['only'];

/** What every implementation of `SessionRepository` promises of the end of a session. */
export function endsContract(setUp: SetUp): void {
  const given = useFixture(setUp);

  describe('end', () => {
    const end = (only: Only, endedAt = 2_000_000) =>
      given.sessions.end({ sessionId: SESSION_ID, endedAt, endReason: 'speakerEnded', only });
    const ended = sampleSession({ state: 'ended', endedAt: 2_000_000, endReason: 'speakerEnded', revision: 2 });

    it('ends the session, which keeps its speaker, and says it as it is then', async () => {
      await given.createSession();
      expect(await end({ speakerConnectionId: 'speaker-1' })).to.deep.equal(ended);
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(ended);
      expect(await given.connections.find('speaker-1')).to.deep.equal(sampleSpeaker());
    });

    it('does it once', async () => {
      await given.createSession();
      await end({ createdAt: 1_000_000 });
      expect(await end({ createdAt: 1_000_000 }, 2_000_001)).to.equal(undefined);
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(ended);
    });

    it('ends an interrupted session, which is not interrupted any more', async () => {
      await given.createSession();
      await given.sessions.removeSpeaker({
        speaker: sampleSpeaker(),
        session: { state: 'interrupted', interruptedAt: 1_500_000 },
      });
      const { speakerConnectionId: _, ...rest } = ended;
      expect(await end({ interruptedAt: 1_500_000 })).to.deep.equal({ ...rest, revision: 3 });
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal({ ...rest, revision: 3 });
    });

    it('ends only the session that is meant', async () => {
      await given.createSession();
      const others: Only[] = [
        { speakerConnectionId: 'speaker-2' },
        { interruptedAt: 1_500_000 },
        { expiredBy: 8_199_999 },
        { createdAt: 900_000 },
      ];
      for (const only of others) expect(await end(only), JSON.stringify(only)).to.equal(undefined);
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(sampleSession());
      expect((await end({ expiredBy: 8_200_000 }))?.state).to.equal('ended');
    });

    it('does not end a session that was interrupted at another time', async () => {
      await given.createSession();
      await given.sessions.removeSpeaker({
        speaker: sampleSpeaker(),
        session: { state: 'interrupted', interruptedAt: 1_600_000 },
      });
      expect(await end({ interruptedAt: 1_500_000 })).to.equal(undefined);
    });

    it('makes nothing', async () => {
      expect(await end({ createdAt: 1_000_000 })).to.equal(undefined);
      expect(await end({ expiredBy: 9_000_000 })).to.equal(undefined);
      expect(await given.sessions.find(SESSION_ID)).to.equal(undefined);
    });

    it('by several at once ends it once', async () => {
      await given.createSession();
      const outcomes = await Promise.all(
        [2_000_001, 2_000_002, 2_000_003].map((at) => end({ createdAt: 1_000_000 }, at)),
      );
      expect(outcomes.filter((outcome) => outcome !== undefined)).to.have.length(1);
      expect((await given.sessions.find(SESSION_ID))?.revision).to.equal(2);
    });
  });

  describe('closeShard', () => {
    const close = (closedAt: number, placeShard = '1000000#0') =>
      given.sessions.closeShard({ sessionId: SESSION_ID, placeShard, closedAt });

    it('notes since when, and says the shard as it is', async () => {
      await given.createSession();
      await given.join({});
      const closed = sampleShard({ taken: 1, joins: 1, languages: { es: 1 }, closedAt: 2_000_000 });
      expect(await close(2_000_000)).to.deep.equal(closed);
      expect(await given.shard()).to.deep.equal(closed);
      expect((await given.shard('1000000#1'))?.closedAt).to.equal(undefined);
    });

    it('repeated, changes nothing', async () => {
      await given.createSession();
      await close(2_000_000);
      expect((await close(2_500_000))?.closedAt).to.equal(2_000_000);
    });

    it('makes nothing', async () => {
      await given.createSession();
      expect(await close(2_000_000, '1000000#7')).to.equal(undefined);
      expect((await given.sessions.findWithPlaces(SESSION_ID))?.shards).to.have.length(2);
    });
  });

  describe('removeListeners', () => {
    const remove = (listeners: readonly { connectionId: string; targetLanguage?: string }[]) =>
      given.sessions.removeListeners({
        sessionId: SESSION_ID,
        placeShard: '1000000#0',
        isAwaited: false,
        listeners: listeners.map((listener) => ({ targetLanguage: 'es', placeShard: '1000000#0', ...listener })),
      });

    it('removes them and gives their places back', async () => {
      await given.createSession({}, [sampleShard({ capacity: 9 })]);
      await given.join(
        { connectionId: 'a' },
        { connectionId: 'b' },
        { connectionId: 'c', targetLanguage: 'fr' },
        { connectionId: 'd', targetLanguage: 'fr' },
      );
      await given.endAndClose();
      expect(
        await remove([{ connectionId: 'a' }, { connectionId: 'b' }, { connectionId: 'c', targetLanguage: 'fr' }]),
      ).to.equal(3);
      expect(await given.shard()).to.deep.equal(
        sampleShard({ capacity: 9, taken: 1, joins: 4, languages: { fr: 1 }, closedAt: 2_000_000 }),
      );
      expect(await listedIds(given.connections, SESSION_ID)).to.deep.equal(['d']);
    });

    it('passes over those that are gone, have another language, another place or another role', async () => {
      await given.createSession({}, [sampleShard({ capacity: 9 }), sampleShard({ placeShard: '1000000#1' })]);
      await given.join(
        { connectionId: 'a' },
        { connectionId: 'b', targetLanguage: 'fr' },
        { connectionId: 'c', placeShard: '1000000#1' },
      );
      expect(await remove(['nobody', 'a', 'b', 'c', 'speaker-1'].map((connectionId) => ({ connectionId })))).to.equal(
        1,
      );
      expect((await given.shard())?.languages).to.deep.equal({ fr: 1 });
      expect((await given.shard('1000000#1'))?.taken).to.equal(1);
      expect((await listedIds(given.connections, SESSION_ID)).sort()).to.deep.equal(['b', 'c']);
      expect(await given.connections.find('speaker-1')).to.deep.equal(sampleSpeaker());
    });

    it('does nothing for none, for those that are all gone, and for a shard that is no more', async () => {
      await given.createSession();
      expect(await remove([])).to.equal(0);
      expect(await remove([{ connectionId: 'a' }, { connectionId: 'b' }])).to.equal(0);
      expect(await given.shard()).to.deep.equal(sampleShard());
      const elsewhere = { sessionId: SESSION_ID, placeShard: '900000#0' };
      const listeners = [{ connectionId: 'a', targetLanguage: 'es', placeShard: '900000#0' }];
      expect(await given.sessions.removeListeners({ isAwaited: false, ...elsewhere, listeners })).to.equal(0);
    });

    it('removes 99 at once', async () => {
      await given.createSession({}, [sampleShard({ capacity: 105 })]);
      const listeners = Array.from({ length: MAX_REMOVED_AT_ONCE }, (_, index) => ({
        connectionId: `listener-${index}`,
        targetLanguage: ['es', 'fr', 'de'][index % 3] as string,
      }));
      await given.join(...listeners, { connectionId: 'last' });
      expect(await remove(listeners)).to.equal(99);
      expect(await given.shard()).to.deep.equal(
        sampleShard({ capacity: 105, taken: 1, joins: 100, languages: { es: 1 } }),
      );
      expect(await listedIds(given.connections, SESSION_ID)).to.deep.equal(['last']);
    });

    it('beside leaves counts each place once', async () => {
      await given.createSession({}, [sampleShard({ capacity: 30 })]);
      const listeners = Array.from({ length: 20 }, (_, index) => ({ connectionId: `listener-${index}` }));
      await given.join(...listeners);
      const [first, second, ...left] = await Promise.all([
        remove(listeners.slice(0, 15)),
        remove(listeners.slice(5)),
        ...listeners.slice(0, 8).map((listener) => given.sessions.releasePlace(sampleListener(listener))),
      ]);
      const released = left.filter((outcome) => outcome === 'released').length;
      expect(first + second + released).to.equal(20);
      expect(await given.shard()).to.deep.equal(sampleShard({ capacity: 30, joins: 20 }));
    });
  });

  describe('completeEnd', () => {
    it('notes the time, forgets the speaker, and takes the session out of the index', async () => {
      await given.createSession();
      await given.endAndClose();
      const { speakerConnectionId: _, ...rest } = sampleSession();
      const completed = {
        ...rest,
        state: 'ended',
        endedAt: 2_000_000,
        endReason: 'expired',
        endCompletedAt: 2_001_000,
        revision: 3,
      };
      expect(await given.complete(2_001_000)).to.deep.equal(completed);
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(completed);
      expect(await given.sessions.openSessionsOf('user-1')).to.deep.equal([]);
    });

    it('repeated, changes nothing', async () => {
      await given.createSession();
      await given.endAndClose();
      const sessionWithPlaces = await given.sessions.findWithPlaces(SESSION_ID);
      if (sessionWithPlaces === undefined) throw new Error('There is no session');
      const first = await given.sessions.completeEnd({ sessionWithPlaces, completedAt: 2_001_000 });
      expect(await given.sessions.completeEnd({ sessionWithPlaces, completedAt: 2_002_000 })).to.deep.equal(first);
      expect(await given.complete(2_003_000)).to.deep.equal(first);
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(first);
    });

    it('refuses while a shard is open, or a place of it is taken', async () => {
      await given.createSession();
      await given.join({});
      await given.sessions.end({
        sessionId: SESSION_ID,
        endedAt: 2_000_000,
        endReason: 'expired',
        only: { createdAt: 1_000_000 },
      });
      expect(await given.complete(2_001_000)).to.equal(undefined);
      await given.endAndClose();
      expect(await given.complete(2_001_000)).to.equal(undefined);
      expect((await given.sessions.find(SESSION_ID))?.endCompletedAt).to.equal(undefined);
      await given.sessions.releasePlace(sampleListener());
      expect((await given.complete(2_001_000))?.endCompletedAt).to.equal(2_001_000);
    });

    it('refuses a session that has not ended', async () => {
      await given.createSession();
      for (const placeShard of ['1000000#0', '1000000#1']) {
        await given.sessions.closeShard({ sessionId: SESSION_ID, placeShard, closedAt: 2_000_000 });
      }
      expect(await given.complete(2_001_000)).to.equal(undefined);
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(sampleSession());
    });
  });
}

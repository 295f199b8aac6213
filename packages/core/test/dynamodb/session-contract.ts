import { expect } from 'chai';
import type { SessionRepository } from '../../src/sessions/ports.ts';
import { collect, sampleSession } from '../support/samples.ts';

/** What every implementation of `SessionRepository` promises. @param setUp an empty one, for each test */
export function sessionRepositoryContract(setUp: () => SessionRepository): void {
  const id = 'faithful-shepherd-427';
  let sessions: SessionRepository;
  beforeEach(() => {
    sessions = setUp();
  });

  describe('create', () => {
    it('stores the session as it is', async () => {
      expect(await sessions.create(sampleSession())).to.equal(true);

      expect(await sessions.find(id)).to.deep.equal({
        sessionId: 'faithful-shepherd-427',
        speakerUserId: 'user-1',
        speakerConnectionId: 'speaker-1',
        sourceLanguage: 'en',
        qualityTier: 'standard',
        isActive: true,
        listenerCount: 0,
        createdAt: 1_000_000,
        expiresAt: 8_200_000,
      });
    });

    it('refuses an ID that is taken, and leaves its session alone', async () => {
      await sessions.create(sampleSession());

      expect(await sessions.create(sampleSession({ speakerConnectionId: 'other' }))).to.equal(false);

      expect((await sessions.find(id))?.speakerConnectionId).to.equal('speaker-1');
    });

    it('refuses an ID whose session has ended', async () => {
      await sessions.create(sampleSession({ isActive: false }));
      expect(await sessions.create(sampleSession({ speakerConnectionId: 'other' }))).to.equal(false);
    });

    it('succeeds again for the same connection and time', async () => {
      await sessions.create(sampleSession());
      expect(await sessions.create(sampleSession())).to.equal(true);
    });
  });

  describe('find', () => {
    it('gives undefined for an ID that nobody has', async () => {
      expect(await sessions.find(id)).to.equal(undefined);
    });
  });

  describe('discard', () => {
    it("takes back the connection's own session only", async () => {
      await sessions.create(sampleSession());

      await sessions.discard(id, 'other');
      expect(await sessions.find(id)).to.not.equal(undefined);

      await sessions.discard(id, 'speaker-1');
      expect(await sessions.find(id)).to.equal(undefined);
    });
  });

  describe('addListener', () => {
    const join = (nowMs = 2_000_000) => sessions.addListener({ sessionId: id, nowMs, capacity: 2 });

    it('counts one, and gives the session with the new count', async () => {
      await sessions.create(sampleSession());
      expect((await join())?.listenerCount).to.equal(1);
      expect((await join())?.sourceLanguage).to.equal('en');
      expect((await sessions.find(id))?.listenerCount).to.equal(2);
    });

    it('refuses beyond the capacity', async () => {
      await sessions.create(sampleSession({ listenerCount: 2 }));
      expect(await join()).to.equal(undefined);
      expect((await sessions.find(id))?.listenerCount).to.equal(2);
    });

    it('never exceeds the capacity, however many ask at once', async () => {
      await sessions.create(sampleSession());
      const answers = await Promise.all(Array.from({ length: 10 }, () => join()));
      expect(answers.filter((answer) => answer !== undefined)).to.have.length(2);
      expect((await sessions.find(id))?.listenerCount).to.equal(2);
    });

    it('refuses a session that has ended, has expired, or does not exist', async () => {
      expect(await join()).to.equal(undefined);
      expect(await sessions.find(id), 'no row came into being').to.equal(undefined);
      await sessions.create(sampleSession());
      expect(await join(8_200_000)).to.equal(undefined);
      await sessions.end({ sessionId: id, reason: 'speakerEnded', nowMs: 3_000_000 });
      expect(await join()).to.equal(undefined);
    });
  });

  describe('removeListener', () => {
    it('gives one place back, and never goes below zero', async () => {
      await sessions.create(sampleSession({ listenerCount: 1 }));
      expect((await sessions.removeListener(id))?.listenerCount).to.equal(0);
      expect(await sessions.removeListener(id)).to.equal(undefined);
      expect((await sessions.find(id))?.listenerCount).to.equal(0);
    });

    it('does nothing to a session that does not exist', async () => {
      await sessions.removeListener(id);
      expect(await sessions.find(id)).to.equal(undefined);
    });
  });

  describe('claimStatusPush', () => {
    const claim = (nowMs: number) => sessions.claimStatusPush({ sessionId: id, nowMs, notAfter: nowMs - 5_000 });

    it('succeeds once in each interval, and gives the session', async () => {
      await sessions.create(sampleSession({ listenerCount: 3 }));
      expect((await claim(2_000_000))?.listenerCount).to.equal(3);
      expect(await claim(2_000_000)).to.equal(undefined);
      expect(await claim(2_004_999)).to.equal(undefined);
      expect((await claim(2_005_000))?.statusPushedAt).to.equal(2_005_000);
    });

    it('succeeds for one of many who ask at once', async () => {
      await sessions.create(sampleSession());
      const answers = await Promise.all(Array.from({ length: 10 }, () => claim(2_000_000)));
      expect(answers.filter((answer) => answer !== undefined)).to.have.length(1);
    });

    it('is refused for a session that is over, and creates nothing', async () => {
      expect(await claim(2_000_000)).to.equal(undefined);
      expect(await sessions.find(id)).to.equal(undefined);
      await sessions.create(sampleSession());
      expect(await claim(8_200_000)).to.equal(undefined);
      await sessions.end({ sessionId: id, reason: 'speakerEnded', nowMs: 2_000_000 });
      expect(await claim(2_000_000)).to.equal(undefined);
    });
  });

  describe('moveSpeaker', () => {
    const move = (change: { userId?: string; nowMs?: number } = {}) =>
      sessions.moveSpeaker({
        sessionId: id,
        userId: 'user-1',
        connectionId: 'speaker-2',
        nowMs: 2_000_000,
        expiresAt: 9_200_000,
        ...change,
      });

    it('gives the session as it was, extends it, takes on its push, and ends the wait for a lost speaker', async () => {
      await sessions.create(sampleSession({ speakerLostAt: 1_500_000 }));

      const before = await move();

      expect(before?.speakerConnectionId).to.equal('speaker-1');
      expect(before?.speakerLostAt).to.equal(1_500_000);
      expect(await sessions.find(id)).to.deep.equal(
        sampleSession({ speakerConnectionId: 'speaker-2', expiresAt: 9_200_000, statusPushedAt: 2_000_000 }),
      );
    });

    it('refuses another user, and a session that is over', async () => {
      await sessions.create(sampleSession());
      expect(await move({ userId: 'user-2' })).to.equal(undefined);
      expect(await move({ nowMs: 8_200_000 })).to.equal(undefined);
      await sessions.end({ sessionId: id, reason: 'speakerEnded', nowMs: 2_000_000 });
      expect(await move()).to.equal(undefined);
      expect((await sessions.find(id))?.speakerConnectionId).to.equal('speaker-1');
    });
  });

  describe('moveSpeakerBack', () => {
    it('undoes the move, unless the speaker has moved on', async () => {
      await sessions.create(sampleSession({ speakerConnectionId: 'speaker-2' }));
      const before = { speakerConnectionId: 'speaker-1', expiresAt: 9_000_000, speakerLostAt: 1_999_000 };
      await sessions.moveSpeakerBack({ sessionId: id, from: 'speaker-3', before });
      expect((await sessions.find(id))?.speakerConnectionId).to.equal('speaker-2');
      await sessions.moveSpeakerBack({ sessionId: id, from: 'speaker-2', before });
      expect(await sessions.find(id)).to.include(before);
    });
  });

  describe('markSpeakerLost', () => {
    const lose = (connectionId = 'speaker-1', nowMs = 2_000_000) =>
      sessions.markSpeakerLost({ sessionId: id, connectionId, nowMs });

    it('notes when, once', async () => {
      await sessions.create(sampleSession());
      expect((await lose())?.speakerLostAt).to.equal(2_000_000);
      expect(await lose('speaker-1', 2_000_001)).to.equal(undefined);
      expect((await sessions.find(id))?.speakerLostAt).to.equal(2_000_000);
    });

    it("ignores a connection that is no longer the speaker's, and a session that is over", async () => {
      await sessions.create(sampleSession());
      expect(await lose('speaker-0')).to.equal(undefined);
      expect(await lose('speaker-1', 8_200_000)).to.equal(undefined);
    });
  });

  describe('end', () => {
    it('gives the session as it was, once, and sets the count to zero', async () => {
      await sessions.create(sampleSession({ listenerCount: 7 }));

      const before = await sessions.end({ sessionId: id, reason: 'speakerLeft', nowMs: 2_000_000 });
      const again = await sessions.end({ sessionId: id, reason: 'expired', nowMs: 3_000_000 });

      expect(before).to.deep.equal(sampleSession({ listenerCount: 7 }));
      expect(again).to.equal(undefined);
      expect(await sessions.find(id)).to.deep.equal(
        sampleSession({ isActive: false, endedAt: 2_000_000, endReason: 'speakerLeft' }),
      );
    });

    it('asks that every condition of `only` holds', async () => {
      await sessions.create(sampleSession({ speakerLostAt: 1_500_000 }));
      const end = (only: { speakerConnectionId?: string; speakerLostAt?: number; expiredBy?: number }) =>
        sessions.end({ sessionId: id, reason: 'speakerLost', nowMs: 2_000_000, only });

      expect(await end({ speakerConnectionId: 'speaker-0' })).to.equal(undefined);
      expect(await end({ speakerLostAt: 1_400_000 })).to.equal(undefined);
      expect(await end({ expiredBy: 8_199_999 })).to.equal(undefined);
      expect(await end({ speakerConnectionId: 'speaker-1', speakerLostAt: 1_400_000 })).to.equal(undefined);
      expect(
        await end({ speakerConnectionId: 'speaker-1', speakerLostAt: 1_500_000, expiredBy: 8_200_000 }),
      ).to.not.equal(undefined);
    });

    it('creates nothing', async () => {
      expect(await sessions.end({ sessionId: id, reason: 'expired', nowMs: 2_000_000 })).to.equal(undefined);
      expect(await sessions.find(id)).to.equal(undefined);
    });
  });

  describe('suspect', () => {
    it('notes and forgets', async () => {
      await sessions.create(sampleSession());
      await sessions.suspect(id, { what: 'count 2 for 1', since: 2_000_000 });
      expect((await sessions.find(id))?.suspicion).to.deep.equal({ what: 'count 2 for 1', since: 2_000_000 });
      await sessions.suspect(id, undefined);
      expect(await sessions.find(id)).to.deep.equal(sampleSession());
    });

    it('leaves a session alone that has ended, or that does not exist', async () => {
      await sessions.suspect(id, { what: 'x', since: 1 });
      expect(await sessions.find(id)).to.equal(undefined);
      await sessions.create(sampleSession({ isActive: false }));
      await sessions.suspect(id, { what: 'x', since: 1 });
      expect((await sessions.find(id))?.suspicion).to.equal(undefined);
    });
  });

  describe('correctCount', () => {
    it('sets the count if nobody has changed it, and forgets the suspicion', async () => {
      await sessions.create(sampleSession({ listenerCount: 3, suspicion: { what: 'x', since: 1 } }));
      expect(await sessions.correctCount({ sessionId: id, from: 4, to: 1 })).to.equal(false);
      expect(await sessions.correctCount({ sessionId: id, from: 3, to: 1 })).to.equal(true);
      expect(await sessions.find(id)).to.deep.equal(sampleSession({ listenerCount: 1 }));
    });
  });

  describe('pages', () => {
    it('give every session, ended ones too', async () => {
      await sessions.create(sampleSession());
      await sessions.create(sampleSession({ sessionId: 'quiet-river-100', isActive: false }));
      const ids = (await collect(sessions.pages())).map(({ sessionId }) => sessionId).sort();
      expect(ids).to.deep.equal(['faithful-shepherd-427', 'quiet-river-100']);
    });
  });
}

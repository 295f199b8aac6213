import { expect } from 'chai';
import { speakerIdentity } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const other = sampleSession({ sessionId: 'radiant-olive-100', createdAt: 900_000, speakerUserId: 'user-2' });
const create = { connectionId: 'speaker-9', connectedAt: 1_990_000, identity: speakerIdentity(), sourceLanguage: 'en' };

describe('An operator', () => {
  it('lists the sessions whose end is not complete, the oldest first', async () => {
    const ending = sampleSession({ sessionId: 'swift-otter-200', createdAt: 800_000, state: 'ended' });
    const over = sampleSession({ sessionId: 'agile-acacia-100', state: 'ended', endCompletedAt: 1_900_000 });
    const { operate } = setUp({ sessions: [sampleSession(), other, ending, over] });
    expect((await operate.list()).map(({ sessionId }) => sessionId)).to.deep.equal([
      'swift-otter-200',
      'radiant-olive-100',
      id,
    ]);
  });

  it('sees a session with its places, or that there is none', async () => {
    const { operate } = setUp({ sessions: [sampleSession()], connections: [sampleListener()] });
    const found = await operate.show(id);
    expect(found?.session).to.deep.equal(sampleSession());
    expect(found?.shards.map(({ taken }) => taken)).to.deep.equal([1, 0]);
    expect(await operate.show('radiant-olive-100')).to.equal(undefined);
  });

  describe('ends a session', () => {
    it('whatever its state, and is told how it is then', async () => {
      for (const session of [
        sampleSession(),
        sampleSession({ state: 'interrupted', interruptedAt: 1_999_000 }),
        sampleSession({ expiresAt: 1_500_000 }),
      ]) {
        const { operate } = setUp({ sessions: [session] });
        expect(await operate.end(id)).to.include({
          state: 'ended',
          endReason: 'operatorEnded',
          endedAt: 2_000_000,
          revision: 2,
        });
      }
    });

    it('once: there is nothing to end after that, nor where there is none', async () => {
      const { operate, session } = setUp({ sessions: [sampleSession()] });
      await operate.end(id);
      expect(await operate.end(id)).to.equal(undefined);
      expect(session()?.revision).to.equal(2);
      expect(await operate.end('radiant-olive-100')).to.equal(undefined);
    });

    it('and not a later one of the same ID', async () => {
      const { operate, sessions, tables, session } = setUp({ sessions: [sampleSession()] });
      const { end } = sessions;
      sessions.end = async (change) => {
        tables.putSession({ session: sampleSession({ createdAt: 1_999_999 }) });
        return end(change);
      };
      expect(await operate.end(id)).to.equal(undefined);
      expect(session()).to.include({ state: 'active', createdAt: 1_999_999 });
    });
  });

  describe('denies a user to speak', () => {
    it('ends the open sessions of that user, and of no other, and is told which', async () => {
      const { operate, session } = setUp({ sessions: [sampleSession(), other], connections: [sampleSpeaker()] });
      expect((await operate.deny('user-1')).map(({ sessionId }) => sessionId)).to.deep.equal([id]);
      expect(session(id)).to.include({ state: 'ended', endReason: 'operatorEnded' });
      expect(session('radiant-olive-100')?.state).to.equal('active');
    });

    it('refuses new sessions and refreshes, until it is allowed again', async () => {
      const { operate, createSession, refreshConnection, sessions } = setUp({ sessions: [sampleSession()] });
      await sessions.denySpeaker({ userId: 'user-1', deniedAt: 2_000_000 });
      const refresh = { ...create, sessionId: id, role: 'speaker' } as const;
      await refusal(createSession(create), 'SPEAKER_DENIED');
      await refusal(refreshConnection(refresh), 'SPEAKER_DENIED');
      await operate.allow('user-1');
      expect((await refreshConnection(refresh)).type).to.equal('connectionRefreshComplete');
    });

    it('leaves a session alone that has ended already, and does not count it', async () => {
      const ending = sampleSession({ state: 'ended', endedAt: 1_990_000, endReason: 'speakerEnded' });
      const { operate, session } = setUp({ sessions: [ending] });
      expect(await operate.deny('user-1')).to.deep.equal([]);
      expect(session()?.endReason).to.equal('speakerEnded');
    });

    it('ends a session that was created just before, and that the index did not list yet', async () => {
      let isBehind = true;
      const { operate, createSession, slept, session, sessions } = setUp({ isBehind: () => isBehind });
      const { denySpeaker } = sessions;
      sessions.denySpeaker = async (change) => {
        await createSession(create);
        return denySpeaker(change);
      };
      const { openSessionsOf } = sessions;
      sessions.openSessionsOf = async (userId) => {
        const open = await openSessionsOf(userId);
        isBehind = false; // by the time of the second look
        return open;
      };
      expect((await operate.deny('user-1')).map(({ sessionId }) => sessionId)).to.deep.equal(['drawn-river-100']);
      expect(slept).to.deep.equal([2000]);
      expect(session('drawn-river-100')).to.include({ state: 'ended', endReason: 'operatorEnded' });
    });

    it('refuses one that is created after it, whatever the index says', async () => {
      const { operate, createSession, sessions, tables } = setUp();
      const { denySpeaker } = sessions;
      let creation: Promise<unknown> | undefined;
      sessions.denySpeaker = async (change) => {
        await denySpeaker(change);
        creation = refusal(createSession(create), 'SPEAKER_DENIED');
      };
      await operate.deny('user-1');
      await creation;
      expect(tables.partitions.size).to.equal(0);
    });
  });
});

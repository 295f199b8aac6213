import { expect } from 'chai';
import { ANONYMOUS, speakerIdentity } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleScheduled, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { setUp } from '../support/set-up.ts';

const SESSION_ID = 'faithful-shepherd-427';
const identity = speakerIdentity();

describe('listOwnSessions', () => {
  it('lists what the user has, in the order in which it starts, and nothing that is over', async () => {
    const { listOwnSessions, joinKeys } = setUp({
      sessions: [
        sampleScheduled({ sessionId: 'quiet-river-100', startsAt: 5_000_000 }),
        sampleSession(),
        sampleScheduled({ sessionId: 'quiet-river-101', startsAt: 4_000_000 }),
        sampleSession({ sessionId: 'quiet-river-102', state: 'ended', endedAt: 1_500_000, endReason: 'expired' }),
        sampleScheduled({ sessionId: 'quiet-river-103', expiresAt: 2_000_000 }),
        sampleSession({ sessionId: 'quiet-river-104', speakerUserId: 'user-2' }),
      ],
    });

    const { sessions } = await listOwnSessions({ identity });

    expect(sessions.map(({ sessionId }) => sessionId)).to.deep.equal([
      SESSION_ID,
      'quiet-river-101',
      'quiet-river-100',
    ]);
    expect(sessions[0]).to.deep.equal({
      sessionId: SESSION_ID,
      state: 'active',
      revision: 1,
      sourceLanguage: 'en',
      qualityTier: 'standard',
      createdAt: 1_000_000,
      expiresAt: 8_200_000,
      joinKey: joinKeys.joinKeyOf(SESSION_ID),
      maxListeners: 4,
    });
    expect(sessions[1]).to.include({ state: 'scheduled', startsAt: 4_000_000, joinsOpenAt: 2_200_000 });
  });

  it('needs a speaker whose token is good', async () => {
    const { listOwnSessions } = setUp();
    await refusal(listOwnSessions({ identity: ANONYMOUS }), 'UNAUTHORIZED');
    expect(await listOwnSessions({ identity })).to.deep.equal({ sessions: [] });
  });
});

describe('endSessionOfOwner', () => {
  it('ends a session, and lets its speaker hear of it, who did not ask on that connection', async () => {
    const { endSessionOfOwner, session, stream, notifyChanges, deliverer, typesTo } = setUp({
      sessions: [sampleSession()],
      connections: [sampleSpeaker()],
    });

    await endSessionOfOwner({ identity, sessionId: SESSION_ID });

    expect(session()).to.include({ state: 'ended', endedAt: 2_000_000, endReason: 'speakerEnded', revision: 2 });
    await notifyChanges(stream, (error) => {
      throw error;
    });
    await deliverer.drain();
    expect(typesTo('speaker-1')).to.deep.equal(['sessionEnded']);
    expect(session()?.endCompletedAt).to.equal(2_000_000);
  });

  it('ends one that waits for its speaker', async () => {
    const { endSessionOfOwner, session } = setUp({ sessions: [sampleScheduled()] });
    await endSessionOfOwner({ identity, sessionId: SESSION_ID });
    expect(session()?.state).to.equal('ended');
  });

  it('gives the same answer again, and changes nothing more', async () => {
    const { endSessionOfOwner, session, clock } = setUp({ sessions: [sampleSession()] });
    await endSessionOfOwner({ identity, sessionId: SESSION_ID });
    clock.advance(1000);
    await endSessionOfOwner({ identity, sessionId: SESSION_ID });
    expect(session()).to.include({ endedAt: 2_000_000, revision: 2 });
  });

  it("answers for another user's session as for one that does not exist", async () => {
    const { endSessionOfOwner, session } = setUp({ sessions: [sampleSession({ speakerUserId: 'user-2' })] });
    const others = await refusal(endSessionOfOwner({ identity, sessionId: SESSION_ID }), 'SESSION_NOT_FOUND');
    expect(session()?.state).to.equal('active');
    const none = await refusal(endSessionOfOwner({ identity, sessionId: 'quiet-river-100' }), 'SESSION_NOT_FOUND');
    expect(others.message.replace(SESSION_ID, '…')).to.equal(none.message.replace('quiet-river-100', '…'));
    await refusal(endSessionOfOwner({ identity, sessionId: 'no id' }), 'INVALID_SESSION_ID');
    await refusal(endSessionOfOwner({ identity: ANONYMOUS, sessionId: SESSION_ID }), 'UNAUTHORIZED');
  });
});

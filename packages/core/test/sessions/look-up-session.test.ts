import { expect } from 'chai';
import { publicSession } from '../../src/protocol/index.ts';
import { targetLanguages } from '../../src/sessions/index.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleScheduled, sampleSession } from '../support/samples.ts';
import { setUp } from '../support/set-up.ts';

const SESSION_ID = 'faithful-shepherd-427';
const WRONG_ID = 'quiet-river-100';
const from = { addressHash: 'address-1' };

describe('lookUpSession', () => {
  it('says how a session is, and neither whose it is nor how many listen', async () => {
    const { lookUpSession } = setUp({ sessions: [sampleSession()], connections: [sampleListener()] });

    const found = await lookUpSession({ ...from, sessionId: SESSION_ID });

    expect(found).to.deep.equal({
      sessionId: SESSION_ID,
      state: 'active',
      sourceLanguage: 'en',
      targetLanguages,
      full: false,
    });
    expect(publicSession.safeParse(found).success).to.equal(true);
  });

  it('says when one that is scheduled can be joined', async () => {
    const { lookUpSession } = setUp({ sessions: [sampleScheduled()] });
    expect(await lookUpSession({ ...from, sessionId: SESSION_ID })).to.include({
      state: 'scheduled',
      startsAt: 4_600_000,
      joinsOpenAt: 2_800_000,
    });
  });

  it('says whether it is full', async () => {
    const { lookUpSession } = setUp({
      sessions: [sampleSession({ capacity: 2 })],
      connections: [
        sampleListener({ connectionId: 'l1', placeShard: '1000000#0' }),
        sampleListener({ connectionId: 'l2', placeShard: '1000000#1' }),
      ],
    });
    expect((await lookUpSession({ ...from, sessionId: SESSION_ID })).full).to.equal(true);
  });

  it('takes an ID as it was typed', async () => {
    const { lookUpSession } = setUp({ sessions: [sampleSession()] });
    expect((await lookUpSession({ ...from, sessionId: ' Faithful Shepherd 427' })).sessionId).to.equal(SESSION_ID);
    await refusal(lookUpSession({ ...from, sessionId: 'hello' }), 'INVALID_SESSION_ID');
  });

  it('answers for one that is over as for one that never was', async () => {
    const { lookUpSession, clock } = setUp({ sessions: [sampleSession()] });
    clock.advance(6_200_000);
    await refusal(lookUpSession({ ...from, sessionId: SESSION_ID }), 'SESSION_NOT_FOUND');
    await refusal(lookUpSession({ ...from, sessionId: WRONG_ID }), 'SESSION_NOT_FOUND');
  });

  it('counts wrong IDs by address, together with those of joinSession, and lets right ones wait as well', async () => {
    const { lookUpSession, joinSession, joinKeys } = setUp({
      sessions: [sampleSession()],
      wrongSessionIdsPerMinute: 2,
    });
    await refusal(lookUpSession({ ...from, sessionId: WRONG_ID }), 'SESSION_NOT_FOUND');
    const join = { connectionId: 'c1', connectedAt: 1, addressHash: 'address-1', targetLanguage: 'es' };
    await refusal(joinSession({ ...join, sessionId: WRONG_ID }), 'SESSION_NOT_FOUND');

    const { retryAfterSeconds } = await refusal(
      lookUpSession({ ...from, sessionId: SESSION_ID }),
      'RATE_LIMIT_EXCEEDED',
    );

    expect(retryAfterSeconds).to.be.within(1, 60);
    await lookUpSession({ addressHash: 'address-2', sessionId: SESSION_ID });
    await lookUpSession({ ...from, sessionId: SESSION_ID, joinKey: joinKeys.joinKeyOf(SESSION_ID) });
    const wrongKey = lookUpSession({ ...from, sessionId: SESSION_ID, joinKey: joinKeys.joinKeyOf(WRONG_ID) });
    await refusal(wrongKey, 'RATE_LIMIT_EXCEEDED');
  });
});

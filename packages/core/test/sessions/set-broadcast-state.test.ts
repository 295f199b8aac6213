import { expect } from 'chai';
import { ANONYMOUS, speakerIdentity, UNCHECKED } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const request = { connectionId: 'speaker-1', identity: speakerIdentity(), change: { paused: true } };
const room = (options: SetUp = {}) =>
  setUp({ sessions: [sampleSession()], connections: [sampleSpeaker(), sampleListener()], ...options });

describe('setBroadcastState', () => {
  it('changes what it names, and leaves the rest as it was', async () => {
    const { setBroadcastState, session, clock } = room();

    expect(await setBroadcastState(request)).to.deep.equal({
      type: 'broadcastStateChanged',
      sessionId: id,
      state: 'active',
      revision: 2,
      broadcastState: { paused: true, muted: false, volume: 1 },
    });
    clock.advance(250);
    const more = { paused: undefined, muted: true, volume: 0.25 };
    expect(await setBroadcastState({ ...request, change: more })).to.deep.include({
      revision: 3,
      broadcastState: { paused: true, muted: true, volume: 0.25 },
    });
    expect(session()).to.deep.include({
      broadcastState: { paused: true, muted: true, volume: 0.25 },
      broadcastStateChangedAt: 2_000_250,
    });
  });

  it('sends nothing itself: that follows from the stream', async () => {
    const { setBroadcastState, sent, deliverer } = room();
    await setBroadcastState(request);
    expect(sent).to.deep.equal([]);
    expect(deliverer.accepted).to.deep.equal([]);
  });

  it('may change once in 250 ms', async () => {
    const { setBroadcastState, clock, meter, session } = room();
    await setBroadcastState(request);
    clock.advance(249);
    const error = await refusal(setBroadcastState({ ...request, change: { volume: 0 } }), 'RATE_LIMIT_EXCEEDED');
    expect(error.retryAfterSeconds).to.equal(1);
    expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'setBroadcastState']]);
    expect(session()?.revision).to.equal(2);
    clock.advance(1);
    await setBroadcastState({ ...request, change: { volume: 0 } });
  });

  it('is refused to all but a speaker whose token is good', async () => {
    const { setBroadcastState, session } = room();
    await refusal(setBroadcastState({ ...request, identity: ANONYMOUS }), 'UNAUTHORIZED');
    await refusal(setBroadcastState({ ...request, identity: UNCHECKED }), 'SERVICE_UNAVAILABLE');
    await refusal(setBroadcastState({ ...request, identity: speakerIdentity('user-1', 2_000_000) }), 'TOKEN_EXPIRED');
    await refusal(setBroadcastState({ ...request, connectionId: 'new' }), 'NOT_IN_SESSION');
    await refusal(setBroadcastState({ ...request, connectionId: 'listener-1' }), 'FORBIDDEN');
    expect(session()?.revision).to.equal(1);
  });

  it('is refused on a connection that the session has left', async () => {
    const { setBroadcastState } = room({ sessions: [sampleSession({ speakerConnectionId: 'speaker-2' })] });
    await refusal(setBroadcastState(request), 'FORBIDDEN');
  });

  for (const [what, sessions] of [
    ['has ended', [sampleSession({ state: 'ended', endedAt: 1_999_000, endReason: 'expired' })]],
    ['is no more', []],
  ] as const) {
    it(`is refused in a session that ${what}`, async () => {
      const { setBroadcastState } = room({ sessions, connections: [sampleSpeaker()] });
      await refusal(setBroadcastState(request), 'SESSION_NOT_FOUND');
    });
  }

  it('is refused when the session ends between read and write', async () => {
    const { setBroadcastState, sessions, session } = room();
    const { setBroadcastState: write } = sessions;
    sessions.setBroadcastState = async (change) => {
      const only = { createdAt: 1_000_000 };
      await sessions.end({ sessionId: id, endedAt: 2_000_000, endReason: 'operatorEnded', only });
      return write(change);
    };
    await refusal(setBroadcastState(request), 'SESSION_NOT_FOUND');
    expect(session()?.broadcastState.paused).to.equal(false);
  });
});

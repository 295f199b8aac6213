import { expect } from 'chai';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { setUp } from '../support/set-up.ts';

const audience = [
  sampleListener(),
  sampleListener({ connectionId: 'listener-2', targetLanguage: 'fr' }),
  sampleListener({ connectionId: 'listener-3' }),
  sampleListener({ connectionId: 'elsewhere', sessionId: 'quiet-river-100', targetLanguage: 'ja' }),
];

describe('getSessionStatus', () => {
  it('tells the speaker how many listen, in which languages, and since when', async () => {
    const { reportStatus, clock } = setUp({
      sessions: [sampleSession({ listenerCount: 3 })],
      connections: [sampleSpeaker(), ...audience],
    });
    clock.advance(1_999);
    expect(await reportStatus('speaker-1')).to.deep.equal({
      type: 'sessionStatus',
      sessionId: 'faithful-shepherd-427',
      state: 'active',
      listenerCount: 3,
      listenersByLanguage: { es: 2, fr: 1 },
      createdAt: 1_000_000,
      expiresAt: 8_200_000,
      durationSeconds: 1_001,
      timestamp: 2_001_999,
    });
  });

  it('says that the session waits for its speaker, on a connection that is still known', async () => {
    const { reportStatus } = setUp({
      sessions: [sampleSession({ speakerConnectionId: 'speaker-2', speakerLostAt: 1_999_000 })],
      connections: [sampleSpeaker()],
    });
    expect(await reportStatus('speaker-1')).to.include({ state: 'interrupted', listenerCount: 0 });
  });

  it('says that the session has ended, when, and that nobody listens', async () => {
    const ended = setUp({
      sessions: [sampleSession({ isActive: false, endedAt: 1_060_000 })],
      connections: [sampleSpeaker(), ...audience],
    });
    expect(await ended.reportStatus('speaker-1')).to.deep.include({
      state: 'ended',
      listenerCount: 0,
      listenersByLanguage: {},
      durationSeconds: 60,
    });

    const expired = setUp({
      sessions: [sampleSession({ expiresAt: 1_500_000, listenerCount: 3 })],
      connections: [sampleSpeaker(), ...audience],
    });
    expect(await expired.reportStatus('speaker-1')).to.include({ state: 'ended', durationSeconds: 500 });
  });

  it('is refused to a listener, to a stranger, and when the session is gone', async () => {
    const { reportStatus } = setUp({ connections: [sampleSpeaker(), sampleListener()] });
    await refusal(reportStatus('listener-1'), 'FORBIDDEN');
    await refusal(reportStatus('nobody'), 'NOT_IN_SESSION');
    await refusal(reportStatus('speaker-1'), 'SESSION_NOT_FOUND');
  });

  it('every five seconds is never refused, even when every other request is held up for most of it', async () => {
    const { reportStatus, clock } = setUp({ sessions: [sampleSession()], connections: [sampleSpeaker()] });
    for (let round = 0; round < 20; round++) {
      clock.advance(round % 2 === 0 ? 9_900 : 100);
      await reportStatus('speaker-1');
    }
  });

  it('is refused when asked too often, with the time to wait', async () => {
    const { reportStatus, clock, meter } = setUp({ sessions: [sampleSession()], connections: [sampleSpeaker()] });
    await reportStatus('speaker-1');
    clock.advance(1_000);
    await reportStatus('speaker-1');
    clock.advance(1_000);

    const error = await refusal(reportStatus('speaker-1'), 'RATE_LIMIT_EXCEEDED');

    expect(error.retryAfterSeconds).to.equal(3);
    expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'getSessionStatus']]);
    clock.advance(3_000);
    await reportStatus('speaker-1');
  });

  it('is answered when the write went through and its repetition was refused', async () => {
    const { reportStatus, connections, meter } = setUp({ sessions: [sampleSession()], connections: [sampleSpeaker()] });
    const { recordStatusRequest: write } = connections;
    connections.recordStatusRequest = async (change) => {
      await write(change);
      return write(change);
    };
    expect((await reportStatus('speaker-1')).type).to.equal('sessionStatus');
    expect(meter.figures).to.deep.equal([]);
  });
});

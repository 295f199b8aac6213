import { expect } from 'chai';
import { refusal } from '../support/refusal.ts';
import { setUp } from '../support/set-up.ts';

describe('$connect', () => {
  it('has one limit by address, and says how long to wait', async () => {
    const { admitConnection, meter } = setUp({ connectionsPerMinute: 2 });
    const phone = { addressHash: 'a', isSpeaker: false };
    await admitConnection(phone);
    await admitConnection(phone);
    expect((await refusal(admitConnection(phone), 'RATE_LIMIT_EXCEEDED')).retryAfterSeconds).to.equal(40);
    expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'connect']]);
    await admitConnection({ ...phone, addressHash: 'b' });
  });

  it('neither limits nor counts a verified speaker', async () => {
    const { admitConnection } = setUp({ connectionsPerMinute: 1 });
    for (let round = 0; round < 5; round++) await admitConnection({ addressHash: 'a', isSpeaker: true });
    await admitConnection({ addressHash: 'a', isSpeaker: false });
    await refusal(admitConnection({ addressHash: 'a', isSpeaker: false }), 'RATE_LIMIT_EXCEEDED');
    await admitConnection({ addressHash: 'a', isSpeaker: true });
  });

  it('lets 2,000 phones of one venue in, and in again after its Wi-Fi has rebooted twice', async () => {
    const { admitConnection } = setUp();
    for (let phone = 0; phone < 6000; phone++) await admitConnection({ addressHash: 'venue', isSpeaker: false });
  });

  it('is open while the counters cannot be reached', async () => {
    const { admitConnection, limiter } = setUp({ connectionsPerMinute: 1 });
    limiter.count = async () => ({ count: 0, secondsLeft: 1 });
    for (let round = 0; round < 5; round++) await admitConnection({ addressHash: 'a', isSpeaker: false });
  });
});

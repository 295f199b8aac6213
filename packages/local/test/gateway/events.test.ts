import { expect } from 'chai';
import { requestTime } from '../../src/gateway/request-time.ts';
import { ok, setUp, stopAll } from './set-up.ts';

describe('Gateway: events (facts, section 2)', () => {
  afterEach(stopAll);

  const routes = { $connect: ok, $disconnect: ok, hello: ok };

  it('carry times of the clock they were given', async () => {
    const nowMs = Date.UTC(2024, 1, 19, 7, 21, 46, 789);
    const { connect, eventsOf } = await setUp({
      routes,
      clock: { nowMs: () => nowMs, setTimer: () => () => undefined },
    });

    await connect();

    expect(eventsOf('$connect')[0].requestContext).to.include({
      connectedAt: 1708327306789,
      requestTimeEpoch: 1708327306789,
      requestTime: '19/Feb/2024:07:21:46 +0000',
    });
    expect(requestTime(Date.UTC(2025, 11, 1))).to.equal('01/Dec/2025:00:00:00 +0000');
  });
});

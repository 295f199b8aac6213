import { expect } from 'chai';
import type { Clock, RateLimiter } from '../../src/sessions/ports.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';

/** What every implementation of `RateLimiter` promises. @param setUp an empty one, for each test */
export function rateLimiterContract(setUp: (clock: Clock) => RateLimiter): void {
  let clock: FakeClock;
  let limiter: RateLimiter;
  beforeEach(() => {
    clock = fakeClock(1_000_000); // 40 s into a minute that began at 960,000
    limiter = setUp(clock);
  });
  const check = { operation: 'connect', subject: 'address-1', windowSeconds: 60 } as const;

  it('counts within a window, and says how long it lasts', async () => {
    expect(await limiter.count(check)).to.deep.equal({ count: 1, secondsLeft: 20 });
    clock.advance(500);
    expect(await limiter.count(check)).to.deep.equal({ count: 2, secondsLeft: 20 });
    clock.advance(19_400);
    expect(await limiter.count(check)).to.deep.equal({ count: 3, secondsLeft: 1 });
  });

  it('counts by weight', async () => {
    expect((await limiter.count({ ...check, weight: 20 })).count).to.equal(20);
    expect((await limiter.count(check)).count).to.equal(21);
  });

  it('says the count without counting', async () => {
    expect(await limiter.peek(check)).to.deep.equal({ count: 0, secondsLeft: 20 });
    await limiter.count({ ...check, weight: 3 });
    clock.advance(500);
    expect(await limiter.peek(check)).to.deep.equal({ count: 3, secondsLeft: 20 });
    expect(await limiter.peek(check)).to.deep.equal({ count: 3, secondsLeft: 20 });
  });

  it('begins anew with the next window', async () => {
    await limiter.count(check);
    clock.advance(20_000);
    expect((await limiter.peek(check)).count).to.equal(0);
    expect(await limiter.count(check)).to.deep.equal({ count: 1, secondsLeft: 60 });
  });

  it('counts each subject and each operation by itself', async () => {
    await limiter.count(check);
    expect((await limiter.count({ ...check, subject: 'address-2' })).count).to.equal(1);
    expect((await limiter.count({ ...check, operation: 'wrongSessionId' })).count).to.equal(1);
  });

  it('counts each of many at once', async () => {
    const counts = await Promise.all(Array.from({ length: 20 }, () => limiter.count(check)));
    expect(Math.max(...counts.map(({ count }) => count))).to.equal(20);
  });
}

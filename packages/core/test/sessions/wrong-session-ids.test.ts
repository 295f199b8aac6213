import { expect } from 'chai';
import { refusal } from '../support/refusal.ts';
import { setUp } from '../support/set-up.ts';

describe('The limit on wrong session IDs', () => {
  it('is used up after so many in a minute, for the address that sent them', async () => {
    const { wrongSessionIds, meter } = setUp({ wrongSessionIdsPerMinute: 2 });
    await wrongSessionIds.enforce('a');
    await wrongSessionIds.count('a');
    await wrongSessionIds.enforce('a');
    await wrongSessionIds.count('a');

    const error = await refusal(wrongSessionIds.enforce('a'), 'RATE_LIMIT_EXCEEDED');

    expect(error.retryAfterSeconds).to.equal(40);
    expect(error.message).to.equal('More than 2 in 60 s; wait 40 s');
    expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'wrongSessionId']]);
    await wrongSessionIds.enforce('b');
  });

  it('counts nothing when it is only looked at', async () => {
    const { wrongSessionIds } = setUp({ wrongSessionIdsPerMinute: 1 });
    for (let round = 0; round < 5; round++) await wrongSessionIds.enforce('a');
  });

  it('refuses what comes at once beyond it: no answer tells whether those IDs were right', async () => {
    const { wrongSessionIds } = setUp({ wrongSessionIdsPerMinute: 30 });
    const guesses = Array.from({ length: 100 }, async () => {
      await wrongSessionIds.enforce('a');
      await wrongSessionIds.count('a');
    });
    const outcomes = await Promise.allSettled(guesses);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(30);
  });

  it('is over with the minute', async () => {
    const { wrongSessionIds, clock } = setUp({ wrongSessionIdsPerMinute: 1 });
    await wrongSessionIds.count('a');
    clock.advance(39_999);
    await refusal(wrongSessionIds.enforce('a'), 'RATE_LIMIT_EXCEEDED');
    clock.advance(1);
    await wrongSessionIds.enforce('a');
  });

  it('lets 1,800 guesses an hour through for one address: one in 28,000 of the IDs', async () => {
    const { wrongSessionIds, clock } = setUp();
    let answered = 0;
    for (let minute = 0; minute < 60; minute++) {
      for (let guess = 0; guess < 100; guess++) {
        await wrongSessionIds.enforce('a').then(
          async () => {
            answered++;
            await wrongSessionIds.count('a');
          },
          () => {},
        );
      }
      clock.advance(60_000);
    }
    expect(answered).to.equal(1800);
  });

  it('is open while the counters cannot be reached', async () => {
    const { wrongSessionIds, limiter } = setUp({ wrongSessionIdsPerMinute: 1 });
    const open = async () => ({ count: 0, secondsLeft: 1 });
    Object.assign(limiter, { count: open, peek: open });
    for (let round = 0; round < 5; round++) {
      await wrongSessionIds.enforce('a');
      await wrongSessionIds.count('a');
    }
  });
});

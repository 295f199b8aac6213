import { expect } from 'chai';
import { backoffDelayMs } from '../../src/apigateway/backoff.ts';

describe('backoffDelayMs', () => {
  const longest = (attempt: number) => backoffDelayMs(attempt, { baseMs: 100, random: () => 1 });

  it('doubles with each attempt, up to two seconds', () => {
    expect([0, 1, 2, 3, 4, 5, 60].map(longest)).to.deep.equal([100, 200, 400, 800, 1600, 2000, 2000]);
  });

  it('draws from all of it', () => {
    expect(backoffDelayMs(1, { baseMs: 100, random: () => 0 })).to.equal(0);
    expect(backoffDelayMs(1, { baseMs: 100, random: () => 0.25 })).to.equal(50);
  });
});

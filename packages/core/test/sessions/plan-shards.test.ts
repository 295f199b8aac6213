import { expect } from 'chai';
import { planShards } from '../../src/sessions/index.ts';

const capacitiesOf = (capacity: number) => planShards(capacity, 5).map((shard) => shard.capacity);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe('planShards', () => {
  it('divides 500 places into 20 shards of 13 and 20 of 12', () => {
    expect(capacitiesOf(500)).to.deep.equal([...Array<number>(20).fill(13), ...Array<number>(20).fill(12)]);
  });

  it('adds up to the capacity exactly, for every size', () => {
    for (const capacity of [...Array(1000).keys()].map((index) => index + 1).concat(4001, 9600, 10_000, 100_000)) {
      const shares = capacitiesOf(capacity);
      expect(sum(shares), String(capacity)).to.equal(capacity);
      expect(Math.max(...shares) - Math.min(...shares), String(capacity)).to.be.at.most(1);
    }
  });

  const counts: readonly (readonly [capacity: number, shards: number])[] = [
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [79, 39],
    [80, 40],
    [81, 40],
    [4000, 40],
    [4001, 41],
    [9500, 95],
    [9600, 96],
    [10_000, 96],
    [100_000, 96],
  ];
  for (const [capacity, shards] of counts) {
    it(`makes ${shards} for ${capacity} places`, () => {
      expect(capacitiesOf(capacity)).to.have.length(shards);
    });
  }

  it('gives no shard fewer than two places, so that one slow join does not close it, except in a session of one', () => {
    for (let capacity = 2; capacity <= 200; capacity++) {
      expect(Math.min(...capacitiesOf(capacity)), String(capacity)).to.be.at.least(2);
    }
    expect(capacitiesOf(1)).to.deep.equal([1]);
  });

  it('names them for the moment of creation, and starts them empty', () => {
    expect(planShards(5, 1_764_000_000_000)).to.deep.equal([
      { placeShard: '1764000000000#0', capacity: 3, taken: 0, joins: 0, languages: {} },
      { placeShard: '1764000000000#1', capacity: 2, taken: 0, joins: 0, languages: {} },
    ]);
  });
});

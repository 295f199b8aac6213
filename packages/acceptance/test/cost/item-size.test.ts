import { expect } from 'chai';
import { itemBytes } from '../../src/cost/item-size.ts';

describe('the size of an item', () => {
  it('is that of its names and values', () => {
    expect(itemBytes({ name: 'Grüße' })).to.equal(4 + 7);
    expect(itemBytes({ isActive: true })).to.equal(8 + 1);
  });

  it('counts a byte for every two digits of a number, and one more', () => {
    expect(itemBytes({ n: 1_764_000_000_123 })).to.equal(1 + 8);
    expect(itemBytes({ n: 5 })).to.equal(1 + 2);
    expect(itemBytes({ n: -12 })).to.equal(1 + 3);
  });

  it('counts three bytes for a map or list, and one for each member', () => {
    expect(itemBytes({ m: { what: 'places', since: 12 } })).to.equal(1 + 3 + (4 + 1 + 6) + (5 + 1 + 2));
    expect(itemBytes({ l: ['a', 'b'] })).to.equal(1 + 3 + 2 + 2);
  });
});

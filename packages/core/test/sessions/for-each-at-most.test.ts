import { expect } from 'chai';
import { forEachAtMost } from '../../src/sessions/for-each-at-most.ts';

describe('forEachAtMost', () => {
  it('works on every item, and on no more at once than it may', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await forEachAtMost(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      done.push(item);
      running--;
    });
    expect(done).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
    expect(most).to.equal(3);
  });

  it('goes on after a failure, and throws the first one when all is done', async () => {
    const done: number[] = [];
    const error = await forEachAtMost(2, [1, 2, 3, 4], async (item) => {
      if (item % 2 === 1) throw new Error(`item ${item}`);
      done.push(item);
    }).catch((reason: Error) => reason.message);
    expect(error).to.equal('item 1');
    expect(done).to.deep.equal([2, 4]);
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createLanes } from '../../src/apigateway/lanes.ts';

describe('Lanes', () => {
  it('retry behind everything that has not been attempted at all', async () => {
    const order: string[] = [];
    await createLanes(2).run(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], async (item, attemptsBefore) => {
      order.push(`${item}${attemptsBefore}`);
      // Longer than a retry waits, so that one is due whenever a lane is free.
      await delay(5);
      return item < 'c' && attemptsBefore < 2 ? 0 : undefined;
    });
    expect(order.slice(0, 8)).to.deep.equal(['a0', 'b0', 'c0', 'd0', 'e0', 'f0', 'g0', 'h0']);
    expect(order.slice(8)).to.have.members(['a1', 'b1', 'a2', 'b2']);
  });

  it('are shared by runs in turns', async () => {
    const order: string[] = [];
    const lanes = createLanes(1);
    const note = async (item: string) => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push(item);
      return undefined;
    };
    await Promise.all([lanes.run(['a1', 'a2', 'a3'], note), lanes.run(['b1', 'b2'], note), lanes.run([], note)]);
    expect(order).to.deep.equal(['a1', 'a2', 'b1', 'a3', 'b2']);
  });

  it('are free again after an attempt that throws', async () => {
    const lanes = createLanes(1);
    const failure = await lanes
      .run(['a'], async () => {
        throw new Error('a bug');
      })
      .catch((error: Error) => error.message);
    expect(failure).to.equal('a bug');
    await lanes.run(['b'], async () => undefined);
  });
});

import { expect } from 'chai';
import { createLanes } from '../../src/apigateway/lanes.ts';

describe('Lanes', () => {
  it('retry behind everything that has not been attempted at all', async () => {
    const order: string[] = [];
    await createLanes(2).run(['a', 'b', 'c', 'd', 'e'], async (item, attemptsBefore) => {
      order.push(`${item}${attemptsBefore}`);
      await new Promise((resolve) => setImmediate(resolve));
      return item < 'c' && attemptsBefore < 2 ? 0 : undefined;
    });
    expect(order.slice(0, 5)).to.deep.equal(['a0', 'b0', 'c0', 'd0', 'e0']);
    expect(order.slice(5)).to.have.members(['a1', 'b1', 'a2', 'b2']);
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

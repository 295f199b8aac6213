import { expect } from 'chai';
import { createMemoryDeliverer, createMemoryEventBus } from '../../src/memory/index.ts';
import type { DeliveryTask } from '../../src/sessions/index.ts';

describe('The deliverer in memory', () => {
  const end: DeliveryTask = { task: 'completeEnd', sessionId: 'calm-river-100', createdAt: 1 };

  it('keeps what was handed over until it is drained, and runs what follows from it, too', async () => {
    const ran: string[] = [];
    const deliverer = createMemoryDeliverer(async ({ task }) => {
      ran.push(task);
      if (task === 'completeEnd') {
        await deliverer.handOver({
          task: 'notifyConnection',
          connectionId: 'A',
          message: { type: 'connectionWarning', remainingSeconds: 60 },
        });
      }
      return { delivered: 1, gone: 0, failed: 0 };
    });
    await deliverer.handOver(end);
    expect(ran).to.deep.equal([]);
    expect(deliverer.accepted).to.deep.equal([end]);

    await deliverer.drain();
    expect(ran).to.deep.equal(['completeEnd', 'notifyConnection']);
    expect(await deliverer.run(end)).to.deep.equal({ delivered: 1, gone: 0, failed: 0 });
  });
});

describe('The event bus in memory', () => {
  it('keeps what was published, in order', async () => {
    const bus = createMemoryEventBus();
    const facts = { sessionId: 'calm-river-100', createdAt: 1 };
    await bus.publish([{ type: 'SessionResumed', detail: { ...facts, revision: 3 } }]);
    await bus.publish([{ type: 'SessionResumed', detail: { ...facts, revision: 5 } }]);

    expect(bus.published.map(({ detail }) => detail.revision)).to.deep.equal([3, 5]);
  });
});

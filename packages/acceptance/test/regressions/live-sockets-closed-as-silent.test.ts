import { expect } from 'chai';
import { type Client, type System, startSystem } from '../../src/index.ts';

const heartbeat = { action: 'heartbeat' };

/**
 * Defect 1. The sweeper took silence for a dead socket, also when the silence was the service's own fault: after 120 s
 * without a working heartbeat function it closed every live socket, and sessions ended.
 */
describe('connections whose heartbeats are not recorded', () => {
  let system: System;
  afterEach(() => system.stop());

  async function expectAllIn(sessionId: string, clients: readonly Client[]): Promise<void> {
    for (const { socket } of clients) expect(socket.readyState).to.equal(socket.OPEN);
    expect(await system.session(sessionId)).to.include({ state: 'active', listenerCount: clients.length - 1 });
    for (const client of clients) expect(client.count('sessionInterrupted') + client.count('sessionEnded')).to.equal(0);
  }

  it('stay open while the heartbeat function alone fails for two minutes', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('hagar');
    const listeners = await Promise.all(['es', 'fr', 'es'].map((language) => system.joined(sessionId, language)));
    const clients = [speaker, ...listeners];
    await system.faults({ call: { service: 'dynamodb', function: '*-heartbeat' }, do: { error: 500 } });

    for (let round = 0; round < 4; round++) {
      system.stack.clock.advance(30_000);
      for (const client of clients) expect(await client.request(heartbeat)).to.include({ code: 'SERVICE_UNAVAILABLE' });
      await system.sweep();
    }
    await expectAllIn(sessionId, clients);

    await system.stack.faults.clear();
    for (const client of clients) {
      let reply = await client.request(heartbeat);
      // The function's circuit breaker closes again after its time.
      while (reply.type === 'error') {
        expect(reply.code).to.equal('SERVICE_UNAVAILABLE');
        system.stack.clock.advance(10_000);
        reply = await client.request(heartbeat);
      }
      expect(reply).to.include({ type: 'heartbeatAck', state: 'active' });
    }
  });

  it('stay open while one without a role floods the route, which costs that one its connection', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('ishmael');
    const clients = [speaker, await system.joined(sessionId, 'es'), await system.joined(sessionId, 'fr')];
    const flooder = await system.listener();
    for (let message = 0; message < 300; message++) flooder.sendText(JSON.stringify(heartbeat));
    system.stack.clock.advance(45_000);
    for (const client of clients) await client.ask('heartbeatAck', heartbeat);
    await flooder.closed; // the service of before served and refused it for ever
    system.stack.clock.advance(60_000);
    await system.sweep();
    await expectAllIn(sessionId, clients);
  });
});

import { expect } from 'chai';
import { type Client, type System, startSystem } from '../src/index.ts';

const MINUTE_MS = 60_000;

describe('the reminders to move to a new connection', () => {
  let system: System;
  afterEach(() => system.stop());

  const beat = (client: Client) => client.ask('heartbeatAck', { action: 'heartbeat' });

  /** Lets time pass, with a heartbeat in every nine minutes: API Gateway ends what is idle for ten. */
  async function pass(minutes: number, clients: readonly Client[]): Promise<void> {
    for (let left = minutes; left > 0; left -= 9) {
      system.stack.clock.advance(Math.min(9, left) * MINUTE_MS);
      for (const client of clients) await beat(client);
    }
  }

  it('come with every heartbeat past the threshold, until the client has moved', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('elijah');
    const listener = await system.joined(sessionId, 'es');

    await pass(99, [speaker, listener]);
    expect(listener.count('connectionRefreshRequired')).to.equal(0);

    await pass(2, [speaker, listener]);
    const required = await listener.next('connectionRefreshRequired');
    expect(required).to.include({ sessionId, role: 'listener', targetLanguage: 'es' });
    expect(await speaker.next('connectionRefreshRequired')).to.include({ sessionId, role: 'speaker' });
    await pass(2, [listener]);
    expect(listener.count('connectionRefreshRequired')).to.equal(2);
    expect(listener.count('connectionWarning')).to.equal(0);

    await pass(3, [listener]);
    const { remainingSeconds } = await listener.next('connectionWarning');
    expect(remainingSeconds).to.be.within(780, 840);
    expect(listener.count('connectionRefreshRequired')).to.equal(3);

    const next = await system.listener();
    await system.refresh(sessionId, 'listener', { from: listener, to: next });
    await pass(1, [next]);
    expect(await listener.request({ action: 'heartbeat' })).to.include({ code: 'NOT_IN_SESSION' });
    expect(listener.count('connectionRefreshRequired')).to.equal(3);
    expect(next.count('connectionRefreshRequired')).to.equal(0);
  });

  it('do not come to a connection that is young', async () => {
    system = await startSystem();
    const { speaker } = await system.broadcast('elisha');
    const ack = await beat(speaker);
    expect(ack.connectionExpiresAt - system.connectedAtOf(speaker)).to.equal(7_200_000);
    expect(speaker.received.map(({ type }) => type)).to.deep.equal(['sessionCreated', 'heartbeatAck']);
  });
});

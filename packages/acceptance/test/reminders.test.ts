import { expect } from 'chai';
import { type Client, type System, startSystem } from '../src/index.ts';

/** A heartbeat that counts: these come faster than any client's, so some are refused. */
async function beat(client: Client): Promise<void> {
  let reply = await client.request({ action: 'heartbeat' });
  while (reply.type === 'error' && reply.code === 'RATE_LIMIT_EXCEEDED') {
    reply = await client.request({ action: 'heartbeat' });
  }
  expect(reply).to.include({ type: 'heartbeatAck' });
}

describe('the reminders to move to a new connection', () => {
  let system: System;
  before(async () => {
    system = await startSystem({
      connection_refresh_minutes: '0.01',
      connection_warning_minutes: '0.02',
      connection_max_duration_hours: '0.05',
      rate_limit_heartbeats_per_min: '6000',
    });
  });
  after(() => system.stop());

  it('come with every heartbeat past the threshold, until the client has moved', async () => {
    const { sessionId, speaker } = await system.broadcast('elijah');
    const listener = await system.joined(sessionId, 'es');
    for (const client of [speaker, listener]) {
      // Heartbeats until the first reminder: how many depends on the machine.
      while (client.count('connectionWarning') === 0) await beat(client);
    }
    const required = await listener.next('connectionRefreshRequired');
    expect(required).to.include({ sessionId, role: 'listener', targetLanguage: 'es' });
    expect(await speaker.next('connectionRefreshRequired')).to.include({ sessionId, role: 'speaker' });
    const warning = await listener.next('connectionWarning');
    expect(warning.remainingSeconds).to.be.within(0, 180);

    const notices = listener.count('connectionRefreshRequired');
    for (let round = 0; round < 3; round++) await beat(listener);
    expect(listener.count('connectionRefreshRequired')).to.equal(notices + 3);

    const next = await system.listener();
    await system.refresh(sessionId, 'listener', { from: listener, to: next });
    await beat(listener);
    expect(listener.count('connectionRefreshRequired')).to.equal(notices + 3);
  });

  it('do not come to a connection that is young', async () => {
    const usual = await startSystem();
    const { speaker } = await usual.broadcast('elisha');
    const ack = await speaker.ask('heartbeatAck', { action: 'heartbeat' });
    expect(ack.connectionExpiresAt - usual.connectedAtOf(speaker)).to.equal(7_200_000);
    expect(speaker.received.map(({ type }) => type)).to.deep.equal(['sessionCreated', 'heartbeatAck']);
    await usual.stop();
  });
});

import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

describe('the state of the broadcast', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.stop());

  it('is set by the speaker, notified to listeners, and told to those who come later', async () => {
    const { sessionId, speaker } = await system.broadcast('silas');
    const listener = await system.joined(sessionId, 'es');

    const reply = await speaker.ask('broadcastStateChanged', {
      action: 'setBroadcastState',
      paused: true,
      volume: 0.5,
    });
    const broadcastState = { paused: true, muted: false, volume: 0.5 };
    expect(reply).to.deep.include({ sessionId, state: 'active', revision: 2, broadcastState });
    expect(await listener.next('broadcastStateChanged')).to.deep.equal({
      type: 'broadcastStateChanged',
      sessionId,
      state: 'active',
      revision: 2,
      broadcastState,
    });
    const late = await system.listener();
    const join = { action: 'joinSession', sessionId, targetLanguage: 'fr' };
    expect(await late.ask('sessionJoined', join)).to.deep.include({ revision: 2, broadcastState });

    // What is left out stays as it is.
    system.stack.clock.advance(1000);
    const muted = await speaker.ask('broadcastStateChanged', { action: 'setBroadcastState', muted: true });
    expect(muted).to.deep.include({ revision: 3, broadcastState: { paused: true, muted: true, volume: 0.5 } });
    expect(await late.next('broadcastStateChanged')).to.deep.include({ revision: 3 });
  });

  it('heals in a heartbeat, when its notification was lost', async () => {
    const { sessionId, speaker } = await system.broadcast('timothy');
    const listener = await system.joined(sessionId, 'es');
    const posts = { service: 'execute-api', operation: 'PostToConnection', function: '*-deliverer' } as const;
    await system.faults({ call: posts, do: { error: 500 } });
    await speaker.ask('broadcastStateChanged', { action: 'setBroadcastState', paused: true });
    await system.until(() => (system.stack.faults.counters()[0]?.fired ?? 0) > 0);
    system.stack.clock.advance(1000);
    const ack = await listener.ask('heartbeatAck', { action: 'heartbeat' });
    expect(ack).to.deep.include({ revision: 2, broadcastState: { paused: true, muted: false, volume: 1 } });
    expect(listener.count('broadcastStateChanged')).to.equal(0);
    await system.stack.faults.clear();
  });

  it('is the speaker’s alone, changes no faster than listeners can be told, and not after the end', async () => {
    const { sessionId, speaker } = await system.broadcast('titus');
    const listener = await system.joined(sessionId, 'es');
    const pause = { action: 'setBroadcastState', paused: true };
    expect(await listener.request(pause)).to.include({ code: 'UNAUTHORIZED' });
    const signedIn = await system.joined(sessionId, 'es', { token: await system.token({ username: 'tychicus' }) });
    expect(await signedIn.request(pause)).to.include({ code: 'FORBIDDEN' });
    const replies = await Promise.all([0.1, 0.2, 0.3].map((volume) => speaker.request({ ...pause, volume })));
    expect(replies.filter(({ type }) => type === 'broadcastStateChanged')).to.have.length(1);
    expect(replies.filter((reply) => reply.type === 'error' && reply.code === 'RATE_LIMIT_EXCEEDED')).to.have.length(2);
    await speaker.ask('sessionEnded', { action: 'endSession' });
    system.stack.clock.advance(1000);
    expect(await speaker.request(pause)).to.include({ code: 'SESSION_NOT_FOUND' });
  });
});

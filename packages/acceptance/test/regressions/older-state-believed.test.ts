import { joinAsListener, type Listener } from '@sessions/client';
import { expect } from 'chai';
import { type System, startSystem } from '../../src/index.ts';

/**
 * Defect 12. `sessionInterrupted` overtook `sessionResumed`, and the client believed the older one; a listener who joined
 * during an interruption was told nothing of it, and showed `live`.
 */
describe('what a listener believes of its session', () => {
  let system: System;
  const listeners: Listener[] = [];
  afterEach(async () => {
    await Promise.all(listeners.splice(0).map((listener) => listener.leave()));
    await system.stop();
  });

  async function listen(sessionId: string): Promise<Listener> {
    const listener = await joinAsListener({ url: system.stack.webSocketUrl, sessionId, targetLanguage: 'es' });
    listeners.push(listener);
    return listener;
  }

  it('is the newest, in whatever order it comes', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('jonah');
    const raw = await system.joined(sessionId, 'es');
    const listener = await listen(sessionId);
    // To each of the two, the post of the interruption waits until another one has been carried out.
    const posts = { service: 'execute-api', operation: 'PostToConnection', function: '*-deliverer' } as const;
    const both = (await system.listenersOf(sessionId)).map(({ connectionId }) => `*${connectionId}`);
    expect(both).to.have.length(2);
    await system.faults(
      ...both.map((resource) => {
        const call = { ...posts, resource };
        return { call, nth: 1, do: { waitFor: { call, atMostMs: 20_000 } } };
      }),
    );
    await speaker.cut();
    await system.until(() => system.stack.faults.counters().every(({ fired }) => fired > 0));
    const back = await system.speaker('jonah');
    await back.ask('connectionRefreshComplete', { action: 'refreshConnection', sessionId, role: 'speaker' });

    const resumed = await raw.next('sessionResumed');
    const late = await raw.next('sessionInterrupted');
    expect(raw.received.indexOf(resumed)).to.be.below(raw.received.indexOf(late));
    expect(late.revision).to.be.below(resumed.revision);
    await raw.ask('heartbeatAck', { action: 'heartbeat' });
    expect(listener.state).to.equal('live');
  });

  it('is the interruption, for one who joins during it', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('micah');
    await speaker.cut();
    await system.settled();
    const listener = await listen(sessionId);
    expect(listener.state).to.equal('interrupted');
    const resumed = new Promise<void>((resolve) => void listener.on('resumed', () => resolve()));
    const back = await system.speaker('micah');
    await back.ask('connectionRefreshComplete', { action: 'refreshConnection', sessionId, role: 'speaker' });
    await resumed;
    expect(listener.state).to.equal('live');
  });
});

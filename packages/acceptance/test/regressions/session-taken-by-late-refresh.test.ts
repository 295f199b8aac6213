import { expect } from 'chai';
import { type System, startSystem } from '../../src/index.ts';

/**
 * Defect 3. A speaker gave up a refresh that took too long and refreshed on another connection. The abandoned attempt,
 * carried out late, took the session from the live connection; it ended while the speaker spoke.
 */
describe("a speaker's abandoned refresh that is carried out late", () => {
  let system: System;
  let refreshes = 0;
  beforeEach(async () => {
    refreshes = 0;
    const countRefreshes = ({ functionName }: { functionName: string }) => {
      if (functionName.endsWith('-refresh')) refreshes++;
    };
    system = await startSystem({}, { onInvocation: countRefreshes });
  });
  afterEach(() => system.stop());

  it('does not take the session when it stood between its calls', async () => {
    const { sessionId, speaker } = await system.broadcast('deborah');
    const listener = await system.joined(sessionId, 'es');
    const refresh = { action: 'refreshConnection', sessionId, role: 'speaker' };
    const write = { service: 'dynamodb', function: '*-refresh', operation: 'TransactWriteItems' } as const;
    await system.faults({ call: write, nth: 1, do: { waitFor: { call: write, atMostMs: 20_000 } } });

    const abandoned = await system.speaker('deborah');
    abandoned.sendText(JSON.stringify(refresh));
    await system.until(() => (system.stack.faults.counters()[0]?.matched ?? 0) > 0);
    await abandoned.cut();
    const live = await system.speaker('deborah');
    await live.ask('connectionRefreshComplete', refresh);
    await system.until(() => refreshes === 2);
    await system.settled();

    await expectLive(sessionId, live, listener);
    expect(await speaker.request({ action: 'getSessionStatus' })).to.include({ code: 'NOT_IN_SESSION' });
  });

  it('does not take the session when the message itself came late', async () => {
    const { sessionId } = await system.broadcast('jael');
    const listener = await system.joined(sessionId, 'es');
    const refresh = { action: 'refreshConnection', sessionId, role: 'speaker' };
    const abandoned = await system.speaker('jael');
    const live = await system.speaker('jael');
    await live.ask('connectionRefreshComplete', refresh);

    expect(await abandoned.request(refresh)).to.have.property('type', 'error');
    await abandoned.cut();
    await system.settled();

    await expectLive(sessionId, live, listener);
  });

  async function expectLive(sessionId: string, live: Awaited<ReturnType<System['speaker']>>, listener: typeof live) {
    expect(await system.session(sessionId)).to.include({
      state: 'active',
      speakerConnectionId: system.connectionIdOf(live),
    });
    system.stack.clock.advance(31_000);
    await system.sweep();
    expect(await live.ask('sessionStatus', { action: 'getSessionStatus' })).to.include({ state: 'active' });
    expect(listener.count('sessionInterrupted') + listener.count('sessionEnded')).to.equal(0);
  }
});

import { expect } from 'chai';
import { type System, startSystem } from '../../src/index.ts';

const posts = { service: 'execute-api', operation: 'PostToConnection' } as const;

/**
 * Defect 9. Whoever changed a session told its listeners within the request: `sessionResumed` to thousands made the
 * speaker's refresh time out, again and again; the end of a session of 10,000 did not finish in 29 s and told half of
 * them twice after a retry. In small here: what counts is that no request waits for a post, and that an end goes on.
 */
describe('deliveries to listeners', () => {
  let system: System;
  afterEach(() => system.stop());

  it('do not hold up the refresh of the speaker, nor the end', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('ezra');
    const listeners = await Promise.all(Array.from({ length: 5 }, () => system.joined(sessionId, 'es')));
    // No post is carried out: each one is held until the plan is cleared or the test ends.
    await system.faults({ call: posts, do: { latencyMs: 600_000 } });
    await speaker.cut();
    await system.settled();
    const back = await system.speaker('ezra');
    const refresh = { action: 'refreshConnection', sessionId, role: 'speaker' };
    expect(await back.request(refresh)).to.include({ type: 'connectionRefreshComplete', state: 'active' });
    expect(await back.request({ action: 'endSession' })).to.include({ type: 'sessionEnded' });
    for (const listener of listeners) {
      expect(listener.received.map(({ type }) => type)).to.deep.equal(['sessionJoined']);
    }
    // One who heard of nothing learns the last state from a heartbeat.
    const ack = await listeners[0]?.ask('heartbeatAck', { action: 'heartbeat' });
    expect(ack).to.include({ state: 'ended', reason: 'speakerEnded' });
  });

  it('of an end whose function is killed go on, until everybody is told and removed', async () => {
    system = await startSystem({}, { lambda: { asyncRetryDelaysMs: [10, 10] } });
    const { sessionId, speaker } = await system.broadcast('haggai');
    const listeners = await Promise.all(Array.from({ length: 12 }, () => system.joined(sessionId, 'es')));
    await system.faults({ call: { ...posts, function: '*-deliverer' }, nth: 6, do: { kill: 'before' } });
    await speaker.ask('sessionEnded', { action: 'endSession' });
    const ended = await system.ended(sessionId);
    expect(system.stack.faults.counters()[0]).to.include({ fired: 1 });
    expect(ended).to.include({ listenerCount: 0 });
    expect(await system.listenersOf(sessionId)).to.deep.equal([]);
    for (const listener of listeners) {
      expect(await listener.next('sessionEnded')).to.include({ sessionId, reason: 'speakerEnded', revision: 2 });
    }
  });

  it('of an end whose every attempt is killed are made by the sweeper', async () => {
    system = await startSystem({}, { lambda: { asyncRetryDelaysMs: [10, 10] } });
    const { sessionId, speaker } = await system.broadcast('zechariah');
    const listener = await system.joined(sessionId, 'es');
    await system.faults({ call: { ...posts, function: '*-deliverer' }, nth: [1, 2, 3], do: { kill: 'before' } });
    await speaker.ask('sessionEnded', { action: 'endSession' });
    await system.until(() => system.stack.faults.counters()[0]?.fired === 3);
    system.stack.clock.advance(91_000);
    await listener.ask('heartbeatAck', { action: 'heartbeat' });
    await system.sweep();
    await system.ended(sessionId);
    await listener.next('sessionEnded');
  });

  it('of an end are not made again, when it is killed after them, or handed over once more', async () => {
    system = await startSystem({}, { lambda: { asyncRetryDelaysMs: [10, 10] } });
    const { sessionId, speaker } = await system.broadcast('malachi');
    const listeners = await Promise.all(Array.from({ length: 12 }, () => system.joined(sessionId, 'es')));
    // The places are read before the listeners are told, and again afterwards: are all of them free?
    const places = {
      service: 'dynamodb',
      function: '*-deliverer',
      operation: 'Query',
      resource: '*-sessions',
    } as const;
    await system.faults({ call: places, nth: 3, do: { kill: 'before' } });
    await speaker.ask('sessionEnded', { action: 'endSession' });
    const { createdAt } = await system.ended(sessionId);
    expect(system.stack.faults.counters()[0]).to.include({ fired: 1 });

    const deliverer = system.stack.lambda.find('sessions-dev-deliverer');
    if (!deliverer) throw new Error('There is no deliverer');
    const task = JSON.stringify({ task: 'completeEnd', sessionId, createdAt });
    const { kind } = await system.stack.lambda.execute(deliverer, task, 'again');
    expect(kind).to.equal('returned');
    for (const listener of listeners) {
      await listener.next('sessionEnded');
      expect(await listener.request({ action: 'heartbeat' })).to.include({ code: 'NOT_IN_SESSION' });
      expect(listener.count('sessionEnded')).to.equal(1);
    }
  });
});

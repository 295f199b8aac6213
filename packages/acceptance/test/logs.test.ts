import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

/** That no line holds an ID of a connection, an address, a token or a join key, the root hook checks of all tests. */
describe('the logs of the functions', () => {
  let system: System;
  const lines: Record<string, unknown>[] = [];
  before(async () => {
    system = await startSystem(
      {},
      { onLog: ({ line }) => void (line.startsWith('{"level"') && lines.push(JSON.parse(line))) },
    );
  });
  after(() => system.stop());

  const untilLogged = (message: string) => system.until(() => lines.some((line) => line.message === message));
  const lastOf = (message: string) => lines.findLast((line) => line.message === message);

  it('say what was delivered, and why a connection was closed', async () => {
    const { sessionId, speaker } = await system.broadcast('theophilus');
    await system.joined(sessionId, 'es');
    await system.joined(sessionId, 'fr');
    const guesser = await system.listener();
    for (let guess = 0; guess < 3; guess++) {
      await guesser.request({ action: 'joinSession', sessionId: 'quiet-unicorn-100', targetLanguage: 'es' });
    }
    await guesser.closed;
    await untilLogged('Closing the connection');
    expect(lastOf('Closing the connection')).to.include({ level: 'WARN', code: 'SESSION_NOT_FOUND' });

    await speaker.ask('sessionEnded', { action: 'endSession' });
    await system.ended(sessionId);
    await system.until(() => lines.some((line) => line.message === 'Delivered' && line.task === 'completeEnd'));
    const delivered = lines.find((line) => line.message === 'Delivered' && line.task === 'completeEnd');
    expect(delivered).to.include({ level: 'INFO', delivered: 2, gone: 0, failed: 0 });
    await system.sweep();
    await untilLogged('Swept');
    expect(lastOf('Swept')).to.include({ silent: 0, isComplete: true });
  });
});

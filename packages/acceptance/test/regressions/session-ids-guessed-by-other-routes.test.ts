import { expect } from 'chai';
import { type Client, type System, startSystem } from '../../src/index.ts';

/**
 * Defect 4. Session IDs could be guessed without limit by `refreshConnection` (1,500 in seconds on one socket, with one
 * answer for a wrong ID and another for a right one), and by `joinSession` on a connection that had a role.
 */
describe('guessing session IDs', () => {
  let system: System;
  beforeEach(async () => {
    system = await startSystem();
  });
  afterEach(() => system.stop());

  const wrongId = (number: number) => `quiet-unicorn-${100 + number}`;
  const answerOf = async (client: Client, message: Record<string, unknown>) => {
    const {
      requestId: _,
      timestamp: __,
      ...answer
    } = (await client.request(message)) as { timestamp?: number } & Record<string, unknown>;
    return answer;
  };

  it('by the refresh of a listener: one answer for every ID, and the connection is soon closed', async () => {
    const { sessionId } = await system.broadcast('rahab');
    const guesser = await system.listener();
    const refresh = { action: 'refreshConnection', role: 'listener', previousConnectionId: 'AAAAAAAAAAAAAAA=' };
    const right = await answerOf(guesser, { ...refresh, sessionId });
    expect(right).to.include({ code: 'NOT_IN_SESSION' });
    expect(await answerOf(guesser, { ...refresh, sessionId: wrongId(1) })).to.deep.equal(right);
    const withPlace = { ...refresh, targetLanguage: 'es', place: '1#1' };
    expect(await answerOf(guesser, { ...withPlace, sessionId })).to.deep.equal(right);
    expect(await answerOf(guesser, { ...withPlace, sessionId: wrongId(1) })).to.deep.equal(right);

    for (let number = 4; number < 60; number++) {
      const reply = await guesser.request({ ...refresh, sessionId: wrongId(number) });
      expect(reply).to.include({ code: number < 59 ? 'NOT_IN_SESSION' : 'RATE_LIMIT_EXCEEDED' });
    }
    await guesser.closed;
  });

  it('by the refresh of a speaker: one answer for every ID, three times', async () => {
    const { sessionId } = await system.broadcast('rahab');
    const thief = await system.speaker('achan');
    const refresh = { action: 'refreshConnection', role: 'speaker' };
    const right = await answerOf(thief, { ...refresh, sessionId });
    const wrong = await answerOf(thief, { ...refresh, sessionId: wrongId(1) });
    expect(right.code).to.equal('SESSION_NOT_FOUND');
    expect({ ...wrong, message: '' }).to.deep.equal({ ...right, message: '' });
    expect(String(wrong.message).replace(wrongId(1), '')).to.equal(String(right.message).replace(sessionId, ''));

    expect(await thief.request({ ...refresh, sessionId: wrongId(2) })).to.include({ code: 'SESSION_NOT_FOUND' });
    await thief.closed;
  });

  it('by joining on a connection that has a role: three times, and counted by address', async () => {
    const { sessionId } = await system.broadcast('rahab');
    const join = { action: 'joinSession', targetLanguage: 'es' };
    const from = '127.0.0.10';
    // The clock stands at the beginning of a minute, which is the window that counts.
    system.stack.clock.advance(60_000 - (system.stack.clock.nowMs() % 60_000));
    for (let guesser = 0; guesser < 10; guesser++) {
      const inside = await system.joined(sessionId, 'es', { from });
      for (let number = 0; number < 3; number++) {
        expect(await inside.request({ ...join, sessionId: wrongId(number) })).to.include({ code: 'SESSION_NOT_FOUND' });
      }
      await inside.closed;
    }
    const typed = await system.listener({ from });
    expect(await typed.request({ ...join, sessionId })).to.include({ code: 'RATE_LIMIT_EXCEEDED' });
    // Those who were closed left no place behind.
    await system.settled();
    expect(await system.session(sessionId)).to.include({ state: 'active', listenerCount: 0 });
  });
});

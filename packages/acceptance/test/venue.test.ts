import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../scripts/tools/need-tools.ts';
import { type ConnectOptions, HandshakeRefusedError, type System, startSystem } from '../src/index.ts';

/** Sends wrong session IDs on a new connection. @returns the codes of the replies */
async function guess(system: System, options: ConnectOptions, guesses: number): Promise<string[]> {
  const guesser = await system.listener(options);
  const codes = [];
  for (let number = 0; number < guesses; number++) {
    const message = { action: 'joinSession', sessionId: `quiet-unicorn-${100 + number}`, targetLanguage: 'es' };
    const reply = await guesser.request(message);
    codes.push(reply.type === 'error' ? reply.code : reply.type);
  }
  return codes;
}

describe('the limits', () => {
  it('let 500 listeners behind one address join, by default', async function () {
    leaveOutWhenFast(this, '500 listeners behind one address');
    const system = await startSystem();
    const { sessionId } = await system.broadcast('solomon', { from: '127.0.0.2' });
    const listeners = await Promise.all(Array.from({ length: 500 }, () => system.listener({ from: '127.0.0.3' })));
    const replies = await Promise.all(
      listeners.map((listener) => listener.request({ action: 'joinSession', sessionId, targetLanguage: 'es' })),
    );
    expect(replies.filter(({ type }) => type === 'sessionJoined')).to.have.length(500);
    expect((await system.session(sessionId))?.listenerCount).to.equal(500);
    await system.stop();
  });

  describe('of one address', () => {
    let system: System;
    before(async () => {
      system = await startSystem({ rate_limit_connection_attempts_per_min: '50' });
    });
    after(() => system.stop());

    it('refuse guessing session IDs, and hold up nobody who has a link', async () => {
      const { sessionId, created } = await system.broadcast('esther', { from: '127.0.0.4' });
      const from = '127.0.0.5';
      const join = { action: 'joinSession', sessionId, targetLanguage: 'es' };
      const early = await system.listener({ from });
      const codes: string[] = [];
      // 30 wrong ones in a minute: the clock is set to the beginning of one.
      system.stack.clock.advance(60_000 - (system.stack.clock.nowMs() % 60_000));
      for (let guesser = 0; guesser < 12; guesser++) codes.push(...(await guess(system, { from }, 3)));
      expect(codes.slice(0, 30)).to.deep.equal(Array(30).fill('SESSION_NOT_FOUND'));
      expect(new Set(codes.slice(30))).to.deep.equal(new Set(['RATE_LIMIT_EXCEEDED']));

      // A right ID that was typed waits as well, or the answer would tell that it is right; the key of a link does not.
      const typed = await early.request(join);
      expect(typed).to.include({ code: 'RATE_LIMIT_EXCEEDED' });
      expect(typed).to.have.property('retryAfter').that.is.within(1, 60);
      expect(await early.request({ ...join, joinKey: created.joinKey })).to.include({ type: 'sessionJoined' });
      const wrongKey = await system.listener({ from });
      expect(await wrongKey.request({ ...join, joinKey: 'AAAAAAAAAA' })).to.include({ code: 'RATE_LIMIT_EXCEEDED' });
      // Elsewhere, and a minute later, typed IDs are welcome.
      expect(await (await system.listener({ from: '127.0.0.9' })).request(join)).to.include({ type: 'sessionJoined' });
      system.stack.clock.advance(60_000);
      expect(await (await system.listener({ from })).request(join)).to.include({ type: 'sessionJoined' });
    });

    it('close a connection after its third wrong session ID, with the answer', async () => {
      const guesser = await system.listener({ from: '127.0.0.8' });
      const wrong = { action: 'joinSession', sessionId: 'quiet-unicorn-100', targetLanguage: 'es' };
      for (let guesses = 0; guesses < 3; guesses++) {
        expect(await guesser.request(wrong)).to.include({ code: 'SESSION_NOT_FOUND' });
      }
      await guesser.closed;
    });

    it('refuse a flood of connections with 429, and nobody elsewhere', async () => {
      const attempts = await Promise.allSettled(
        Array.from({ length: 101 }, () => system.listener({ from: '127.0.0.6' })),
      );
      const refusals = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason] : []));
      expect(refusals.length).to.be.greaterThan(0);
      for (const refusal of refusals)
        expect(refusal).to.be.instanceOf(HandshakeRefusedError).with.property('statusCode', 429);

      await system.listener({ from: '127.0.0.7' });
    });

    it('never keep out a verified speaker', async () => {
      const from = '127.0.0.6';
      const refused = await Promise.allSettled(Array.from({ length: 101 }, () => system.listener({ from })));
      expect(refused.some(({ status }) => status === 'rejected')).to.equal(true);
      await system.broadcast('mordecai', { from });
    });
  });

  it('refuse a user more sessions in an hour than allowed', async () => {
    const system = await startSystem({ rate_limit_sessions_per_hour: '2' });
    const codes = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      const speaker = await system.speaker('achan');
      const reply = await speaker.request({ action: 'createSession', sourceLanguage: 'en' });
      codes.push(reply.type === 'error' ? reply.code : reply.type);
      if (reply.type === 'error') expect(reply.retryAfter).to.be.within(1, 3600);
    }
    expect(codes).to.include('RATE_LIMIT_EXCEEDED');
    expect(codes.slice(0, 2)).to.deep.equal(['sessionCreated', 'sessionCreated']);
    const other = await system.speaker('caleb');
    expect(await other.request({ action: 'createSession', sourceLanguage: 'en' })).to.include({
      type: 'sessionCreated',
    });
    await system.stop();
  });
});

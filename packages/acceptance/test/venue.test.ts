import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../scripts/tools/need-tools.ts';
import { HandshakeRefusedError, type System, startSystem } from '../src/index.ts';

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
      system = await startSystem({ rate_limit_connection_attempts_per_min: '20' });
    });
    after(() => system.stop());

    it('refuse guessing session IDs, and leave those alone who know theirs', async () => {
      const { sessionId } = await system.broadcast('esther', { from: '127.0.0.4' });
      const guesser = await system.listener({ from: '127.0.0.5' });
      const replies = [];
      for (let guess = 0; guess < 70; guess++) {
        const unknown = { action: 'joinSession', sessionId: `quiet-unicorn-${100 + guess}`, targetLanguage: 'es' };
        replies.push(await guesser.request(unknown));
      }
      const codes = replies.map((reply) => (reply.type === 'error' ? reply.code : reply.type));
      // 30 in a minute: even if a new minute begins in between, one of the two has more of the 70 than that.
      expect(codes.slice(0, 30)).to.deep.equal(Array(30).fill('SESSION_NOT_FOUND'));
      expect(codes.filter((code) => code === 'RATE_LIMIT_EXCEEDED').length).to.be.greaterThan(0);
      const limited = replies.find((reply) => reply.type === 'error' && reply.code === 'RATE_LIMIT_EXCEEDED');
      expect(limited).to.have.property('retryAfter').that.is.within(1, 60);

      const join = { action: 'joinSession', sessionId, targetLanguage: 'es' };
      expect(await guesser.request(join)).to.include({ type: 'sessionJoined' });
    });

    it('close the connection of one who goes on guessing', async () => {
      const guesser = await system.listener({ from: '127.0.0.8' });
      let closed = false;
      const end = guesser.closed.then(({ code }) => {
        closed = true;
        return code;
      });
      // Twice four times the limit: the minute may change in between.
      for (let guess = 0; guess < 250 && !closed; guess++) {
        const message = { action: 'joinSession', sessionId: 'quiet-unicorn-100', targetLanguage: 'es' };
        await Promise.race([guesser.request(message).catch(() => end), end]);
      }
      expect(await end).to.equal(1000);
    });

    it('refuse a flood of connections with 429, and nobody elsewhere', async () => {
      const attempts = await Promise.allSettled(
        Array.from({ length: 41 }, () => system.listener({ from: '127.0.0.6' })),
      );
      const refusals = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason] : []));
      expect(refusals.length).to.be.greaterThan(0);
      for (const refusal of refusals)
        expect(refusal).to.be.instanceOf(HandshakeRefusedError).with.property('statusCode', 429);

      await system.listener({ from: '127.0.0.7' });
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

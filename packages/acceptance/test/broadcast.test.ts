import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

const ON_AIR = { paused: false, muted: false, volume: 1 };
const LANGUAGES = ['es', 'fr', 'de', 'pt', 'ja'] as const;

describe('a broadcast', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.stop());

  it('runs from the first word to the last: one speaker, a hundred listeners in five languages', async () => {
    const speaker = await system.speaker('miriam');
    const created = await speaker.ask('sessionCreated', { action: 'createSession', sourceLanguage: 'en' });
    expect(created).to.include({ sourceLanguage: 'en', qualityTier: 'standard', heartbeatIntervalSeconds: 30 });
    expect(created.sessionId).to.match(/^[a-z]{3,12}-[a-z]{3,12}-[1-9]\d\d$/);
    expect(created.expiresAt - created.createdAt).to.equal(7_200_000);
    const { sessionId } = created;

    const listeners = await Promise.all(Array.from({ length: 100 }, () => system.listener()));
    const joined = await Promise.all(
      listeners.map((listener, index) =>
        listener.ask('sessionJoined', {
          action: 'joinSession',
          sessionId,
          targetLanguage: LANGUAGES[index % LANGUAGES.length] ?? 'es',
        }),
      ),
    );
    // A reply counts those of whom it knows: at least the listener itself, and never more than there are.
    for (const { listenerCount } of joined) expect(listenerCount).to.be.within(1, 100);
    // The stored numbers are exact at every moment.
    expect(await system.session(sessionId)).to.deep.include({
      listenerCount: 100,
      places: 500,
      listenersByLanguage: { es: 20, fr: 20, de: 20, pt: 20, ja: 20 },
    });
    const byLanguage = Map.groupBy(await system.connections(), (connection) =>
      connection.role === 'listener' ? connection.targetLanguage : 'speaker',
    );
    expect(Object.fromEntries([...byLanguage].map(([language, items]) => [language, items.length]))).to.deep.equal({
      speaker: 1,
      es: 20,
      fr: 20,
      de: 20,
      pt: 20,
      ja: 20,
    });

    const acks = await Promise.all(
      [speaker, ...listeners].map((client) => client.ask('heartbeatAck', { action: 'heartbeat', sentAt: 12_345 })),
    );
    for (const ack of acks) {
      expect(ack.sentAt).to.equal(12_345);
      expect(ack.connectionExpiresAt).to.be.greaterThan(ack.timestamp);
      expect(ack).to.deep.include({ sessionId, state: 'active', revision: 1, broadcastState: ON_AIR });
    }

    const ended = await speaker.ask('sessionEnded', { action: 'endSession' });
    expect(ended).to.include({ sessionId, revision: 2, reason: 'speakerEnded' });
    for (const listener of listeners) {
      expect(await listener.next('sessionEnded')).to.deep.equal({
        type: 'sessionEnded',
        sessionId,
        revision: 2,
        reason: 'speakerEnded',
      });
    }
    await system.ended(sessionId);
    await Promise.all([speaker, ...listeners].map((client) => client.close()));
    await system.settled();
    for (const listener of listeners) expect(listener.count('sessionEnded')).to.equal(1);
    expect(await system.connections()).to.deep.equal([]);
    expect(await system.session(sessionId)).to.include({
      state: 'ended',
      listenerCount: 0,
      endReason: 'speakerEnded',
    });
    expect(await system.session(sessionId)).to.have.property('endCompletedAt');
  });

  it('gives a listener back the place of one who leaves', async () => {
    const { sessionId } = await system.broadcast('asher');
    const first = await system.joined(sessionId, 'es');
    const second = await system.joined(sessionId, 'fr');
    expect((await system.session(sessionId))?.listenerCount).to.equal(2);

    await first.close();
    await system.settled();

    expect(await system.session(sessionId)).to.deep.include({ listenerCount: 1, listenersByLanguage: { fr: 1 } });
    expect(second.count('error')).to.equal(0);
  });

  it('answers the same connection that asks twice with the same session, and counts nobody twice', async () => {
    const speaker = await system.speaker('deborah');
    const [first, second] = await Promise.all([
      speaker.ask('sessionCreated', { action: 'createSession', sourceLanguage: 'en' }),
      speaker.ask('sessionCreated', { action: 'createSession', sourceLanguage: 'en' }),
    ]);
    const third = await speaker.ask('sessionCreated', { action: 'createSession', sourceLanguage: 'en' });
    expect(second.sessionId).to.equal(first.sessionId);
    expect({ ...third, requestId: '' }).to.deep.equal({ ...first, requestId: '' });

    const listener = await system.listener();
    const join = { action: 'joinSession', sessionId: first.sessionId, targetLanguage: 'es' };
    const replies = await Promise.all([
      listener.ask('sessionJoined', join),
      listener.ask('sessionJoined', join),
      listener.ask('sessionJoined', join),
    ]);
    expect(new Set(replies.map(({ sessionId }) => sessionId)).size).to.equal(1);
    expect((await system.session(first.sessionId))?.listenerCount).to.equal(1);
    const session = await system.session(first.sessionId);
    const hers = (await system.sessions()).filter(({ speakerUserId }) => speakerUserId === session?.speakerUserId);
    expect(hers.map(({ sessionId }) => sessionId)).to.deep.equal([first.sessionId]);
  });

  it('understands an ID that was heard or typed in another way', async () => {
    const { sessionId } = await system.broadcast('jael');
    const [adjective = '', noun = '', number = ''] = sessionId.split('-');
    for (const typed of [
      `${adjective} ${noun} ${number}`,
      ` ${adjective.toUpperCase()}-${noun}-${number}. `,
      `${adjective}_${noun}${number}`,
      `${adjective}${noun}${number}`,
    ]) {
      const listener = await system.listener();
      const joined = await listener.ask('sessionJoined', {
        action: 'joinSession',
        sessionId: typed,
        targetLanguage: 'es',
      });
      expect(joined.sessionId, typed).to.equal(sessionId);
    }
  });

  it('takes the first message from the URL, and posts the reply', async () => {
    const { sessionId, created } = await system.broadcast('huldah');
    const listener = await system.listener({
      query: { action: 'joinSession', sessionId, targetLanguage: 'fr', requestId: 'from-url' },
    });
    const joined = await listener.next('sessionJoined');
    expect(joined).to.include({ sessionId, targetLanguage: 'fr', requestId: 'from-url' });

    const speaker = await system.speaker('anna', { query: { action: 'createSession', sourceLanguage: 'de' } });
    expect(await speaker.next('sessionCreated')).to.include({ sourceLanguage: 'de' });

    const keyed = await system.listener({
      query: { action: 'joinSession', sessionId, targetLanguage: 'es', joinKey: created.joinKey },
    });
    expect(await keyed.next('sessionJoined')).to.include({ sessionId, targetLanguage: 'es' });

    const lost = await system.listener({ query: { action: 'heartbeat' } });
    expect(await lost.next('error')).to.include({ code: 'INVALID_ACTION' });
  });
});

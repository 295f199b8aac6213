import { expect } from 'chai';
import { type Client, type System, startSystem } from '../src/index.ts';

describe('a refresh of connections', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.stop());

  it('moves a speaker and a hundred listeners at once, and nobody notices', async () => {
    const { sessionId, speaker } = await system.broadcast('ruth');
    const oldListeners = await Promise.all(
      Array.from({ length: 100 }, (_, index) => system.joined(sessionId, index % 2 === 0 ? 'es' : 'ko')),
    );
    expect((await system.session(sessionId))?.listenerCount).to.equal(100);

    const refresh = async (old: Client, next: Client, role: string) => {
      const previousConnectionId = system.connectionIdOf(old);
      const complete = await next.ask('connectionRefreshComplete', {
        action: 'refreshConnection',
        sessionId,
        role,
        previousConnectionId,
      });
      expect(complete).to.include({ sessionId, role, previousConnectionId });
      return complete;
    };
    const counts: number[] = [];
    const newSpeaker = await system.speaker('ruth');
    const newListeners = await Promise.all(oldListeners.map(() => system.listener()));
    const [, ...moved] = await Promise.all([
      refresh(speaker, newSpeaker, 'speaker'),
      ...newListeners.map(async (next, index) => {
        const complete = await refresh(oldListeners[index] as Client, next, 'listener');
        counts.push((await system.session(sessionId))?.listenerCount ?? -1);
        return complete;
      }),
    ]);
    expect(moved.filter(({ targetLanguage }) => targetLanguage === 'es')).to.have.length(50);
    expect(moved.filter(({ targetLanguage }) => targetLanguage === 'ko')).to.have.length(50);
    expect(new Set(counts)).to.deep.equal(new Set([100]));

    await Promise.all([speaker, ...oldListeners].map((old) => old.close()));
    await system.settled();
    expect(await system.session(sessionId)).to.include({ state: 'active', listenerCount: 100 });
    expect(await system.connections()).to.have.length(101);
    for (const client of [speaker, newSpeaker, ...oldListeners, ...newListeners]) {
      expect(client.count('sessionEnded')).to.equal(0);
      expect(client.count('sessionInterrupted')).to.equal(0);
    }

    // The new connections are the session's: the new speaker ends it, and the new listeners hear so, once.
    await newSpeaker.ask('sessionEnded', { action: 'endSession' });
    await Promise.all(newListeners.map((listener) => listener.next('sessionEnded')));
    await system.ended(sessionId);
    for (const listener of newListeners) expect(listener.count('sessionEnded')).to.equal(1);
    // The speaker, who asked, keeps the connection: asking again gives the same answer.
    const left = await system.connections();
    expect(left.map(({ connectionId }) => connectionId)).to.deep.equal([system.connectionIdOf(newSpeaker)]);
  });

  it('can be asked for twice', async () => {
    const { sessionId } = await system.broadcast('naomi');
    const old = await system.joined(sessionId, 'it');
    const next = await system.listener();
    const message = {
      action: 'refreshConnection',
      sessionId,
      role: 'listener',
      previousConnectionId: system.connectionIdOf(old),
    };
    const first = await next.ask('connectionRefreshComplete', message);
    const second = await next.ask('connectionRefreshComplete', message);
    expect({ ...second, requestId: '' }).to.deep.equal({ ...first, requestId: '' });
    expect((await system.session(sessionId))?.listenerCount).to.equal(1);
  });

  it('frees the place when a refreshed listener leaves', async () => {
    const { sessionId } = await system.broadcast('orpah');
    const old = await system.joined(sessionId, 'it');
    const next = await system.listener();
    await system.refresh(sessionId, 'listener', { from: old, to: next });
    await next.close();
    await old.close();
    await system.settled();
    expect((await system.session(sessionId))?.listenerCount).to.equal(0);
    expect((await system.connections()).filter((connection) => connection.sessionId === sessionId)).to.have.length(1);
  });

  it('lets the session live on beyond its first end', async () => {
    const { sessionId, speaker, created } = await system.broadcast('boaz');
    const next = await system.speaker('boaz');
    await system.refresh(sessionId, 'speaker', { from: speaker, to: next });
    expect((await system.session(sessionId))?.expiresAt).to.be.greaterThan(created.expiresAt);
  });
});

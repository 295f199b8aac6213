import { expect } from 'chai';
import type { ConnectionRepository } from '../../src/sessions/ports.ts';
import { collect, listedIds, sampleListener, sampleSpeaker } from '../support/samples.ts';

/** What every implementation of `ConnectionRepository` promises. @param setUp an empty one, for each test */
export function connectionRepositoryContract(setUp: () => ConnectionRepository): void {
  const sessionId = 'faithful-shepherd-427';
  let connections: ConnectionRepository;
  beforeEach(() => {
    connections = setUp();
  });

  describe('create', () => {
    it('stores the connection as it is', async () => {
      expect(await connections.create(sampleSpeaker())).to.equal(true);
      expect(await connections.find('speaker-1')).to.deep.equal({
        connectionId: 'speaker-1',
        sessionId: 'faithful-shepherd-427',
        role: 'speaker',
        userId: 'user-1',
        connectedAt: 1_000_000,
        lastHeartbeatAt: 1_000_000,
      });
    });

    it('refuses a connection that has a role, even the same one, and leaves it alone', async () => {
      await connections.create(sampleListener());
      expect(await connections.create(sampleListener())).to.equal(false);
      expect(await connections.create(sampleListener({ targetLanguage: 'fr' }))).to.equal(false);
      expect((await connections.find('listener-1'))?.targetLanguage).to.equal('es');
    });
  });

  describe('remove', () => {
    it('gives the connection as it was, once', async () => {
      await connections.create(sampleListener());
      expect(await connections.remove('listener-1')).to.deep.equal(sampleListener());
      expect(await connections.remove('listener-1')).to.equal(undefined);
      expect(await connections.find('listener-1')).to.equal(undefined);
    });
  });

  describe('removeIfSilentSince', () => {
    it('leaves a connection that has been heard since', async () => {
      await connections.create(sampleListener());
      await connections.recordHeartbeat({
        connectionId: 'listener-1',
        nowMs: 1_030_000,
        earliestLastButOne: 1_000_000,
      });
      expect(await connections.removeIfSilentSince('listener-1', 1_000_000)).to.equal(undefined);
      expect(await connections.find('listener-1')).to.not.equal(undefined);
    });

    it('gives the connection as it was at that moment, not as a scan saw it', async () => {
      await connections.create(sampleListener());
      await connections.supersede({ connectionId: 'listener-1', sessionId, supersededBy: 'listener-2' });

      const removed = await connections.removeIfSilentSince('listener-1', 1_000_000);

      expect(removed?.supersededBy).to.equal('listener-2');
      expect(await connections.find('listener-1')).to.equal(undefined);
    });

    it('gives undefined for a connection that is not there', async () => {
      expect(await connections.removeIfSilentSince('listener-1', 1_000_000)).to.equal(undefined);
    });
  });

  describe('removeAll', () => {
    it('removes any number, those that are not there included', async () => {
      const ids = Array.from({ length: 60 }, (_, index) => `listener-${index}`);
      await Promise.all(ids.map((connectionId) => connections.create(sampleListener({ connectionId }))));
      await connections.create(sampleSpeaker());

      await connections.removeAll([...ids, 'nobody']);

      expect(await collect(connections.pages())).to.deep.equal([sampleSpeaker()]);
    });

    it('does nothing for none', async () => {
      await connections.removeAll([]);
    });
  });

  describe('recordHeartbeat', () => {
    const beat = (nowMs: number) =>
      connections.recordHeartbeat({ connectionId: 'listener-1', nowMs, earliestLastButOne: nowMs - 30_000 });

    it('notes the time of this one and of the one before', async () => {
      await connections.create(sampleListener());
      const after = await beat(1_030_000);
      expect(after).to.deep.equal(
        Object.assign(sampleListener({ lastHeartbeatAt: 1_030_000 }), { lastButOneHeartbeatAt: 1_000_000 }),
      );
      expect(await connections.findHeartbeats('listener-1')).to.deep.equal(after);
    });

    it('refuses when the one before the last is too recent', async () => {
      await connections.create(sampleListener());
      await beat(1_010_000);
      expect(await beat(1_029_999)).to.equal(undefined);
      expect((await beat(1_030_000))?.lastHeartbeatAt).to.equal(1_030_000);
    });

    it('does not take the same moment for two heartbeats', async () => {
      await connections.create(sampleListener());
      await beat(1_030_000);
      expect(await beat(1_030_000)).to.equal(undefined);
      expect((await connections.findHeartbeats('listener-1'))?.lastButOneHeartbeatAt).to.equal(1_000_000);
    });

    it('creates nothing', async () => {
      expect(await beat(1_030_000)).to.equal(undefined);
      expect(await connections.find('listener-1')).to.equal(undefined);
    });
  });

  describe('recordStatusRequest', () => {
    const ask = (nowMs: number, connectionId = 'speaker-1') =>
      connections.recordStatusRequest({ connectionId, nowMs, earliestLastButOne: nowMs - 5_000 });

    it('notes the time of this one and of the one before, and is no heartbeat', async () => {
      await connections.create(sampleSpeaker());
      await ask(1_010_000);
      const after = await ask(1_015_000);
      expect(after).to.deep.equal({ ...sampleSpeaker(), lastStatusAt: 1_015_000, lastButOneStatusAt: 1_010_000 });
      expect(await connections.findStatusRequests('speaker-1')).to.deep.equal(after);
    });

    it('refuses when the one before the last is too recent', async () => {
      await connections.create(sampleSpeaker());
      await ask(1_010_000);
      await ask(1_010_001);
      expect(await ask(1_014_999)).to.equal(undefined);
      expect((await ask(1_015_000))?.lastStatusAt).to.equal(1_015_000);
    });

    it('does not take the same moment for two requests', async () => {
      await connections.create(sampleSpeaker());
      await ask(1_010_000);
      expect(await ask(1_010_000)).to.equal(undefined);
      expect((await connections.findStatusRequests('speaker-1'))?.lastButOneStatusAt).to.equal(0);
    });

    it('refuses a listener, and creates nothing', async () => {
      await connections.create(sampleListener());
      expect(await ask(1_010_000, 'listener-1')).to.equal(undefined);
      expect(await connections.find('listener-1')).to.deep.equal(sampleListener());
      expect(await ask(1_010_000)).to.equal(undefined);
      expect(await connections.find('speaker-1')).to.equal(undefined);
    });
  });

  describe('supersede and restore', () => {
    const supersede = (change: { sessionId?: string; supersededBy?: string } = {}) =>
      connections.supersede({ connectionId: 'listener-1', sessionId, supersededBy: 'listener-2', ...change });
    const indexed = () => listedIds(connections, sessionId);

    it('takes the listener out of the index and keeps its language', async () => {
      await connections.create(sampleListener());
      expect(await indexed()).to.deep.equal(['listener-1']);

      const after = await supersede();

      const { targetLanguage: _, ...rest } = sampleListener();
      expect(after).to.deep.equal({ ...rest, supersededBy: 'listener-2', supersededLanguage: 'es' });
      expect(await indexed()).to.deep.equal([]);
    });

    it('succeeds again for the same successor, and only for that one', async () => {
      await connections.create(sampleListener());
      await supersede();
      expect((await supersede())?.supersededLanguage).to.equal('es');
      expect(await supersede({ supersededBy: 'listener-3' })).to.equal(undefined);
    });

    it("refuses another session's listener, a speaker, and nobody", async () => {
      expect(await supersede()).to.equal(undefined);
      expect(await connections.find('listener-1')).to.equal(undefined);
      await connections.create(sampleListener({ sessionId: 'quiet-river-100' }));
      expect(await supersede()).to.equal(undefined);
      await connections.create(sampleSpeaker());
      expect(
        await connections.supersede({ connectionId: 'speaker-1', sessionId, supersededBy: 'listener-2' }),
      ).to.equal(undefined);
    });

    it('restore gives the place back, if it was handed to that successor', async () => {
      await connections.create(sampleListener());
      await supersede();

      await connections.restore({ connectionId: 'listener-1', supersededBy: 'listener-3' });
      expect((await connections.find('listener-1'))?.supersededBy).to.equal('listener-2');

      await connections.restore({ connectionId: 'listener-1', supersededBy: 'listener-2' });
      expect(await connections.find('listener-1')).to.deep.equal(sampleListener());
      expect(await indexed()).to.deep.equal(['listener-1']);
    });

    it('restore creates nothing', async () => {
      await connections.restore({ connectionId: 'listener-1', supersededBy: 'listener-2' });
      expect(await connections.find('listener-1')).to.equal(undefined);
    });
  });

  describe('listenerPages', () => {
    it("give the session's listeners, in all languages, and nobody else", async () => {
      await connections.create(sampleSpeaker());
      await connections.create(sampleListener());
      await connections.create(sampleListener({ connectionId: 'listener-2', targetLanguage: 'fr' }));
      await connections.create(sampleListener({ connectionId: 'listener-3', sessionId: 'quiet-river-100' }));
      expect(await collect(connections.listenerPages(sessionId))).to.have.deep.members([
        { connectionId: 'listener-1', targetLanguage: 'es' },
        { connectionId: 'listener-2', targetLanguage: 'fr' },
      ]);
    });
  });

  describe('pages', () => {
    it('give every connection', async () => {
      await connections.create(sampleSpeaker());
      await connections.create(sampleListener());
      const ids = (await collect(connections.pages())).map(({ connectionId }) => connectionId).sort();
      expect(ids).to.deep.equal(['listener-1', 'speaker-1']);
    });
  });
}

import { expect } from 'chai';
import type { SilentPage } from '../../src/sessions/ports.ts';
import { collect, sampleListener, sampleShard, sampleSpeaker } from '../support/samples.ts';
import { SESSION_ID, type SetUp, useFixture } from './fixture.ts';

/** What every implementation of `ConnectionRepository` promises. @param setUp over an empty store, for each test */
export function connectionRepositoryContract(setUp: SetUp): void {
  const given = useFixture(setUp);
  beforeEach(async () => {
    await given.createSession({}, [sampleShard({ capacity: 90 })]);
  });

  it('finds no connection without a role', async () => {
    expect(await given.connections.find('nobody')).to.equal(undefined);
  });

  describe('recordHeartbeat', () => {
    beforeEach(() => given.join({}));
    const beat = (nowMs: number, connectionId = 'listener-1') =>
      given.connections.recordHeartbeat({ connectionId, nowMs, previousNotAfterMs: nowMs - 30_000 });

    it('notes the time, of listeners and speakers', async () => {
      const recorded = sampleListener({ lastHeartbeatAt: 1_030_000 });
      expect(await beat(1_030_000)).to.deep.equal({ recorded });
      expect(await given.connections.find('listener-1')).to.deep.equal(recorded);
      expect(await beat(1_030_000, 'speaker-1')).to.deep.equal({
        recorded: sampleSpeaker({ lastHeartbeatAt: 1_030_000 }),
      });
    });

    it('refuses when the one before the last is too recent, and says when that was', async () => {
      await beat(1_010_000);
      expect(await beat(1_029_999)).to.deep.equal({
        tooSoon: sampleListener({ lastHeartbeatAt: 1_010_000 }),
        previousAtMs: 1_000_000,
      });
      expect(await beat(1_030_000)).to.deep.equal({ recorded: sampleListener({ lastHeartbeatAt: 1_030_000 }) });
    });

    it('takes the same moment for one heartbeat: it is a repetition', async () => {
      await beat(1_030_000);
      expect(await beat(1_030_000)).to.deep.equal({ recorded: sampleListener({ lastHeartbeatAt: 1_030_000 }) });
      expect(await beat(1_030_001)).to.deep.equal({ recorded: sampleListener({ lastHeartbeatAt: 1_030_001 }) });
      expect(await beat(1_030_002)).to.deep.equal({
        tooSoon: sampleListener({ lastHeartbeatAt: 1_030_001 }),
        previousAtMs: 1_030_000,
      });
    });

    it('makes nothing', async () => {
      expect(await beat(1_030_000, 'nobody')).to.equal('noRole');
      expect(await given.connections.find('nobody')).to.equal(undefined);
    });

    it('leaves the connection its place', async () => {
      await beat(1_030_000);
      expect(await given.sessions.releasePlace(sampleListener())).to.equal('released');
    });
  });

  describe('recordStatusRequest', () => {
    const ask = (nowMs: number, connectionId = 'speaker-1') =>
      given.connections.recordStatusRequest({ connectionId, nowMs, previousNotAfterMs: nowMs - 5_000 });

    it('notes the time, and is no heartbeat', async () => {
      expect(await ask(1_010_000)).to.deep.equal({ recorded: sampleSpeaker() });
      expect(await ask(1_010_001)).to.deep.equal({ recorded: sampleSpeaker() });
      expect(await given.connections.find('speaker-1')).to.deep.equal(sampleSpeaker());
    });

    it('refuses when the one before the last is too recent, and says when that was', async () => {
      await ask(1_010_000);
      await ask(1_010_001);
      expect(await ask(1_014_999)).to.deep.equal({ tooSoon: sampleSpeaker(), previousAtMs: 1_010_000 });
      expect(await ask(1_015_000)).to.deep.equal({ recorded: sampleSpeaker() });
    });

    it('takes the same moment for one request: it is a repetition', async () => {
      await ask(1_010_000);
      expect(await ask(1_010_000)).to.deep.equal({ recorded: sampleSpeaker() });
      expect(await ask(1_010_001)).to.deep.equal({ recorded: sampleSpeaker() });
      expect(await ask(1_010_002)).to.deep.equal({ tooSoon: sampleSpeaker(), previousAtMs: 1_010_000 });
    });

    it('refuses a listener, and makes nothing', async () => {
      await given.join({});
      expect(await ask(1_010_000, 'listener-1')).to.deep.equal({ notSpeaker: sampleListener() });
      expect(await ask(1_010_000, 'nobody')).to.equal('noRole');
      expect(await given.connections.find('nobody')).to.equal(undefined);
    });
  });

  describe('removeSpeaker', () => {
    it("removes a speaker's connection, once, and leaves the session alone", async () => {
      const before = await given.sessions.find(SESSION_ID);
      expect(await given.connections.removeSpeaker('speaker-1')).to.equal(true);
      expect(await given.connections.removeSpeaker('speaker-1')).to.equal(false);
      expect(await given.connections.find('speaker-1')).to.equal(undefined);
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(before);
    });

    it('leaves a listener alone', async () => {
      await given.join({});
      expect(await given.connections.removeSpeaker('listener-1')).to.equal(false);
      expect(await given.connections.find('listener-1')).to.deep.equal(sampleListener());
    });
  });

  describe('listenerPages', () => {
    it("give the session's listeners, in all languages, and no others", async () => {
      await given.createSession({ sessionId: 'quiet-river-100', speakerConnectionId: 'speaker-2' }, [sampleShard()]);
      await given.join(
        {},
        { connectionId: 'listener-2', targetLanguage: 'fr' },
        { connectionId: 'listener-3', sessionId: 'quiet-river-100' },
      );
      expect(await collect(given.connections.listenerPages(SESSION_ID))).to.have.deep.members([
        { connectionId: 'listener-1', targetLanguage: 'es', placeShard: '1000000#0' },
        { connectionId: 'listener-2', targetLanguage: 'fr', placeShard: '1000000#0' },
      ]);
    });

    it('give the listeners of one language, as it is now', async () => {
      await given.createSession({ sessionId: 'quiet-river-100', speakerConnectionId: 'speaker-2' }, [sampleShard()]);
      await given.join(
        {},
        { connectionId: 'listener-2', targetLanguage: 'es-MX' },
        { connectionId: 'listener-3', targetLanguage: 'fr' },
        { connectionId: 'listener-4', sessionId: 'quiet-river-100' },
      );
      const inLanguage = async (language: string) =>
        (await collect(given.connections.listenerPages(SESSION_ID, language))).map(({ connectionId }) => connectionId);
      expect(await inLanguage('es')).to.deep.equal(['listener-1']);
      expect(await inLanguage('es-MX')).to.deep.equal(['listener-2']);
      expect(await inLanguage('de')).to.deep.equal([]);

      const listener = sampleListener({ connectionId: 'listener-3', targetLanguage: 'fr' });
      await given.sessions.changeLanguage({ listener, targetLanguage: 'es', changedAt: 1_500_000 });

      expect(await inLanguage('es')).to.have.members(['listener-1', 'listener-3']);
      expect(await inLanguage('fr')).to.deep.equal([]);
    });
  });

  describe('silentPages', () => {
    async function silent(heardBefore: number, segments = 1) {
      const pages = await Promise.all(
        Array.from({ length: segments }, (_, segment) =>
          pagesOf(given.connections.silentPages({ heardBefore, segment, segments })),
        ),
      );
      const connections = pages.flat().flatMap((page) => page.connections);
      return { connections, scanned: pages.flat().reduce((sum, { scanned }) => sum + scanned, 0) };
    }

    it('give the connections not heard since, and say how many were looked at', async () => {
      await given.join({ lastHeartbeatAt: 1_000_001 }, { connectionId: 'listener-2', lastHeartbeatAt: 1_000_002 });
      expect(await silent(1_000_000)).to.deep.equal({ connections: [], scanned: 3 });
      const { connections, scanned } = await silent(1_000_002);
      expect(connections).to.have.deep.members([sampleSpeaker(), sampleListener({ lastHeartbeatAt: 1_000_001 })]);
      expect(scanned).to.equal(3);
    });

    it('in segments give each connection once', async () => {
      await given.join(...Array.from({ length: 40 }, (_, index) => ({ connectionId: `listener-${index}` })));
      const { connections, scanned } = await silent(2_000_000, 4);
      expect(scanned).to.equal(41);
      expect(new Set(connections.map(({ connectionId }) => connectionId)).size).to.equal(41);
      expect(connections).to.have.length(41);
    });
  });
}

async function pagesOf(pages: AsyncIterable<SilentPage>): Promise<SilentPage[]> {
  const all: SilentPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

import { expect } from 'chai';
import { collect, listedIds, sampleListener, sampleShard, sampleSpeaker } from '../support/samples.ts';
import { SESSION_ID, type SetUp, useFixture } from './fixture.ts';

/** What every implementation of `SessionRepository` promises of places. */
export function placesContract(setUp: SetUp): void {
  const given = useFixture(setUp);

  describe('takePlace', () => {
    it('takes a place and stores the connection', async () => {
      await given.createSession();
      expect(await given.sessions.takePlace(sampleListener())).to.equal('taken');
      expect(await given.shard()).to.deep.equal(sampleShard({ taken: 1, joins: 1, languages: { es: 1 } }));
      expect(await given.shard('1000000#1')).to.deep.equal(sampleShard({ placeShard: '1000000#1' }));
      expect(await given.connections.find('listener-1')).to.deep.equal(sampleListener());
      expect(await collect(given.connections.listenerPages(SESSION_ID))).to.deep.equal([
        { connectionId: 'listener-1', targetLanguage: 'es', placeShard: '1000000#0' },
      ]);
    });

    it('counts each language', async () => {
      await given.createSession({}, [sampleShard({ capacity: 9 })]);
      await given.join(
        { connectionId: 'a', targetLanguage: 'es' },
        { connectionId: 'b', targetLanguage: 'pt-PT' },
        { connectionId: 'c', targetLanguage: 'es' },
      );
      expect((await given.shard())?.languages).to.deep.equal({ es: 2, 'pt-PT': 1 });
    });

    it('refuses when the shard is full, and stores nothing', async () => {
      await given.createSession();
      await given.join({ connectionId: 'a' }, { connectionId: 'b' });
      expect(await given.sessions.takePlace(sampleListener())).to.equal('noRoom');
      expect((await given.shard())?.taken).to.equal(2);
      expect((await given.shard())?.joins).to.equal(2);
      expect(await given.connections.find('listener-1')).to.equal(undefined);
    });

    it('refuses when the shard is closed, or is none', async () => {
      await given.createSession();
      await given.sessions.closeShard({ sessionId: SESSION_ID, placeShard: '1000000#0', closedAt: 2_000_000 });
      expect(await given.sessions.takePlace(sampleListener())).to.equal('noRoom');
      expect(await given.sessions.takePlace(sampleListener({ placeShard: '1000000#7' }))).to.equal('noRoom');
      expect(await given.sessions.takePlace(sampleListener({ sessionId: 'quiet-river-100' }))).to.equal('noRoom');
      expect(await given.connections.find('listener-1')).to.equal(undefined);
    });

    it('refuses a connection that has a role, even in a full shard, and takes no place', async () => {
      await given.createSession();
      await given.join({ connectionId: 'a' }, { connectionId: 'b' });
      expect(await given.sessions.takePlace(sampleListener({ connectionId: 'a' }))).to.equal('connectionHasRole');
      const elsewhere = sampleListener({ connectionId: 'speaker-1', placeShard: '1000000#1' });
      expect(await given.sessions.takePlace(elsewhere)).to.equal('connectionHasRole');
      expect((await given.shard('1000000#1'))?.taken).to.equal(0);
      expect(await given.connections.find('speaker-1')).to.deep.equal(sampleSpeaker());
    });

    it('never sells a place twice, however many ask at once', async () => {
      await given.createSession({}, [sampleShard({ capacity: 10 })]);
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          given.sessions.takePlace(sampleListener({ connectionId: `listener-${index}` })),
        ),
      );
      const taken = outcomes.filter((outcome) => outcome === 'taken').length;
      expect(outcomes).to.not.include('connectionHasRole');
      expect(await given.shard()).to.deep.equal(
        sampleShard({ capacity: 10, taken, joins: taken, languages: { es: taken } }),
      );
      expect(await listedIds(given.connections, SESSION_ID)).to.have.length(taken);
      expect(taken).to.be.within(1, 10);
    });
  });

  describe('releasePlace', () => {
    it('removes the connection and gives its place back, once', async () => {
      await given.createSession();
      await given.join({}, { connectionId: 'listener-2', targetLanguage: 'fr' });
      expect(await given.sessions.releasePlace(sampleListener())).to.equal('released');
      expect(await given.sessions.releasePlace(sampleListener())).to.equal('gone');
      expect(await given.shard()).to.deep.equal(sampleShard({ taken: 1, joins: 2, languages: { fr: 1 } }));
      expect(await given.connections.find('listener-1')).to.equal(undefined);
    });

    it('says the language that it has now, and changes nothing', async () => {
      await given.createSession();
      await given.join({ targetLanguage: 'fr' });
      const changed = sampleListener({ targetLanguage: 'fr' });
      expect(await given.sessions.releasePlace(sampleListener())).to.deep.equal({ changed });
      expect((await given.shard())?.languages).to.deep.equal({ fr: 1 });
    });

    it('leaves a connection alone that has another place, or another role', async () => {
      await given.createSession();
      await given.join({ placeShard: '1000000#1' });
      expect(await given.sessions.releasePlace(sampleListener())).to.equal('gone');
      expect(await given.sessions.releasePlace(sampleListener({ connectionId: 'speaker-1' }))).to.equal('gone');
      expect((await given.shard('1000000#1'))?.taken).to.equal(1);
      expect(await given.connections.find('speaker-1')).to.deep.equal(sampleSpeaker());
    });

    it('works in a closed shard: the session has ended', async () => {
      await given.createSession();
      await given.join({});
      await given.endAndClose();
      expect(await given.sessions.releasePlace(sampleListener())).to.equal('released');
      expect((await given.shard())?.taken).to.equal(0);
    });

    it('of many at once gives each place back exactly once', async () => {
      await given.createSession({}, [sampleShard({ capacity: 9 })]);
      const ids = ['a', 'b', 'c', 'd', 'e'];
      await given.join(...ids.map((connectionId) => ({ connectionId })));
      const outcomes = await Promise.all(
        [...ids, ...ids].map((connectionId) => given.sessions.releasePlace(sampleListener({ connectionId }))),
      );
      expect(outcomes.filter((outcome) => outcome === 'released')).to.have.length(5);
      expect(outcomes.filter((outcome) => outcome === 'gone')).to.have.length(5);
      expect(await given.shard()).to.deep.equal(sampleShard({ capacity: 9, joins: 5 }));
    });
  });

  describe('movePlace', () => {
    const listener = sampleListener({ connectionId: 'listener-2', connectedAt: 2_000_000, lastHeartbeatAt: 2_000_000 });
    const move = (previous = sampleListener()) => given.sessions.movePlace({ previous, listener });

    it('removes the previous connection and stores the new one; counts stay', async () => {
      await given.createSession();
      await given.join({});
      expect(await move()).to.equal('moved');
      expect(await given.connections.find('listener-1')).to.equal(undefined);
      expect(await given.connections.find('listener-2')).to.deep.equal(listener);
      expect(await given.shard()).to.deep.equal(sampleShard({ taken: 1, joins: 1, languages: { es: 1 } }));
      expect(await listedIds(given.connections, SESSION_ID)).to.deep.equal(['listener-2']);
    });

    it('works in a full shard', async () => {
      await given.createSession({}, [sampleShard({ capacity: 1 })]);
      await given.join({});
      expect(await move()).to.equal('moved');
    });

    it('says, repeated, that the new connection has the place', async () => {
      await given.createSession();
      await given.join({});
      await move();
      expect(await move()).to.deep.equal({ own: listener, previous: 'gone', isClosed: false });
    });

    it('makes nothing of a previous connection that never was', async () => {
      await given.createSession();
      expect(await move()).to.deep.equal({ previous: 'gone', isClosed: false });
      expect(await given.connections.find('listener-2')).to.equal(undefined);
    });

    it('says what the previous connection is now, and changes nothing', async () => {
      await given.createSession();
      await given.join({ targetLanguage: 'fr' });
      const previous = sampleListener({ targetLanguage: 'fr' });
      expect(await move()).to.deep.equal({ previous, isClosed: false });
      expect(await given.connections.find('listener-1')).to.deep.equal(previous);
      expect(await given.connections.find('listener-2')).to.equal(undefined);
    });

    it('refuses a new connection that has a role', async () => {
      await given.createSession();
      await given.join({}, { connectionId: 'listener-2' });
      const own = sampleListener({ connectionId: 'listener-2' });
      expect(await move()).to.deep.equal({ own, previous: 'asGiven', isClosed: false });
      expect(await given.connections.find('listener-1')).to.deep.equal(sampleListener());
    });

    it('refuses a closed shard, and one that is no more', async () => {
      await given.createSession();
      await given.join({});
      await given.endAndClose();
      expect(await move()).to.deep.equal({ previous: 'asGiven', isClosed: true });
      const elsewhere = sampleListener({ placeShard: '1000000#7' });
      expect(await move(elsewhere)).to.deep.equal({ previous: sampleListener(), isClosed: true });
    });

    it('moves one place to one connection, however many ask at once', async () => {
      await given.createSession();
      await given.join({});
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          given.sessions.movePlace({
            previous: sampleListener(),
            listener: sampleListener({ connectionId: `new-${index}` }),
          }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'moved')).to.have.length(1);
      expect(await listedIds(given.connections, SESSION_ID)).to.have.length(1);
      expect((await given.shard())?.taken).to.equal(1);
    });
  });

  describe('changeLanguage', () => {
    const change = (targetLanguage: string, listener = sampleListener()) =>
      given.sessions.changeLanguage({ listener, targetLanguage, changedAt: 1_500_000 });

    it('changes the connection, the index and both numbers, also in a full shard', async () => {
      await given.createSession();
      await given.join({}, { connectionId: 'listener-2' });
      expect(await change('fr')).to.equal('changed');
      expect(await given.connections.find('listener-1')).to.deep.equal(
        sampleListener({ targetLanguage: 'fr', languageChangedAt: 1_500_000 }),
      );
      expect(await given.shard()).to.deep.equal(sampleShard({ taken: 2, joins: 2, languages: { es: 1, fr: 1 } }));
      expect(await collect(given.connections.listenerPages(SESSION_ID))).to.have.deep.members([
        { connectionId: 'listener-1', targetLanguage: 'fr', placeShard: '1000000#0' },
        { connectionId: 'listener-2', targetLanguage: 'es', placeShard: '1000000#0' },
      ]);
    });

    it('leaves no language behind that no place has', async () => {
      await given.createSession();
      await given.join({});
      await change('fr');
      expect((await given.shard())?.languages).to.deep.equal({ fr: 1 });
    });

    it('counts once when it is repeated', async () => {
      await given.createSession();
      await given.join({});
      await change('fr');
      expect(await change('fr')).to.equal('changed');
      expect((await given.shard())?.languages).to.deep.equal({ fr: 1 });
    });

    it('to the language that it has changes nothing', async () => {
      await given.createSession();
      await given.join({});
      expect(await change('es')).to.equal('changed');
      expect((await given.shard())?.languages).to.deep.equal({ es: 1 });
      expect(await given.connections.find('listener-1')).to.deep.equal(sampleListener());
      expect(await change('es', sampleListener({ connectionId: 'nobody' }))).to.equal('gone');
    });

    it('says the language that it has now, and changes nothing', async () => {
      await given.createSession();
      await given.join({ targetLanguage: 'de' });
      expect(await change('fr')).to.deep.equal({ changed: sampleListener({ targetLanguage: 'de' }) });
      expect((await given.shard())?.languages).to.deep.equal({ de: 1 });
    });

    it('refuses a connection that is gone, has another place, or another role', async () => {
      await given.createSession();
      expect(await change('fr')).to.equal('gone');
      await given.join({ placeShard: '1000000#1' });
      expect(await change('fr')).to.equal('gone');
      expect(await change('fr', sampleListener({ connectionId: 'speaker-1' }))).to.equal('gone');
      expect((await given.shard('1000000#1'))?.languages).to.deep.equal({ es: 1 });
    });

    it('refuses in a closed shard', async () => {
      await given.createSession();
      await given.join({});
      await given.endAndClose();
      expect(await change('fr')).to.equal('closed');
      expect((await given.shard())?.languages).to.deep.equal({ es: 1 });
      expect(await given.connections.find('listener-1')).to.deep.equal(sampleListener());
    });

    it('by many at once leaves numbers that are exact', async () => {
      await given.createSession({}, [sampleShard({ capacity: 9 })]);
      await given.join({}, { connectionId: 'listener-2' }, { connectionId: 'listener-3' });
      await Promise.all([
        ...['fr', 'de', 'it', 'fr'].map((language) => change(language)),
        given.sessions.releasePlace(sampleListener({ connectionId: 'listener-2' })),
        change('fr', sampleListener({ connectionId: 'listener-3' })),
      ]);
      const counted = (await given.shard())?.languages;
      const listed: Record<string, number> = {};
      for (const { targetLanguage } of await collect(given.connections.listenerPages(SESSION_ID))) {
        listed[targetLanguage] = (listed[targetLanguage] ?? 0) + 1;
      }
      expect(counted).to.deep.equal(listed);
      expect((await given.shard())?.taken).to.equal(2);
    });
  });
}

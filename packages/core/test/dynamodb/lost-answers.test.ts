import { expect } from 'chai';
import {
  createConnectionRepository,
  createDatabase,
  createRateLimiter,
  createSessionRepository,
} from '../../src/dynamodb/index.ts';
import { fixtureOf, SESSION_ID } from '../contracts/fixture.ts';
import { fakeClock } from '../support/clock.ts';
import { startTestDatabase, TABLE_NAMES, type TestDatabase } from '../support/database.ts';
import {
  sampleListener,
  sampleScheduled,
  sampleSession,
  sampleShard,
  sampleShards,
  sampleSpeaker,
} from '../support/samples.ts';
import { loseFirstAnswers } from '../support/sdk-faults.ts';

/** The write is done, its answer gets lost, and the SDK sends it once more. */
describe('When the answer to a write is lost', () => {
  let dynamo: TestDatabase;
  before(async () => {
    dynamo = await startTestDatabase();
  });
  after(() => dynamo.stop());
  afterEach(async () => {
    dynamo.holdTransactionsFor(0);
    await dynamo.clear();
  });

  const databaseOf = (client = dynamo.createClient()) => createDatabase({ client, openMs: 30_000 });
  const repositoriesOn = (database: ReturnType<typeof databaseOf>) => ({
    sessions: createSessionRepository(database, TABLE_NAMES),
    connections: createConnectionRepository(database, TABLE_NAMES.connections),
  });

  /** Repositories that get every answer, and ones that lose the first of each call. */
  function setUp() {
    const client = dynamo.createClient();
    const seen = loseFirstAnswers(client);
    const faulty = databaseOf(client);
    return { ...fixtureOf(repositoriesOn(databaseOf())), lossy: repositoriesOn(faulty), faulty, seen };
  }
  const listener2 = sampleListener({ connectionId: 'listener-2' });
  const speaker2 = sampleSpeaker({ connectionId: 'speaker-2', connectedAt: 2_000_000 });

  describe('a transaction is known by its token', () => {
    it('create', async () => {
      const { lossy, sessions, seen } = setUp();
      const creation = { session: sampleSession(), shards: sampleShards(), speaker: sampleSpeaker() };
      expect(await lossy.sessions.create(creation)).to.equal('created');
      expect(seen.attempts).to.equal(2);
      expect(await sessions.find(SESSION_ID)).to.deep.equal(sampleSession());
    });

    it('schedule', async () => {
      const { lossy, sessions, seen } = setUp();
      const outcome = await lossy.sessions.schedule({
        session: sampleScheduled(),
        shards: sampleShards(),
        listBefore: { userId: 'user-1', version: 0, entries: [] },
        entries: [{ sessionId: SESSION_ID, createdAt: 1_000_000 }],
        listKeptUntil: 700_000_000,
      });
      expect(outcome).to.equal('scheduled');
      expect(seen.attempts).to.equal(2);
      expect((await sessions.findScheduledList('user-1')).version).to.equal(1);
      expect(await sessions.find(SESSION_ID)).to.deep.equal(sampleScheduled());
    });

    it('takePlace, movePlace, changeLanguage, releasePlace', async () => {
      const { lossy, createSession, shard, connections, seen } = setUp();
      await createSession();
      expect(await lossy.sessions.takePlace(sampleListener())).to.equal('taken');
      expect(await shard()).to.deep.equal(sampleShard({ taken: 1, joins: 1, languages: { es: 1 } }));
      expect(await lossy.sessions.movePlace({ previous: sampleListener(), listener: listener2 })).to.equal('moved');
      expect(
        await lossy.sessions.changeLanguage({ listener: listener2, targetLanguage: 'fr', changedAt: 1_500_000 }),
      ).to.equal('changed');
      expect((await shard())?.languages).to.deep.equal({ fr: 1 });
      expect(await lossy.sessions.releasePlace({ ...listener2, targetLanguage: 'fr' })).to.equal('released');
      expect(seen.attempts).to.equal(8);
      expect(await shard()).to.deep.equal(sampleShard({ joins: 1 }));
      expect(await connections.find('listener-2')).to.equal(undefined);
    });

    it('moveSpeaker, removeSpeaker', async () => {
      const { lossy, createSession, sessions, seen } = setUp();
      const change = { speaker: speaker2, clientId: 'tab-1', expiresAt: 9_200_000 };
      const outcome = await lossy.sessions.moveSpeaker({ before: await createSession(), ...change });
      expect(outcome).to.deep.equal({ moved: await sessions.find(SESSION_ID) });
      const session = { state: 'interrupted', interruptedAt: 2_000_000 } as const;
      expect(await lossy.sessions.removeSpeaker({ speaker: speaker2, session })).to.equal('removed');
      expect(seen.attempts).to.equal(4);
      expect((await sessions.find(SESSION_ID))?.revision).to.equal(3);
    });

    it('removeListeners, completeEnd', async () => {
      const { lossy, createSession, join, endAndClose, sessions, shard } = setUp();
      await createSession();
      await join({}, { connectionId: 'listener-2' });
      await endAndClose();
      const listeners = [sampleListener(), listener2];
      const place = { sessionId: SESSION_ID, placeShard: '1000000#0' };
      expect(await lossy.sessions.removeListeners({ ...place, listeners })).to.equal(2);
      expect((await shard())?.taken).to.equal(0);
      const sessionWithPlaces = await sessions.findWithPlaces(SESSION_ID);
      if (sessionWithPlaces === undefined) throw new Error('There is no session');
      const completed = await lossy.sessions.completeEnd({ sessionWithPlaces, completedAt: 2_001_000 });
      expect(completed).to.deep.equal(await sessions.find(SESSION_ID));
      expect(completed?.revision).to.equal(3);
    });

    it('also when it is still in flight as it is repeated', async () => {
      const { createSession, shard } = setUp();
      await createSession();
      dynamo.holdTransactionsFor(600);
      const impatient = dynamo.createClient({
        maxAttempts: 2,
        requestHandler: { requestTimeout: 200, throwOnRequestTimeout: true },
      });
      const sessions = createSessionRepository(databaseOf(impatient), TABLE_NAMES, { sleep: () => dynamo.settled() });
      expect(await sessions.takePlace(sampleListener())).to.equal('taken');
      expect((await shard())?.taken).to.equal(1);
    });
  });

  describe('a plain write says the same again', () => {
    it('end', async () => {
      const { lossy, createSession, sessions, seen } = setUp();
      await createSession();
      const end = { sessionId: SESSION_ID, endedAt: 2_000_000, endReason: 'speakerEnded' } as const;
      const ended = await lossy.sessions.end({ ...end, only: { speakerConnectionId: 'speaker-1' } });
      expect(seen.attempts).to.equal(2);
      expect(ended?.revision).to.equal(2);
      expect(ended).to.deep.equal(await sessions.find(SESSION_ID));
    });

    it('end of an interrupted session', async () => {
      const { lossy, createSession, sessions } = setUp();
      await createSession();
      await sessions.removeSpeaker({
        speaker: sampleSpeaker(),
        session: { state: 'interrupted', interruptedAt: 1_500_000 },
      });
      const end = { sessionId: SESSION_ID, endedAt: 2_000_000, endReason: 'speakerLost' } as const;
      const ended = await lossy.sessions.end({ ...end, only: { interruptedAt: 1_500_000 } });
      expect(ended).to.deep.equal(await sessions.find(SESSION_ID));
    });

    it('setBroadcastState, closeShard, storeAnnouncedLanguages', async () => {
      const { lossy, createSession, sessions, shard } = setUp();
      await createSession();
      const change = { paused: true };
      const set = {
        sessionId: SESSION_ID,
        speakerConnectionId: 'speaker-1',
        change,
        nowMs: 2_000_000,
        notAfterMs: 1_999_750,
      };
      expect(await lossy.sessions.setBroadcastState(set)).to.deep.equal(await sessions.find(SESSION_ID));
      const close = { sessionId: SESSION_ID, placeShard: '1000000#0', closedAt: 2_000_000 };
      expect(await lossy.sessions.closeShard(close)).to.deep.equal(await shard());
      const announced = { createdAt: 1_000_000, languages: ['es'], asOf: 1_500_000 };
      await lossy.sessions.storeAnnouncedLanguages({ sessionId: SESSION_ID, ...announced });
      expect(await sessions.findAnnouncedLanguages(SESSION_ID)).to.deep.equal(announced);
    });

    it('a heartbeat and a request for the status, which do not count twice', async () => {
      const { lossy, createSession, connections } = setUp();
      await createSession();
      const beat = { connectionId: 'speaker-1', nowMs: 1_040_000, previousNotAfterMs: 1_010_000 };
      const recorded = sampleSpeaker({ lastHeartbeatAt: 1_040_000 });
      expect(await lossy.connections.recordHeartbeat(beat)).to.deep.equal({ recorded });
      expect(await lossy.connections.recordStatusRequest(beat)).to.deep.equal({ recorded });
      const next = { connectionId: 'speaker-1', nowMs: 1_040_001, previousNotAfterMs: 1_000_000 };
      expect(await connections.recordHeartbeat(next), 'the one before the last is of 1,000,000').to.have.key(
        'recorded',
      );
    });
  });

  it('the removal of a connection is not reported, but done', async () => {
    const { lossy, createSession, connections } = setUp();
    await createSession();
    expect(await lossy.connections.removeSpeaker('speaker-1')).to.equal(false);
    expect(await connections.find('speaker-1')).to.equal(undefined);
  });

  it('a rate limit counts one too many, and goes on', async () => {
    const { faulty } = setUp();
    const limiter = createRateLimiter(faulty, {
      tableName: 'RateLimits',
      clock: fakeClock(),
      onUnavailable: (error) => {
        throw error;
      },
    });
    const { count } = await limiter.count({ operation: 'connect', subject: 'lost-answer', windowSeconds: 60 });
    expect(count).to.equal(2);
  });
});

/** The same request comes again with a new token: the client, or Lambda, has repeated it. */
describe('When a request is repeated later', () => {
  let dynamo: TestDatabase;
  beforeEach(async () => {
    dynamo = await startTestDatabase();
  });
  afterEach(() => dynamo.stop());

  it('a creation finds its own session', async () => {
    const database = createDatabase({ client: dynamo.createClient(), openMs: 30_000 });
    const sessions = createSessionRepository(database, TABLE_NAMES);
    const creation = { session: sampleSession(), shards: sampleShards(), speaker: sampleSpeaker() };
    await sessions.create(creation);
    await sessions.takePlace(sampleListener());
    expect(await sessions.create(creation)).to.equal('created');
    expect((await sessions.findWithPlaces(SESSION_ID))?.shards).to.deep.include(
      sampleShard({ taken: 1, joins: 1, languages: { es: 1 } }),
    );
    const later = { ...creation, session: sampleSession({ createdAt: 1_000_001 }) };
    expect(await sessions.create(later)).to.equal('connectionHasRole');
  });
});

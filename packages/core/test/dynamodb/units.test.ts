import { expect } from 'chai';
import {
  createConnectionRepository,
  createDatabase,
  createMessageLog,
  createRateLimiter,
  createSessionRepository,
} from '../../src/dynamodb/index.ts';
import type { Session } from '../../src/sessions/model.ts';
import { fixtureOf, SESSION_ID } from '../contracts/fixture.ts';
import { fakeClock } from '../support/clock.ts';
import { startTestDatabase, TABLE_NAMES, type TestDatabase } from '../support/database.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type MeteredCall, meterCapacity } from '../support/sdk-faults.ts';

/** IDs as long as API Gateway's and Cognito's. */
const speaker = sampleSpeaker({
  connectionId: 'aB3dEfGhIjKlMnO=',
  userId: '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
  connectedAt: 1_800_000_000_000,
  lastHeartbeatAt: 1_800_000_000_000,
});
const session = sampleSession({
  speakerUserId: speaker.userId,
  speakerConnectionId: speaker.connectionId,
  speakerConnectedAt: speaker.connectedAt,
  speakerClientId: '5b8f2c1e-9d3a-4e7b-8c6f-1a2b3c4d5e6f',
  createdAt: 1_800_000_000_000,
  expiresAt: 1_800_007_200_000,
  capacity: 500,
});
/** The 40 shards of 500 places. */
const shards = Array.from({ length: 40 }, (_, index) => ({
  placeShard: `1800000000000#${index}`,
  capacity: index < 20 ? 13 : 12,
  taken: 0,
  joins: 0,
  languages: {},
}));
const listener = (change: Parameters<typeof sampleListener>[0] = {}) =>
  sampleListener({
    connectionId: 'lB3dEfGhIjKlMnO=',
    placeShard: '1800000000000#7',
    connectedAt: 1_800_000_000_000,
    lastHeartbeatAt: 1_800_000_000_000,
    ...change,
  });

/**
 * What each method takes, so that a larger item, one more call or a write to an index does not pass unseen. The same
 * figures are in docs/data.md and priced in docs/costs.md.
 */
describe('What each method takes of the database', () => {
  let dynamo: TestDatabase;
  let calls: MeteredCall[];
  let given: ReturnType<typeof setUp>;
  before(async () => {
    dynamo = await startTestDatabase();
  });
  after(() => dynamo.stop());
  beforeEach(async () => {
    given = setUp();
    await given.sessions.create({ session, shards, speaker });
    await given.sessions.takePlace(listener());
    calls.length = 0;
  });
  afterEach(() => dynamo.clear());

  function setUp() {
    const client = dynamo.createClient();
    calls = meterCapacity(client);
    const database = createDatabase({ client, openMs: 30_000 });
    const limiter = createRateLimiter(database, {
      tableName: 'RateLimits',
      clock: fakeClock(),
      onUnavailable: (error) => {
        throw error;
      },
    });
    return {
      ...fixtureOf({
        sessions: createSessionRepository(database, TABLE_NAMES),
        connections: createConnectionRepository(database, TABLE_NAMES.connections),
      }),
      limiter,
      log: createMessageLog(database, TABLE_NAMES),
    };
  }

  /** Asserts that a method makes one call that takes these units. @param indexUnits those of them that indexes take */
  async function expectUnits(work: Promise<unknown>, command: string, units: number, indexUnits = 0) {
    await work;
    expect(calls).to.deep.equal([{ command, units, indexUnits }]);
  }
  const end = () =>
    given.sessions.end({
      sessionId: SESSION_ID,
      endedAt: 1_800_000_100_000,
      endReason: 'speakerEnded',
      only: { createdAt: session.createdAt },
    });

  it('create: 43 items at twice a unit, and the index of open sessions', () => {
    const second = { ...session, sessionId: 'quiet-river-100' };
    const creation = { session: second, shards, speaker: { ...speaker, connectionId: 'other' } };
    return expectUnits(given.sessions.create(creation), 'TransactWriteItems', 88, 2);
  });
  it('schedule: 43 items at twice a unit, the list of the user among them, and the index of open sessions', () => {
    const { speakerConnectionId: _, speakerConnectedAt: __, speakerClientId: ___, ...rest } = session;
    const scheduled = {
      ...rest,
      sessionId: 'quiet-river-100',
      state: 'scheduled',
      startsAt: session.createdAt,
    } as const;
    const listBefore = { userId: speaker.userId, version: 0, entries: [] };
    const entries = Array.from({ length: 20 }, () => ({
      sessionId: 'faithful-shepherd-427',
      createdAt: session.createdAt,
    }));
    return expectUnits(
      given.sessions.schedule({ session: scheduled, shards, listBefore, entries, listKeptUntil: 1_801_000_000_000 }),
      'TransactWriteItems',
      90,
      2,
    );
  });
  it('findScheduledList: a unit of reading', () =>
    expectUnits(given.sessions.findScheduledList(speaker.userId), 'GetItem', 1));
  it('find: a unit of reading', () => expectUnits(given.sessions.find(SESSION_ID), 'GetItem', 1));
  it('findWithPlaces: the size of 40 shards, 4 KB without languages', () =>
    expectUnits(given.sessions.findWithPlaces(SESSION_ID), 'Query', 1));
  it('findWithPlaces: with 20 languages in each of 96 shards, and no more', async () => {
    const languages = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`l${index}-XX`, 105]));
    const many = Array.from({ length: 96 }, (_, index) => ({
      placeShard: `1800000000000#${index}`,
      capacity: 105,
      taken: 105,
      joins: 2_000,
      languages,
    }));
    const sessionId = 'quiet-river-100';
    const creation = {
      session: { ...session, sessionId },
      shards: many,
      speaker: { ...speaker, connectionId: 'other' },
    };
    await given.sessions.create(creation);
    calls.length = 0;
    await expectUnits(given.sessions.findWithPlaces(sessionId), 'Query', 9);
  });
  it('takePlace: shard, connection, its entry in the index', () =>
    expectUnits(given.sessions.takePlace(listener({ connectionId: 'other' })), 'TransactWriteItems', 6, 2));
  it('releasePlace: the same', () => expectUnits(given.sessions.releasePlace(listener()), 'TransactWriteItems', 6, 2));
  it('movePlace: two connections, two entries, and the check of the shard', () =>
    expectUnits(
      given.sessions.movePlace({ previous: listener(), listener: listener({ connectionId: 'other' }) }),
      'TransactWriteItems',
      10,
      4,
    ));
  it('changeLanguage: shard, connection, and its entry twice: the language is its key', () =>
    expectUnits(
      given.sessions.changeLanguage({ listener: listener(), targetLanguage: 'fr', changedAt: 1_500_000 }),
      'TransactWriteItems',
      8,
      4,
    ));
  it('moveSpeaker: session with index, two connections, and the check of the user', () =>
    expectUnits(
      given.sessions.moveSpeaker({
        before: session,
        speaker: { ...speaker, connectionId: 'other' },
        clientId: 'tab-2',
        expiresAt: 1_800_007_200_001,
      }),
      'TransactWriteItems',
      10,
      2,
    ));
  it('removeSpeaker: connection, session with index', () =>
    expectUnits(
      given.sessions.removeSpeaker({ speaker, session: { state: 'interrupted', interruptedAt: 1_800_000_100_000 } }),
      'TransactWriteItems',
      6,
      2,
    ));
  it('setBroadcastState: session with index', () =>
    expectUnits(
      given.sessions.setBroadcastState({
        sessionId: SESSION_ID,
        speakerConnectionId: speaker.connectionId,
        change: { paused: true },
        nowMs: 2_000_000,
        notAfterMs: 1_999_750,
      }),
      'UpdateItem',
      2,
      1,
    ));
  it('end: session with index', () => expectUnits(end(), 'UpdateItem', 2, 1));
  it('closeShard: a unit', () =>
    expectUnits(
      given.sessions.closeShard({ sessionId: SESSION_ID, placeShard: '1800000000000#0', closedAt: 1_800_000_100_000 }),
      'UpdateItem',
      1,
    ));
  it('removeListeners: the shard, and 12 connections with their entries', async () => {
    const listeners = Array.from({ length: 11 }, (_, index) => listener({ connectionId: `listener-${index}` }));
    for (const each of listeners) await given.sessions.takePlace(each);
    calls.length = 0;
    const place = { sessionId: SESSION_ID, placeShard: '1800000000000#7' };
    await expectUnits(
      given.sessions.removeListeners({ isAwaited: false, ...place, listeners: [...listeners, listener()] }),
      'TransactWriteItems',
      2 + 12 * 4,
      12 * 2,
    );
  });
  it('completeEnd: the session, out of its index, and 40 shards at twice a unit', async () => {
    await given.sessions.releasePlace(listener());
    await end();
    for (const { placeShard } of shards) {
      await given.sessions.closeShard({ sessionId: SESSION_ID, placeShard, closedAt: 1_800_000_100_000 });
    }
    const ended = (await given.sessions.find(SESSION_ID)) as Session;
    const sessionWithPlaces = { session: ended, shards };
    calls.length = 0;
    await expectUnits(
      given.sessions.completeEnd({ sessionWithPlaces, completedAt: 1_800_000_101_000 }),
      'TransactWriteItems',
      84,
      2,
    );
  });
  it('a page of open sessions: half a unit, and more for each 4 KB', async () => {
    for await (const _ of given.sessions.openPages());
    await given.sessions.openSessionsOf(session.speakerUserId);
    expect(calls).to.deep.equal([
      { command: 'Scan', units: 0.5, indexUnits: 0.5 },
      { command: 'Query', units: 0.5, indexUnits: 0.5 },
    ]);
  });
  it('denySpeaker and allowSpeaker: a unit', async () => {
    await given.sessions.denySpeaker({ userId: speaker.userId, deniedAt: 1_800_000_000_000 });
    await given.sessions.allowSpeaker(speaker.userId);
    expect(calls).to.deep.equal([
      { command: 'PutItem', units: 1, indexUnits: 0 },
      { command: 'DeleteItem', units: 1, indexUnits: 0 },
    ]);
  });
  it('announced languages: a unit', async () => {
    const announced = { createdAt: session.createdAt, languages: ['es', 'fr'], asOf: 1_800_000_100_000 };
    await given.sessions.storeAnnouncedLanguages({ sessionId: SESSION_ID, ...announced });
    await given.sessions.findAnnouncedLanguages(SESSION_ID);
    expect(calls).to.deep.equal([
      { command: 'PutItem', units: 1, indexUnits: 0 },
      { command: 'GetItem', units: 1, indexUnits: 0 },
    ]);
  });

  it('find of a connection: a unit of reading', () =>
    expectUnits(given.connections.find('lB3dEfGhIjKlMnO='), 'GetItem', 1));
  it('recordHeartbeat: a unit, and none of the index', () =>
    expectUnits(
      given.connections.recordHeartbeat({
        connectionId: 'lB3dEfGhIjKlMnO=',
        nowMs: 1_800_000_030_000,
        previousNotAfterMs: 1_800_000_000_000,
      }),
      'UpdateItem',
      1,
    ));
  it('recordStatusRequest: a unit', () =>
    expectUnits(
      given.connections.recordStatusRequest({
        connectionId: speaker.connectionId,
        nowMs: 1_800_000_030_000,
        previousNotAfterMs: 1_800_000_000_000,
      }),
      'UpdateItem',
      1,
    ));
  it('removeSpeaker of a connection whose session has moved on: a unit', () =>
    expectUnits(given.connections.removeSpeaker(speaker.connectionId), 'DeleteItem', 1));
  it('a page of listeners: half a unit for each 4 KB of the index', async () => {
    await given.sessions.takePlace(listener({ connectionId: 'other' }));
    calls.length = 0;
    for await (const _ of given.connections.listenerPages(SESSION_ID));
    expect(calls).to.deep.equal([{ command: 'Query', units: 0.5, indexUnits: 0.5 }]);
  });
  it('a page of silent connections: a unit for each 4 KB of the table, the others included', async () => {
    const query = { heardBefore: 1, segment: 0, segments: 1 };
    for await (const _ of given.connections.silentPages(query));
    expect(calls).to.deep.equal([{ command: 'Scan', units: 1, indexUnits: 0 }]);
  });
  it('a rate limit: a unit to count, half a unit to look', async () => {
    const check = { operation: 'connect', subject: 'a', windowSeconds: 60 } as const;
    await given.limiter.count(check);
    await given.limiter.peek(check);
    expect(calls).to.deep.equal([
      { command: 'UpdateItem', units: 1, indexUnits: 0 },
      { command: 'GetItem', units: 0.5, indexUnits: 0 },
    ]);
  });

  describe('of the log', () => {
    const es = { sessionId: SESSION_ID, epoch: session.createdAt, channel: 'es' } as const;
    const keptUntil = 1_800_000_180_000;
    const message = (offset: number, data: unknown) => ({
      offset,
      publishedAt: 1_800_000_000_000,
      name: 'caption',
      id: '5b8f2c1e-9d3a-4e7b-8c6f-1a2b3c4d5e6f',
      data,
    });
    const caption = { text: 'Im Anfang war das Wort, und das Wort war bei Gott', isFinal: true };
    /** Six seconds of speech in base64. */
    const speech = { audio: 'A'.repeat(32_400) };
    /** As many IDs as a head remembers however old they are, of 36 characters each. */
    const ids = Array.from({ length: 64 }, (_, index) => ({
      id: `5b8f2c1e-9d3a-4e7b-8c6f-1a2b3c4d5${String(index).padStart(3, '0')}`,
      offset: 1000 + index,
      at: 1_800_000_000_000 + index,
    }));
    const raise = (recent: typeof ids) =>
      given.log.raiseHead({ ...es, head: { offset: 1063, recent }, keptUntil: 1_802_000_000_000 });

    it('findSession: the session and each head, whether it is there or not', async () => {
      await raise(ids);
      calls.length = 0;
      await expectUnits(given.log.findSession(SESSION_ID, ['es', 'all']), 'BatchGetItem', 4);
    });
    it('append: a unit for a caption, 32 for the largest message', async () => {
      await given.log.append({ ...es, message: message(1, caption), keptUntil });
      await given.log.append({ ...es, message: message(2, speech), keptUntil });
      expect(calls).to.deep.equal([
        { command: 'PutItem', units: 1, indexUnits: 0 },
        { command: 'PutItem', units: 32, indexUnits: 0 },
      ]);
    });
    it('raiseHead: a unit without IDs, and 5 with 64 of the length of a UUID', async () => {
      await raise([]);
      calls.length = 0;
      await given.log.raiseHead({ ...es, head: { offset: 1064, recent: ids }, keptUntil: 1_802_000_000_000 });
      expect(calls).to.deep.equal([{ command: 'PutItem', units: 5, indexUnits: 0 }]);
    });
    it('find and holds: a unit for each 4 KB of the message', async () => {
      await given.log.append({ ...es, message: message(2, speech), keptUntil });
      calls.length = 0;
      await given.log.find({ ...es, offset: 2 });
      await given.log.holds({ ...es, offset: 2, notBefore: 0 });
      expect(calls).to.deep.equal([
        { command: 'GetItem', units: 8, indexUnits: 0 },
        { command: 'GetItem', units: 8, indexUnits: 0 },
      ]);
    });
    it('a page of messages: a unit for each 4 KB', async () => {
      for (let offset = 1; offset <= 40; offset++) {
        await given.log.append({ ...es, message: message(offset, caption), keptUntil });
      }
      calls.length = 0;
      for await (const _ of given.log.pages({ ...es, after: 0, upTo: 40, nowMs: 2_000_000 }));
      expect(calls).to.deep.equal([{ command: 'Query', units: 3, indexUnits: 0 }]);
    });
    it('deleteAll: a query of each channel, and a unit for each caption', async () => {
      await given.log.append({ ...es, message: message(1, caption), keptUntil });
      await raise([]);
      calls.length = 0;
      await given.log.deleteAll({ sessionId: SESSION_ID, channels: ['es', 'fr'] });
      expect(calls.map(({ command }) => command).sort()).to.deep.equal(['BatchWriteItem', 'Query', 'Query']);
      expect(calls.reduce((sum, { units }) => sum + units, 0)).to.equal(4);
    });
  });
});

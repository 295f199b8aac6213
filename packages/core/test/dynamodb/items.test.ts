import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'chai';
import { createConnectionRepository, createDatabase, createSessionRepository } from '../../src/dynamodb/index.ts';
import { fixtureOf, SESSION_ID } from '../contracts/fixture.ts';
import { startTestDatabase, TABLE_NAMES, type TestDatabase } from '../support/database.ts';
import { sampleListener, sampleSession, sampleShard } from '../support/samples.ts';

/** The items as consumers, operators and TTL see them: see docs/data.md. */
describe('The items of the tables', () => {
  let dynamo: TestDatabase;
  beforeEach(async () => {
    dynamo = await startTestDatabase();
  });
  afterEach(() => dynamo.stop());

  function setUp() {
    const database = createDatabase({ client: dynamo.createClient(), openMs: 30_000 });
    return fixtureOf({
      sessions: createSessionRepository(database, TABLE_NAMES),
      connections: createConnectionRepository(database, TABLE_NAMES.connections),
    });
  }
  async function items(TableName: string) {
    const { Items = [] } = await dynamo.createClient().send(new ScanCommand({ TableName }));
    return Items.map((item) => unmarshall(item));
  }
  const part = async (name: string) => (await items('Sessions')).find((item) => item.part === name);

  it('of a live session have no TTL, and the session is in the index of open ones', async () => {
    const { createSession, join } = setUp();
    await createSession({}, [sampleShard()]);
    await join({});
    expect(await items('Sessions')).to.have.deep.members([
      { ...sampleSession(), part: 'session', openSince: 1_000_000 },
      { sessionId: SESSION_ID, part: 'places#1000000#0', capacity: 2, taken: 1, joins: 1, 'lang:es': 1 },
    ]);
  });

  it('of a connection have their TTL two days after the two hours that a connection can last', async () => {
    const { createSession, join, connections } = setUp();
    await createSession();
    await join({});
    await connections.recordHeartbeat({ connectionId: 'listener-1', nowMs: 1_030_000, previousNotAfterMs: 1_000_000 });
    await connections.recordStatusRequest({
      connectionId: 'speaker-1',
      nowMs: 1_040_000,
      previousNotAfterMs: 1_000_000,
    });
    expect(await items('Connections')).to.have.deep.members([
      {
        ...sampleListener(),
        lastHeartbeatAt: 1_030_000,
        lastButOneHeartbeatAt: 1_000_000,
        ttl: 1_000 + 7_200 + 2 * 86_400,
      },
      {
        connectionId: 'speaker-1',
        sessionId: SESSION_ID,
        role: 'speaker',
        userId: 'user-1',
        connectedAt: 1_000_000,
        lastHeartbeatAt: 1_000_000,
        lastStatusAt: 1_040_000,
        lastButOneStatusAt: 0,
        ttl: 1_000 + 7_200 + 2 * 86_400,
      },
    ]);
  });

  it('of an ended session get their TTL, and leave the index, when the end is complete', async () => {
    const { createSession, join, sessions, endAndClose, complete } = setUp();
    await createSession();
    await join({});
    await sessions.releasePlace(sampleListener());
    await endAndClose();
    expect((await items('Sessions')).some((item) => 'ttl' in item)).to.equal(false);
    await complete(2_001_500);
    const ttl = 2_002 + 86_400;
    expect(await part('session'))
      .to.include({ ttl, endCompletedAt: 2_001_500 })
      .and.not.have.any.keys('openSince');
    const shard = { sessionId: SESSION_ID, capacity: 2, closedAt: 2_000_000, ttl };
    // A language that no place has any more stays as 0.
    expect(await part('places#1000000#0')).to.deep.equal({
      ...shard,
      part: 'places#1000000#0',
      taken: 0,
      joins: 1,
      'lang:es': 0,
    });
    expect(await part('places#1000000#1')).to.deep.equal({ ...shard, part: 'places#1000000#1', taken: 0, joins: 0 });
  });

  it('of a denied user, and of what was announced', async () => {
    const { sessions } = setUp();
    await sessions.denySpeaker({ userId: 'user-1', deniedAt: 1_000_000 });
    const announced = { createdAt: 1_000_000, languages: ['es', 'fr'], asOf: 1_500_000 };
    await sessions.storeAnnouncedLanguages({ sessionId: SESSION_ID, ...announced });
    expect(await items('Sessions')).to.have.deep.members([
      { sessionId: 'user#user-1', part: 'denied', deniedAt: 1_000_000 },
      { sessionId: SESSION_ID, part: 'languages', ...announced, ttl: 1_500 + 2 * 86_400 },
    ]);
  });
});

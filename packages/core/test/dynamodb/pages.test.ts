import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { createConnectionRepository, createDatabase, createSessionRepository } from '../../src/dynamodb/index.ts';
import { startTestDatabase, TABLE_NAMES, type TestDatabase } from '../support/database.ts';
import { collect, listedIds, sampleListener, sampleSession, sampleShard, sampleSpeaker } from '../support/samples.ts';
import { recordCommands } from '../support/sdk-faults.ts';

describe('Pages', () => {
  const ids = ['l-1', 'l-2', 'l-3', 'l-4', 'l-5', 'l-6', 'l-7'];
  const sessionIds = ['a-river-100', 'b-river-100', 'c-river-100'];
  let dynamo: TestDatabase;
  before(async () => {
    dynamo = await startTestDatabase();
    const { sessions } = repositories(dynamo.createClient());
    for (const sessionId of sessionIds) {
      await sessions.create({
        session: sampleSession({ sessionId }),
        shards: [sampleShard({ capacity: 9 })],
        speaker: sampleSpeaker({ sessionId, connectionId: `speaker of ${sessionId}`, lastHeartbeatAt: 5_000_000 }),
      });
    }
    for (const connectionId of ids) {
      await sessions.takePlace(sampleListener({ connectionId, sessionId: 'a-river-100' }));
    }
  });
  after(() => dynamo.stop());

  /** Repositories whose pages have two items, where DynamoDB's have 1 MB, and the commands that they make. */
  function paged() {
    const client = dynamo.createClient();
    client.middlewareStack.add((next) => async (args) => next({ ...args, input: { ...args.input, Limit: 2 } }), {
      step: 'initialize',
      name: 'smallPages',
    });
    return { ...repositories(client), commands: recordCommands(client) };
  }

  it('of listeners are read to the last one', async () => {
    const { connections, commands } = paged();
    expect((await listedIds(connections, 'a-river-100')).sort()).to.deep.equal(ids);
    expect(commands).to.deep.equal(['Query', 'Query', 'Query', 'Query']);
  });

  it('of silent connections are read to the last one, empty ones too', async () => {
    const { connections } = paged();
    const query = { heardBefore: 2_000_000, segment: 0, segments: 1 };
    let scanned = 0;
    const found: string[] = [];
    for await (const page of connections.silentPages(query)) {
      expect(page.scanned).to.be.at.most(2);
      scanned += page.scanned;
      found.push(...page.connections.map(({ connectionId }) => connectionId));
    }
    expect(scanned).to.equal(10);
    expect(found.sort()).to.deep.equal(ids);
  });

  it('of open sessions are read to the last one', async () => {
    const { sessions } = paged();
    const found = (await collect(sessions.openPages())).map(({ sessionId }) => sessionId);
    expect(found.sort()).to.deep.equal(sessionIds);
    expect((await sessions.openSessionsOf('user-1')).map(({ sessionId }) => sessionId).sort()).to.deep.equal(
      sessionIds,
    );
  });

  it('are not all read when the reader stops', async () => {
    const { connections, commands } = paged();
    for await (const page of connections.listenerPages('a-river-100')) {
      expect(page).to.have.length(2);
      break;
    }
    expect(commands).to.deep.equal(['Query']);
  });
});

function repositories(client: DynamoDBClient) {
  const database = createDatabase({ client, openMs: 30_000 });
  return {
    sessions: createSessionRepository(database, TABLE_NAMES),
    connections: createConnectionRepository(database, TABLE_NAMES.connections),
  };
}

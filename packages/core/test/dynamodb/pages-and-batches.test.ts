import type { BatchWriteItemCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { createConnectionRepository, createDatabase, createSessionRepository } from '../../src/dynamodb/index.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { refusal } from '../support/refusal.ts';
import { collect, listedIds, sampleListener, sampleSession } from '../support/samples.ts';
import { intercept, recordCommands } from '../support/sdk-faults.ts';

describe('Pages', () => {
  let dynamo: TestDatabase;
  before(async () => {
    dynamo = await startTestDatabase();
    const { connections, sessions } = repositories(dynamo.createClient());
    await Promise.all(ids.map((connectionId) => connections.create(sampleListener({ connectionId }))));
    await Promise.all(
      ['a-river-100', 'b-river-100', 'c-river-100'].map((sessionId) => sessions.create(sampleSession({ sessionId }))),
    );
  });
  after(() => dynamo.stop());
  const ids = ['l-1', 'l-2', 'l-3', 'l-4', 'l-5', 'l-6', 'l-7'];

  /** A client whose pages have two items: DynamoDB's own limit is 1 MB. */
  function pagedClient(): DynamoDBClient {
    const client = dynamo.createClient();
    client.middlewareStack.add((next) => async (args) => next({ ...args, input: { ...args.input, Limit: 2 } }), {
      step: 'initialize',
      name: 'smallPages',
    });
    return client;
  }

  it('of listeners are read to the last one', async () => {
    const client = pagedClient();
    const commands = recordCommands(client);
    const found = await listedIds(repositories(client).connections, 'faithful-shepherd-427');
    expect(found.sort()).to.deep.equal(ids);
    expect(commands).to.deep.equal(['Query', 'Query', 'Query', 'Query']);
  });

  it('of connections are read to the last one', async () => {
    const client = pagedClient();
    const commands = recordCommands(client);
    const found = await collect(repositories(client).connections.pages());
    expect(found.map(({ connectionId }) => connectionId).sort()).to.deep.equal(ids);
    expect(commands).to.deep.equal(['Scan', 'Scan', 'Scan', 'Scan']);
  });

  it('of sessions are read to the last one', async () => {
    const found = await collect(repositories(pagedClient()).sessions.pages());
    expect(found.map(({ sessionId }) => sessionId).sort()).to.deep.equal(['a-river-100', 'b-river-100', 'c-river-100']);
  });

  it('are not all read when the reader stops', async () => {
    const client = pagedClient();
    const commands = recordCommands(client);
    for await (const page of repositories(client).connections.pages()) {
      expect(page).to.have.length(2);
      break;
    }
    expect(commands).to.deep.equal(['Scan']);
  });
});

describe('Batches of deletions', () => {
  let dynamo: TestDatabase;
  beforeEach(async () => {
    dynamo = await startTestDatabase();
  });
  afterEach(() => dynamo.stop());
  const many = Array.from({ length: 60 }, (_, index) => `l-${index}`);

  it('have at most 25 items each', async () => {
    const client = dynamo.createClient();
    const sizes: number[] = [];
    intercept(client, (command, input) => {
      if (command === 'BatchWriteItem') sizes.push(requestsOf(input as BatchWriteItemCommandInput).length);
      return undefined;
    });
    await repositories(client).connections.removeAll(many);
    expect(sizes).to.deep.equal([25, 25, 10]);
  });

  it('are sent again with what was left unprocessed, and only that', async () => {
    const client = dynamo.createClient();
    const sizes: number[] = [];
    intercept(client, (_command, input) => {
      const requests = requestsOf(input as BatchWriteItemCommandInput);
      sizes.push(requests.length);
      return { UnprocessedItems: requests.length > 3 ? { Connections: requests.slice(0, 3) } : {} };
    });
    await repositories(client).connections.removeAll(many.slice(0, 10));
    expect(sizes).to.deep.equal([10, 3]);
  });

  it('give up as unavailable when the table takes nothing five times', async () => {
    const client = dynamo.createClient();
    let calls = 0;
    intercept(client, (_command, input) => {
      calls++;
      return { UnprocessedItems: (input as BatchWriteItemCommandInput).RequestItems ?? {} };
    });
    const error = await refusal(repositories(client).connections.removeAll(['l-1', 'l-2']), 'SERVICE_UNAVAILABLE');
    expect(error.message).to.equal('The database left 2 items undeleted');
    expect(calls).to.equal(5);
  });
});

const requestsOf = ({ RequestItems }: BatchWriteItemCommandInput) => RequestItems?.Connections ?? [];

function repositories(client: DynamoDBClient) {
  const database = createDatabase({ client, singleAttemptClient: () => client, openMs: 30_000 });
  return {
    sessions: createSessionRepository(database, 'Sessions'),
    connections: createConnectionRepository(database, 'Connections'),
  };
}

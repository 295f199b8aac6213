import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type BatchWriteItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { createDatabase, createMessageLog, createSessionRepository } from '../../src/dynamodb/index.ts';
import { fixtureOf, SESSION_ID } from '../contracts/fixture.ts';
import { startTestDatabase, TABLE_NAMES, type TestDatabase } from '../support/database.ts';
import { refusal } from '../support/refusal.ts';
import { collect, sampleSession } from '../support/samples.ts';
import { intercept, loseFirstAnswers } from '../support/sdk-faults.ts';

const es = { sessionId: SESSION_ID, epoch: 1_000_000, channel: 'es' } as const;
const keptUntil = 9_000_000;
const message = (offset: number) => ({ offset, publishedAt: 1_500_000, data: `message ${offset}` });

describe('The log of messages in DynamoDB', () => {
  let dynamo: TestDatabase;
  before(async () => {
    dynamo = await startTestDatabase();
  });
  after(() => dynamo.stop());
  afterEach(() => dynamo.clear());

  function setUp() {
    const client = dynamo.createClient();
    const pauses: number[] = [];
    const retry = { sleep: async (milliseconds: number) => void pauses.push(milliseconds), random: () => 0.5 };
    const database = createDatabase({ client, openMs: 30_000 });
    const log = createMessageLog(database, TABLE_NAMES, retry);
    const sessions = createSessionRepository(database, TABLE_NAMES);
    return { client, log, pauses, ...fixtureOf({ sessions, connections: undefined as never }) };
  }

  describe('when an answer is lost, and the SDK sends the write again', () => {
    it('append finds its own message, and says that it is stored', async () => {
      const { client, log } = setUp();
      const seen = loseFirstAnswers(client);
      expect(await log.append({ ...es, message: message(1), keptUntil })).to.equal('stored');
      expect(seen.attempts).to.equal(2);
      expect(await log.append({ ...es, message: message(1), keptUntil }), 'another, of equal content').to.deep.equal({
        taken: message(1),
      });
    });

    it('raiseHead and deleteAll change nothing more', async () => {
      const { client, log, createSession } = setUp();
      await createSession();
      await log.append({ ...es, message: message(1), keptUntil });
      loseFirstAnswers(client);
      await log.raiseHead({ ...es, head: { offset: 1, recent: [] }, keptUntil });
      expect((await log.findSession(SESSION_ID, ['es']))?.heads.es?.offset).to.equal(1);
      await log.deleteAll({ sessionId: SESSION_ID, channels: ['es'] });
      expect(await collect(log.pages({ ...es, after: 0, upTo: 9, nowMs: 2_000_000 }))).to.deep.equal([]);
    });
  });

  describe('while DynamoDB leaves a part of a batch undone', () => {
    it('reads the rest, after a pause', async () => {
      const { client, log, pauses, createSession } = setUp();
      await createSession();
      for (const channel of ['es', 'all']) {
        await log.raiseHead({ ...es, channel, head: { offset: 7, recent: [] }, keptUntil });
      }
      const own = dynamo.createClient();
      const asked: number[] = [];
      const answers: object[] = [];
      // Of three keys one is answered by each call.
      intercept(client, (command, input) => {
        if (command !== 'BatchGetItem') return undefined;
        const { RequestItems = {} } = input as BatchGetItemCommandInput;
        const keys = Object.entries(RequestItems).flatMap(([table, { Keys = [] }]) =>
          Keys.map((key) => ({ table, key })),
        );
        asked.push(keys.length);
        return answers[asked.length - 1];
      });
      const keysOf = {
        Sessions: [{ sessionId: { S: SESSION_ID }, part: { S: 'session' } }],
        Messages: ['es', 'all'].map((channel) => ({ channel: { S: `${SESSION_ID}#${channel}` }, offset: { N: '0' } })),
      };
      const read = async (table: keyof typeof keysOf) =>
        (await own.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keysOf[table] } } }))).Responses?.[
          table
        ] ?? [];
      const heads = await read('Messages');
      answers.push(
        {
          Responses: { Sessions: [], Messages: heads.slice(0, 1) },
          UnprocessedKeys: {
            Sessions: { Keys: keysOf.Sessions, ConsistentRead: true },
            Messages: { Keys: keysOf.Messages.slice(1), ConsistentRead: true },
          },
        },
        {
          Responses: { Sessions: await read('Sessions') },
          UnprocessedKeys: { Messages: { Keys: keysOf.Messages.slice(1), ConsistentRead: true } },
        },
        { Responses: { Messages: heads.slice(1) }, UnprocessedKeys: {} },
      );

      const found = await log.findSession(SESSION_ID, ['es', 'all']);

      expect(found).to.deep.equal({
        session: sampleSession(),
        heads: { es: { offset: 7, recent: [] }, all: { offset: 7, recent: [] } },
      });
      expect(asked).to.deep.equal([3, 2, 1]);
      expect(pauses).to.have.length(2);
    });

    it('gives up when nothing more comes, and does not say that there is no session', async () => {
      const { client, log, createSession } = setUp();
      await createSession();
      intercept(client, (command, input) =>
        command === 'BatchGetItem'
          ? { Responses: {}, UnprocessedKeys: (input as BatchGetItemCommandInput).RequestItems }
          : undefined,
      );
      await refusal(log.findSession(SESSION_ID, ['es']), 'SERVICE_UNAVAILABLE');
    });

    it('deletes the rest', async () => {
      const { client, log } = setUp();
      for (let offset = 1; offset <= 30; offset++) await log.append({ ...es, message: message(offset), keptUntil });
      const sizes: number[] = [];
      // The first batch is left undone as a whole.
      intercept(client, (command, input) => {
        if (command !== 'BatchWriteItem') return undefined;
        const { RequestItems = {} } = input as BatchWriteItemCommandInput;
        const requests = RequestItems.Messages ?? [];
        sizes.push(requests.length);
        return sizes.length === 1 ? { UnprocessedItems: { Messages: requests } } : undefined;
      });
      await log.deleteAll({ sessionId: SESSION_ID, channels: ['es'] });
      expect(sizes).to.deep.equal([25, 25, 5]);
      expect(await collect(log.pages({ ...es, after: 0, upTo: 99, nowMs: 2_000_000 }))).to.deep.equal([]);
    });
  });
});

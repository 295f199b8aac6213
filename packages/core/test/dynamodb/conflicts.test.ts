import {
  type DynamoDBClient,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import {
  createConnectionRepository,
  createDatabase,
  createSessionRepository,
  type RetryOptions,
} from '../../src/dynamodb/index.ts';
import { fixtureOf, SESSION_ID } from '../contracts/fixture.ts';
import { startTestDatabase, TABLE_NAMES, type TestDatabase } from '../support/database.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleShard, sampleShards, sampleSpeaker } from '../support/samples.ts';
import { intercept } from '../support/sdk-faults.ts';

const metadata = { $metadata: {}, message: 'no' };
const canceled = (...codes: string[]) =>
  new TransactionCanceledException({ ...metadata, CancellationReasons: codes.map((Code) => ({ Code })) });
const conflict = () => canceled('TransactionConflict', 'None');

/** A time that passes only in pauses, of which each is as long as it can be. */
function pausingTime() {
  const pauses: number[] = [];
  let elapsed = 0;
  const options: RetryOptions = {
    sleep: async (milliseconds) => {
      pauses.push(Math.round(milliseconds));
      elapsed += milliseconds;
    },
    random: () => 1 - Number.EPSILON,
    elapsedMs: () => elapsed,
  };
  return { pauses, options };
}

describe('When transactions in flight stand in the way', () => {
  let dynamo: TestDatabase;
  before(async () => {
    dynamo = await startTestDatabase();
  });
  after(() => dynamo.stop());
  afterEach(async () => {
    dynamo.holdTransactionsFor(0);
    await dynamo.clear();
  });

  function setUp({
    client = dynamo.createClient(),
    options,
  }: {
    client?: DynamoDBClient;
    options?: RetryOptions;
  } = {}) {
    const database = createDatabase({ client, openMs: 30_000 });
    return fixtureOf({
      sessions: createSessionRepository(database, TABLE_NAMES, options),
      connections: createConnectionRepository(database, TABLE_NAMES.connections, options),
    });
  }

  /** Repositories whose calls end as the test says until it says undefined, and then go to the database. */
  function refusing(answer: (calls: number) => Error | undefined) {
    const client = dynamo.createClient();
    const seen = { calls: 0 };
    intercept(client, () => answer(++seen.calls));
    const time = pausingTime();
    return { ...setUp({ client, options: time.options }), pauses: time.pauses, seen };
  }

  describe('each holding its items for a while', () => {
    it('takePlace leaves it to its caller, and never sells too much', async () => {
      const { createSession, sessions, shard } = setUp();
      await createSession({}, [sampleShard({ capacity: 5 })]);
      dynamo.holdTransactionsFor(15);
      const take = async (connectionId: string): Promise<{ outcome: string; conflicts: number }> => {
        for (let conflicts = 0; ; conflicts++) {
          const outcome = await sessions.takePlace(sampleListener({ connectionId }));
          if (outcome !== 'conflict') return { outcome, conflicts };
        }
      };
      const outcomes = await Promise.all(Array.from({ length: 9 }, (_, index) => take(`listener-${index}`)));
      expect(outcomes.filter(({ outcome }) => outcome === 'taken')).to.have.length(5);
      expect(outcomes.filter(({ outcome }) => outcome === 'noRoom')).to.have.length(4);
      expect(outcomes.some(({ conflicts }) => conflicts > 0)).to.equal(true);
      expect(await shard()).to.deep.equal(sampleShard({ capacity: 5, taken: 5, joins: 5, languages: { es: 5 } }));
    });

    it('leaves, changes of language and moves go on until they are done', async () => {
      const { createSession, join, sessions, shard } = setUp();
      await createSession({}, [sampleShard({ capacity: 20 })]);
      const ids = Array.from({ length: 12 }, (_, index) => `listener-${index}`);
      await join(...ids.map((connectionId) => ({ connectionId })));
      dynamo.holdTransactionsFor(4);
      const outcomes = await Promise.all(
        ids.map((connectionId, index) => {
          const listener = sampleListener({ connectionId });
          if (index < 6) return sessions.releasePlace(listener);
          if (index < 9) return sessions.changeLanguage({ listener, targetLanguage: 'fr', changedAt: 1_500_000 });
          return sessions.movePlace({
            previous: listener,
            listener: sampleListener({ connectionId: `new-${index}` }),
          });
        }),
      );
      const three = <T>(value: T): T[] => [value, value, value];
      expect(outcomes).to.deep.equal([
        ...three('released'),
        ...three('released'),
        ...three('changed'),
        ...three('moved'),
      ]);
      expect(await shard()).to.deep.equal(
        sampleShard({ capacity: 20, taken: 6, joins: 12, languages: { es: 3, fr: 3 } }),
      );
    });

    it('plain writes go on as well: a heartbeat, the end, the closing of a shard', async () => {
      const { createSession, join, sessions, connections, shard } = setUp();
      const before = await createSession({}, [sampleShard({ capacity: 20 })]);
      await join({});
      dynamo.holdTransactionsFor(30);
      const speaker = sampleSpeaker({ connectionId: 'speaker-2' });
      const moving = Promise.all([
        sessions.moveSpeaker({ before, speaker, clientId: undefined, expiresAt: 9_200_000 }),
        sessions.changeLanguage({ listener: sampleListener(), targetLanguage: 'fr', changedAt: 1_500_000 }),
      ]);
      const beat = { connectionId: 'listener-1', nowMs: 1_030_000, previousNotAfterMs: 1_000_000 };
      const [heard, ended, closed] = await Promise.all([
        connections.recordHeartbeat(beat),
        sessions.end({
          sessionId: SESSION_ID,
          endedAt: 2_000_000,
          endReason: 'expired',
          only: { createdAt: 1_000_000 },
        }),
        sessions.closeShard({ sessionId: SESSION_ID, placeShard: '1000000#0', closedAt: 2_000_000 }),
      ]);
      await moving;
      expect(heard).to.have.key('recorded');
      expect(ended?.state).to.equal('ended');
      expect(closed?.closedAt).to.equal(2_000_000);
      expect((await shard())?.taken).to.equal(1);
    });
  });

  describe('a request', () => {
    it('makes up to 8 attempts, with pauses that grow, and then asks for patience', async () => {
      const { sessions, pauses, seen } = refusing(conflict);
      const change = { listener: sampleListener(), targetLanguage: 'fr', changedAt: 1_500_000 };
      const error = await refusal(sessions.changeLanguage(change), 'SERVICE_UNAVAILABLE');
      expect(error.retryAfterSeconds).to.equal(1);
      expect(seen.calls).to.equal(8);
      expect(pauses).to.deep.equal([20, 40, 80, 160, 250, 250, 250]);
    });

    it('takes a random part of each pause', async () => {
      const client = dynamo.createClient();
      intercept(client, () => conflict());
      const { pauses, options } = pausingTime();
      const draws = [0, 0.5, 0.25, 0, 0, 0, 0];
      const { sessions } = setUp({ client, options: { ...options, random: () => draws.shift() ?? 0 } });
      await refusal(
        sessions.changeLanguage({ listener: sampleListener(), targetLanguage: 'fr', changedAt: 1_500_000 }),
        'SERVICE_UNAVAILABLE',
      );
      expect(pauses).to.deep.equal([0, 20, 20, 0, 0, 0, 0]);
    });

    it('goes on where the conflict ceases', async () => {
      const { sessions, pauses } = refusing((calls) => (calls <= 3 ? conflict() : undefined));
      const creation = { session: sampleSession(), shards: sampleShards(), speaker: sampleSpeaker() };
      expect(await sessions.create(creation)).to.equal('created');
      expect(pauses).to.deep.equal([20, 40, 80]);
    });

    it('looks again at a condition that failed beside a conflict', async () => {
      const { createSession, join } = setUp();
      await createSession();
      await join({});
      const { sessions } = refusing((calls) =>
        calls === 1 ? canceled('TransactionConflict', 'ConditionalCheckFailed') : undefined,
      );
      const change = { listener: sampleListener(), targetLanguage: 'fr', changedAt: 1_500_000 };
      expect(await sessions.changeLanguage(change)).to.equal('changed');
    });

    it('waits for throttling as for conflicts, of a single item or of all', async () => {
      for (const error of [
        canceled('ThrottlingError', 'None', 'None'),
        canceled('None', 'ProvisionedThroughputExceeded', 'None'),
        new ProvisionedThroughputExceededException(metadata),
      ]) {
        const { sessions, seen } = refusing((calls) => (calls === 1 ? error : undefined));
        const outcome = await sessions
          .movePlace({ previous: sampleListener(), listener: sampleListener() })
          .catch((reason: unknown) => reason);
        expect(seen.calls, error.message).to.equal(2);
        // The database itself takes no two actions on one item: the second call has reached it.
        expect(outcome).to.have.property('name', 'ValidationException');
      }
    });

    it('of one item makes up to 8 attempts, too', async () => {
      const { sessions, connections, seen } = refusing(() => new TransactionConflictException(metadata));
      const change = {
        sessionId: SESSION_ID,
        speakerConnectionId: 'speaker-1',
        change: { paused: true },
        nowMs: 2_000_000,
        notAfterMs: 1_999_750,
      };
      await refusal(sessions.setBroadcastState(change), 'SERVICE_UNAVAILABLE');
      expect(seen.calls).to.equal(8);
      const beat = { connectionId: 'listener-1', nowMs: 1_030_000, previousNotAfterMs: 1_000_000 };
      await refusal(connections.recordHeartbeat(beat), 'SERVICE_UNAVAILABLE');
      expect(seen.calls).to.equal(16);
    });
  });

  describe('removeListeners that a client waits for', () => {
    it('makes up to 8 attempts, as a request', async () => {
      const { sessions, seen } = refusing(conflict);
      const change = { sessionId: SESSION_ID, placeShard: '1000000#0', listeners: [sampleListener()] };
      await refusal(sessions.removeListeners({ ...change, isAwaited: true }), 'SERVICE_UNAVAILABLE');
      expect(seen.calls).to.equal(8);
    });
  });

  describe('takePlace', () => {
    it('makes one attempt, and prefers to say that the connection has a role', async () => {
      const answers: [TransactionCanceledException, string][] = [
        [canceled('TransactionConflict', 'None'), 'conflict'],
        [canceled('None', 'TransactionConflict'), 'conflict'],
        [canceled('ThrottlingError', 'None'), 'conflict'],
        [canceled('TransactionConflict', 'ConditionalCheckFailed'), 'connectionHasRole'],
        [canceled('ConditionalCheckFailed', 'ConditionalCheckFailed'), 'connectionHasRole'],
        [canceled('ConditionalCheckFailed', 'None'), 'noRoom'],
      ];
      for (const [answer, outcome] of answers) {
        const { sessions, seen } = refusing(() => answer);
        expect(await sessions.takePlace(sampleListener())).to.equal(outcome);
        expect(seen.calls).to.equal(1);
      }
    });
  });

  describe('a leave', () => {
    it('goes on for 20 s', async () => {
      const { sessions, pauses, seen } = refusing(conflict);
      await refusal(sessions.releasePlace(sampleListener()), 'SERVICE_UNAVAILABLE');
      const total = pauses.reduce((sum, pause) => sum + pause, 0);
      expect(total).to.be.within(19_750, 20_000);
      expect(seen.calls).to.equal(pauses.length + 1);
    });

    it('of a speaker, and the removal of listeners, as well', async () => {
      for (const leave of [
        (of: ReturnType<typeof setUp>) =>
          of.sessions.removeSpeaker({ speaker: sampleSpeaker(), session: { state: 'interrupted', interruptedAt: 1 } }),
        (of: ReturnType<typeof setUp>) =>
          of.sessions.removeListeners({
            sessionId: SESSION_ID,
            placeShard: '1000000#0',
            listeners: [sampleListener()],
            isAwaited: false,
          }),
      ]) {
        const refused = refusing(conflict);
        await refusal(leave(refused), 'SERVICE_UNAVAILABLE');
        expect(refused.seen.calls).to.be.above(70);
      }
    });
  });

  describe('a bug', () => {
    it('is thrown as it is: an action that can never be carried out', async () => {
      const { createSession, sessions } = setUp();
      await createSession({}, []);
      await dynamo.createClient().send(
        new PutItemCommand({
          TableName: 'Sessions',
          Item: {
            sessionId: { S: SESSION_ID },
            part: { S: 'places#1000000#0' },
            capacity: { N: '2' },
            taken: { N: '0' },
            joins: { S: 'no number' },
          },
        }),
      );
      const error = await sessions.takePlace(sampleListener()).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(TransactionCanceledException);
      expect((error as TransactionCanceledException).CancellationReasons?.map(({ Code }) => Code)).to.deep.equal([
        'ValidationError',
        'None',
      ]);
    });

    it('is a place of a shard that is no more: TTL removes nothing that is counted', async () => {
      const { sessions } = setUp();
      const listener = sampleListener();
      const { connectionId, sessionId, role, targetLanguage, placeShard } = listener;
      await dynamo.createClient().send(
        new PutItemCommand({
          TableName: 'Connections',
          Item: Object.fromEntries(
            Object.entries({ connectionId, sessionId, role, targetLanguage, placeShard }).map(([name, S]) => [
              name,
              { S },
            ]),
          ),
        }),
      );
      const error = await sessions.releasePlace(listener).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(Error).with.property('message', `No shard 1000000#0 of ${SESSION_ID} for a place`);
    });
  });
});

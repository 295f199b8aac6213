import { expect } from 'chai';
import {
  createConnectionRepository,
  createDatabase,
  createRateLimiter,
  createSessionRepository,
} from '../../src/dynamodb/index.ts';
import { fakeClock } from '../support/clock.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession } from '../support/samples.ts';
import { loseFirstAnswers } from '../support/sdk-faults.ts';

/** The write is done, its answer gets lost, and the SDK sends it once more. */
describe('When the answer to a write is lost', () => {
  const id = 'faithful-shepherd-427';
  let dynamo: TestDatabase;
  before(async () => {
    dynamo = await startTestDatabase();
  });
  after(() => dynamo.stop());

  /** Repositories that get every answer, and ones that lose the first of each call. */
  function setUp() {
    const lossy = dynamo.createClient();
    const lossyOnce = dynamo.createClient({ maxAttempts: 1 });
    const seen = loseFirstAnswers(lossy);
    const seenOnce = loseFirstAnswers(lossyOnce);
    const openMs = 30_000;
    const client = dynamo.createClient();
    const sound = createDatabase({ client, singleAttemptClient: () => client, openMs });
    const faulty = createDatabase({ client: lossy, singleAttemptClient: () => lossyOnce, openMs });
    return {
      seen,
      seenOnce,
      faulty,
      sessions: createSessionRepository(sound, 'Sessions'),
      connections: createConnectionRepository(sound, 'Connections'),
      lossySessions: createSessionRepository(faulty, 'Sessions'),
      lossyConnections: createConnectionRepository(faulty, 'Connections'),
    };
  }
  afterEach(async () => {
    const { sessions, connections } = setUp();
    await sessions.discard(id, 'speaker-1');
    await sessions.discard(id, 'speaker-2');
    await connections.removeAll(['listener-1', 'listener-2']);
  });

  it('a session is created once, and the ID counts as free', async () => {
    const { lossySessions, sessions, seen } = setUp();
    expect(await lossySessions.create(sampleSession())).to.equal(true);
    expect(seen.attempts).to.equal(2);
    expect(await sessions.find(id)).to.deep.equal(sampleSession());
    expect(await lossySessions.create(sampleSession({ speakerConnectionId: 'speaker-2' }))).to.equal(false);
  });

  it('a connection is created once, and counts as new', async () => {
    const { lossyConnections, connections, seen } = setUp();
    expect(await lossyConnections.create(sampleListener())).to.equal(true);
    expect(seen.attempts).to.equal(2);
    expect(await connections.find('listener-1')).to.deep.equal(sampleListener());
    expect(await lossyConnections.create(sampleListener()), 'a second call is a second request').to.equal(false);
  });

  it('a place is handed on, and its language kept', async () => {
    const { lossyConnections, connections, seen } = setUp();
    await connections.create(sampleListener());
    const old = await lossyConnections.supersede({
      connectionId: 'listener-1',
      sessionId: id,
      supersededBy: 'listener-2',
    });
    expect(seen.attempts).to.equal(2);
    expect(old?.supersededLanguage).to.equal('es');
  });

  it('the end of a session still counts as the one that ended it', async () => {
    const { lossySessions, sessions, seen } = setUp();
    await sessions.create(sampleSession({ listenerCount: 3 }));
    const end = { sessionId: id, reason: 'speakerEnded', nowMs: 2_000_000 } as const;
    const ended = await lossySessions.end({ ...end, only: { speakerConnectionId: 'speaker-1' } });
    expect(seen.attempts).to.equal(2);
    expect(ended?.speakerConnectionId).to.equal('speaker-1');
    expect(await sessions.end(end), 'but only for that call').to.equal(undefined);
    expect((await sessions.find(id))?.endedAt).to.equal(2_000_000);
  });

  it('a lost speaker is still noted by the call that noted it', async () => {
    const { lossySessions, sessions } = setUp();
    await sessions.create(sampleSession());
    const lost = await lossySessions.markSpeakerLost({ sessionId: id, connectionId: 'speaker-1', nowMs: 2_000_000 });
    expect(lost?.speakerLostAt).to.equal(2_000_000);
  });

  it('a heartbeat does not count twice', async () => {
    const { lossyConnections, connections } = setUp();
    await connections.create(sampleListener());
    const beat = { connectionId: 'listener-1', nowMs: 1_040_000, earliestLastButOne: 1_010_000 };
    await lossyConnections.recordHeartbeat(beat);
    expect((await connections.findHeartbeats('listener-1'))?.lastButOneHeartbeatAt).to.equal(1_000_000);
  });

  it('a place is not given back a second time: the call fails instead', async () => {
    const { lossySessions, sessions, seenOnce } = setUp();
    await sessions.create(sampleSession({ listenerCount: 5 }));
    await refusal(lossySessions.removeListener(id), 'SERVICE_UNAVAILABLE');
    expect(seenOnce.attempts).to.equal(1);
    expect((await sessions.find(id))?.listenerCount).to.equal(4);
  });

  it('a place taken twice makes the count too high, never too low', async () => {
    const { lossySessions, sessions } = setUp();
    await sessions.create(sampleSession());
    const joined = await lossySessions.addListener({ sessionId: id, nowMs: 2_000_000, capacity: 10 });
    expect(joined?.listenerCount).to.equal(2);
    expect((await sessions.find(id))?.listenerCount).to.equal(2);
  });

  it('a removal is not reported, so that nobody gives back a place for it: the count is too high, not too low', async () => {
    const { lossyConnections, connections } = setUp();
    await connections.create(sampleListener());
    expect(await lossyConnections.remove('listener-1')).to.equal(undefined);
    expect(await connections.find('listener-1')).to.equal(undefined);
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

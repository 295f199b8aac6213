import { expect } from 'chai';
import {
  createConnectionRepository,
  createDatabase,
  createSessionRepository,
  parseSessionImages,
  type SessionChange,
} from '../../src/dynamodb/index.ts';
import { fixtureOf, SESSION_ID } from '../contracts/fixture.ts';
import { startTestDatabase, TABLE_NAMES, type TestDatabase } from '../support/database.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';

describe('parseSessionImages, of the records of a real stream', () => {
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
  const changes = async () => (await dynamo.sessionRecords()).map(parseSessionImages);
  const ofKind = async <K extends SessionChange['kind']>(kind: K) =>
    (await changes()).filter((change): change is Extract<SessionChange, { kind: K }> => change?.kind === kind);

  it('says a new session, without one before', async () => {
    await setUp().createSession();
    expect(await ofKind('session')).to.deep.equal([{ kind: 'session', after: sampleSession() }]);
    expect(await ofKind('places')).to.deep.equal([
      { kind: 'places', sessionId: SESSION_ID, createdAt: 1_000_000 },
      { kind: 'places', sessionId: SESSION_ID, createdAt: 1_000_000 },
    ]);
  });

  it('says before and after of each change of a session, to its complete end', async () => {
    const { createSession, sessions, endAndClose, complete } = setUp();
    await createSession();
    await sessions.removeSpeaker({
      speaker: sampleSpeaker(),
      session: { state: 'interrupted', interruptedAt: 1_500_000 },
    });
    await endAndClose();
    await complete(2_001_000);
    const all = await ofKind('session');
    expect(all.map(({ after }) => [after.revision, after.state, after.endCompletedAt])).to.deep.equal([
      [1, 'active', undefined],
      [2, 'interrupted', undefined],
      [3, 'ended', undefined],
      [4, 'ended', 2_001_000],
    ]);
    all.slice(1).forEach(({ before }, index) => {
      expect(before).to.deep.equal(all[index]?.after);
    });
  });

  it('says a join and a leave as changes of places', async () => {
    const { createSession, sessions } = setUp();
    await createSession();
    const before = (await ofKind('places')).length;
    await sessions.takePlace(sampleListener());
    await sessions.releasePlace(sampleListener());
    const places = await ofKind('places');
    expect(places).to.have.length(before + 2);
    expect(places.at(-1)).to.deep.equal({ kind: 'places', sessionId: SESSION_ID, createdAt: 1_000_000 });
  });

  it('says a session of a reused ID as a new one', async () => {
    const { createSession, sessions, endAndClose, complete } = setUp();
    await createSession();
    await endAndClose();
    await complete(2_000_000);
    const again = sampleSession({ speakerConnectionId: 'speaker-2', createdAt: 90_000_000 });
    await sessions.create({ session: again, shards: [], speaker: sampleSpeaker({ connectionId: 'speaker-2' }) });
    expect((await ofKind('session')).at(-1)).to.deep.equal({ kind: 'session', after: again });
  });

  it('says nothing of removals, denied users and announced languages', async () => {
    const { sessions } = setUp();
    await sessions.denySpeaker({ userId: 'user-1', deniedAt: 1_000_000 });
    await sessions.allowSpeaker('user-1');
    await sessions.storeAnnouncedLanguages({ sessionId: SESSION_ID, createdAt: 1_000_000, languages: [], asOf: 1 });
    expect(await changes()).to.deep.equal([undefined, undefined, undefined]);
    const { createSession } = setUp();
    await createSession();
    await dynamo.clear();
    const removals = (await changes()).filter((change) => change === undefined);
    // The three above, the languages, the session and its two shards.
    expect(removals).to.have.length(3 + 4);
  });
});

import { expect } from 'chai';
import type { PlacesShard, Session } from '../../src/sessions/model.ts';
import type { ConnectionRepository, SessionRepository } from '../../src/sessions/ports.ts';
import { sampleListener, sampleSession, sampleShards, sampleSpeaker } from '../support/samples.ts';

/** Both repositories over one and the same store: transactions change things of both. */
export interface Repositories {
  readonly sessions: SessionRepository;
  readonly connections: ConnectionRepository;
}

/** Makes repositories over an empty store, for each test. */
export type SetUp = () => Repositories | Promise<Repositories>;

export const SESSION_ID = 'faithful-shepherd-427';

/** What most tests of the contracts need to begin and to look at the outcome. */
export const fixtureOf = ({ sessions, connections }: Repositories) => ({
  sessions,
  connections,

  /** Creates the sample session, with its two shards of two places. */
  async createSession(session: Partial<Session> = {}, shards: readonly PlacesShard[] = sampleShards()) {
    const created = sampleSession(session);
    const { sessionId, speakerUserId: userId, speakerConnectionId: connectionId = 'speaker-1' } = created;
    const outcome = await sessions.create({
      session: created,
      shards,
      speaker: sampleSpeaker({ sessionId, userId, connectionId }),
    });
    expect(outcome).to.equal('created');
    return created;
  },

  /** Lets listeners join, each by its sample. */
  async join(...listeners: Parameters<typeof sampleListener>[0][]) {
    for (const listener of listeners) expect(await sessions.takePlace(sampleListener(listener))).to.equal('taken');
  },

  /** A shard as it is now. */
  async shard(placeShard = '1000000#0', sessionId = SESSION_ID): Promise<PlacesShard | undefined> {
    const found = await sessions.findWithPlaces(sessionId);
    return found?.shards.find((shard) => shard.placeShard === placeShard);
  },

  /** Ends the sample session, and closes its shards. */
  async endAndClose(endedAt = 2_000_000) {
    await sessions.end({ sessionId: SESSION_ID, endedAt, endReason: 'expired', only: { createdAt: 1_000_000 } });
    for (const placeShard of ['1000000#0', '1000000#1']) {
      await sessions.closeShard({ sessionId: SESSION_ID, placeShard, closedAt: endedAt });
    }
  },

  /** Notes that the end of the sample session is complete. */
  async complete(completedAt: number) {
    const sessionWithPlaces = await sessions.findWithPlaces(SESSION_ID);
    if (sessionWithPlaces === undefined) throw new Error('There is no session');
    return sessions.completeEnd({ sessionWithPlaces, completedAt });
  },
});
export type Fixture = ReturnType<typeof fixtureOf>;

/** The fixture of the test that runs. */
export function useFixture(setUp: SetUp): Fixture {
  let current: Fixture | undefined;
  beforeEach(async () => {
    current = fixtureOf(await setUp());
  });
  return new Proxy({} as Fixture, {
    get: (_, name: keyof Fixture) => current?.[name],
  });
}

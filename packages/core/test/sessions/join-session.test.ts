import { expect } from 'chai';
import type { ListenerConnection } from '../../src/sessions/index.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const request = {
  connectionId: 'listener-1',
  connectedAt: 1_990_000,
  addressHash: 'address-1',
  sessionId: id,
  targetLanguage: 'es',
};
const room = (options: SetUp = {}) =>
  setUp({ sessions: [sampleSession()], connections: [sampleSpeaker()], ...options });
const listener = (connectionId: string, placeShard = '1000000#0', more: Partial<ListenerConnection> = {}) =>
  sampleListener({ connectionId, placeShard, ...more });
const full = () =>
  room({
    connections: [listener('a'), listener('b'), listener('c', '1000000#1'), listener('d', '1000000#1')],
  });

describe('joinSession', () => {
  it('takes a place, and stores the connection with it', async () => {
    const { joinSession, places, connection, meter } = room();

    expect(await joinSession(request)).to.deep.equal({
      type: 'sessionJoined',
      sessionId: 'faithful-shepherd-427',
      sourceLanguage: 'en',
      targetLanguage: 'es',
      connectionId: 'listener-1',
      place: '1000000#0',
      listenerCount: 1,
      state: 'active',
      revision: 1,
      broadcastState: { paused: false, muted: false, volume: 1 },
      epoch: 1_000_000,
      positions: { es: 0, all: 0 },
      heartbeatIntervalSeconds: 30,
    });
    expect(places()).to.deep.equal({ taken: 1, joins: 1, languages: { es: 1 } });
    expect(connection('listener-1')).to.deep.equal({
      connectionId: 'listener-1',
      sessionId: 'faithful-shepherd-427',
      role: 'listener',
      targetLanguage: 'es',
      placeShard: '1000000#0',
      connectedAt: 1_990_000,
      lastHeartbeatAt: 2_000_000,
    });
    expect(meter.figures).to.deep.equal([['joinAttempts', 1]]);
  });

  it('forgives how the ID and the language are written', async () => {
    const { joinSession } = room();
    const reply = await joinSession({ ...request, sessionId: 'Faithful Shepherd 427', targetLanguage: 'PT-pt' });
    expect(reply).to.include({ sessionId: id, targetLanguage: 'pt-PT' });
    expect((await joinSession({ ...request, connectionId: 'x', sessionId: 'faithfulshepherd427' })).sessionId).to.equal(
      id,
    );
  });

  it('chooses at random among the shards with room', async () => {
    const { joinSession } = room({ random: () => 0.99 });
    expect((await joinSession(request)).place).to.equal('1000000#1');
    const filled = room({ connections: [listener('a'), listener('b')], random: () => 0 });
    expect((await filled.joinSession(request)).place).to.equal('1000000#1');
  });

  it('does not choose a shard that is closed', async () => {
    const { joinSession, meter } = room({
      shards: [
        { placeShard: '1000000#0', capacity: 2, taken: 0, joins: 0, languages: {}, closedAt: 1_500_000 },
        { placeShard: '1000000#1', capacity: 2, taken: 0, joins: 0, languages: {} },
      ],
    });
    expect((await joinSession(request)).place).to.equal('1000000#1');
    expect(meter.figures).to.deep.equal([['joinAttempts', 1]]);
  });

  it('counts listeners over all shards', async () => {
    const { joinSession } = room({ connections: [listener('a'), listener('b', '1000000#1')] });
    expect((await joinSession(request)).listenerCount).to.equal(3);
  });

  it('lets listeners in while the session waits for its speaker, and says that it does', async () => {
    const { joinSession } = room({
      sessions: [sampleSession({ state: 'interrupted', interruptedAt: 1_999_000, revision: 4 })],
    });
    expect(await joinSession(request)).to.include({ state: 'interrupted', revision: 4 });
  });

  describe('asked again', () => {
    it('gives the same answer, and takes no second place', async () => {
      const { joinSession, places } = room();
      const first = await joinSession(request);
      expect(await joinSession(request)).to.deep.equal(first);
      expect(places()).to.deep.equal({ taken: 1, joins: 1, languages: { es: 1 } });
    });

    it('gives the same answer in a session that is full by now', async () => {
      const { joinSession, places } = full();
      expect(await joinSession({ ...request, connectionId: 'd' })).to.include({ place: '1000000#1', listenerCount: 4 });
      expect(places().taken).to.equal(4);
    });

    it('five times at once takes one place', async () => {
      const { joinSession, places } = room();
      const replies = await Promise.all(Array.from({ length: 5 }, () => joinSession(request)));
      expect(new Set(replies.map(({ place }) => place))).to.deep.equal(new Set(['1000000#0']));
      expect(places().taken).to.equal(1);
    });

    for (const [what, change] of [
      ['for another language', { targetLanguage: 'fr' }],
      ['for another session', { sessionId: 'radiant-olive-100' }],
      ['by the speaker', { connectionId: 'speaker-1' }],
    ] as const) {
      it(`${what} is refused`, async () => {
        const { joinSession, places } = room({
          sessions: [sampleSession(), sampleSession({ sessionId: 'radiant-olive-100' })],
        });
        await joinSession(request);
        await refusal(joinSession({ ...request, ...change }), 'ALREADY_IN_SESSION');
        expect(places().taken).to.equal(1);
        expect(places('radiant-olive-100').taken).to.equal(0);
      });
    }

    it('in a full session with another role is refused as such', async () => {
      const { joinSession } = full();
      await refusal(joinSession({ ...request, connectionId: 'd', targetLanguage: 'fr' }), 'ALREADY_IN_SESSION');
    });

    it('on a connection that is removed at that moment asks for another attempt', async () => {
      const { joinSession, sessions } = room();
      sessions.takePlace = async () => 'connectionHasRole';
      expect((await refusal(joinSession(request), 'SERVICE_UNAVAILABLE')).retryAfterSeconds).to.equal(1);
    });
  });

  describe('refuses', () => {
    it('a session with all of its places taken, saying how many there are', async () => {
      const { joinSession, connection } = full();
      const error = await refusal(joinSession(request), 'SESSION_FULL');
      expect(error.details).to.deep.equal([{ field: 'sessionId', problem: 'has 4 listeners, its maximum' }]);
      expect(connection('listener-1')).to.equal(undefined);
    });

    it('what is no session ID, and counts it as no guess', async () => {
      const { joinSession, wrongSessionIds } = room({ wrongSessionIdsPerMinute: 1 });
      for (let round = 0; round < 3; round++) {
        await refusal(joinSession({ ...request, sessionId: 'x' }), 'INVALID_SESSION_ID');
      }
      await wrongSessionIds.enforce('address-1');
    });

    it('languages that are none, or that no voice speaks', async () => {
      const { joinSession } = room();
      const invalid = await refusal(joinSession({ ...request, targetLanguage: '?' }), 'INVALID_LANGUAGE');
      expect(invalid.details[0]?.field).to.equal('targetLanguage');
      await refusal(joinSession({ ...request, targetLanguage: 'eo' }), 'UNSUPPORTED_LANGUAGE');
    });

    const dead = {
      'that never was': [],
      'that has ended': [sampleSession({ state: 'ended', endedAt: 1_999_000, endReason: 'speakerEnded' })],
      'that has expired, ended or not': [sampleSession({ expiresAt: 2_000_000 })],
    } as const;
    for (const [what, sessions] of Object.entries(dead)) {
      it(`a session ${what}`, async () => {
        const { joinSession, connection, places } = room({ sessions, connections: [] });
        await refusal(joinSession(request), 'SESSION_NOT_FOUND');
        expect(connection('listener-1')).to.equal(undefined);
        expect(places().taken).to.equal(0);
      });
    }
  });

  describe('limits guesses', () => {
    const wrong = (sessionId = 'radiant-olive-100') => ({ ...request, connectionId: 'guesser', sessionId });

    it('after 30 wrong IDs in a minute lets nobody at that address try, right IDs included, and says how long', async () => {
      const { joinSession, meter } = room();
      for (let guess = 0; guess < 30; guess++) await refusal(joinSession(wrong()), 'SESSION_NOT_FOUND');

      const error = await refusal(joinSession(request), 'RATE_LIMIT_EXCEEDED');

      expect(error.retryAfterSeconds).to.equal(40); // 2,000 s is 20 s into a minute
      expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'wrongSessionId']]);
      expect((await joinSession({ ...request, addressHash: 'address-2' })).type).to.equal('sessionJoined');
    });

    it('lets typed IDs of that address in again in the next minute', async () => {
      const { joinSession, clock } = room({ wrongSessionIdsPerMinute: 1 });
      await refusal(joinSession(wrong()), 'SESSION_NOT_FOUND');
      await refusal(joinSession(request), 'RATE_LIMIT_EXCEEDED');
      clock.advance(40_000);
      expect((await joinSession(request)).type).to.equal('sessionJoined');
    });

    it('never holds up a right join key, and never counts a join with one', async () => {
      const { joinSession, joinKeys, wrongSessionIds } = room({ wrongSessionIdsPerMinute: 1 });
      const joinKey = joinKeys.joinKeyOf('radiant-olive-100');
      for (let round = 0; round < 3; round++) {
        await refusal(joinSession({ ...wrong(), joinKey }), 'SESSION_NOT_FOUND');
      }
      await wrongSessionIds.enforce('address-1');

      await refusal(joinSession(wrong()), 'SESSION_NOT_FOUND');
      await refusal(joinSession(request), 'RATE_LIMIT_EXCEEDED');
      expect((await joinSession({ ...request, joinKey: joinKeys.joinKeyOf(id) })).type).to.equal('sessionJoined');
    });

    it('takes a wrong join key for none', async () => {
      const { joinSession, joinKeys } = room({ wrongSessionIdsPerMinute: 1 });
      const joinKey = joinKeys.joinKeyOf('radiant-olive-101');
      await refusal(joinSession({ ...wrong(), joinKey }), 'SESSION_NOT_FOUND');
      await refusal(joinSession({ ...wrong(), joinKey }), 'RATE_LIMIT_EXCEEDED');
      await refusal(joinSession({ ...request, joinKey }), 'RATE_LIMIT_EXCEEDED');
    });

    it('takes the same key however the session ID is written', async () => {
      const { joinSession, joinKeys } = room({ wrongSessionIdsPerMinute: 1 });
      await refusal(joinSession(wrong()), 'SESSION_NOT_FOUND');
      const sessionId = 'Faithful Shepherd 427';
      const reply = await joinSession({ ...request, sessionId, joinKey: joinKeys.joinKeyOf(id) });
      expect(reply.type).to.equal('sessionJoined');
    });
  });

  describe('when others join at the same moment', () => {
    it('tries another shard after a conflict, and pauses for a random time that grows', async () => {
      const { joinSession, sessions, slept, meter } = room({ maxListeners: 4, random: () => 0.5 });
      const { takePlace } = sessions;
      const tried: string[] = [];
      sessions.takePlace = async (taking) => {
        tried.push(taking.placeShard);
        return tried.length < 2 ? 'conflict' : takePlace(taking);
      };
      expect((await joinSession(request)).place).to.equal('1000000#0');
      expect(tried).to.deep.equal(['1000000#1', '1000000#0']);
      expect(slept).to.deep.equal([5]);
      expect(meter.figures).to.deep.equal([['joinAttempts', 2]]);
    });

    it('tries the other shard at once when the one it saw is full by now', async () => {
      const { joinSession, sessions, slept } = room();
      const { takePlace } = sessions;
      sessions.takePlace = async (taking) => {
        sessions.takePlace = takePlace;
        await takePlace({ ...taking, connectionId: 'a' });
        await takePlace({ ...taking, connectionId: 'b' });
        return takePlace(taking);
      };
      expect((await joinSession(request)).place).to.equal('1000000#1');
      expect(slept).to.deep.equal([]);
    });

    it('reads the places again before it says that the session is full: somebody may have left', async () => {
      const { joinSession, sessions, places } = full();
      const { findWithPlaces } = sessions;
      let reads = 0;
      sessions.findWithPlaces = async (sessionId) => {
        if (++reads === 2) await sessions.releasePlace(listener('c', '1000000#1'));
        return findWithPlaces(sessionId);
      };
      expect((await joinSession(request)).place).to.equal('1000000#1');
      expect(places().taken).to.equal(4);
    });

    it('does not call a session full for conflicts on its only shard', async () => {
      const { joinSession, sessions, meter } = room({
        shards: [{ placeShard: '1000000#0', capacity: 4, taken: 0, joins: 0, languages: {} }],
      });
      const { takePlace } = sessions;
      let conflicts = 0;
      sessions.takePlace = async (taking) => (++conflicts <= 6 ? 'conflict' : takePlace(taking));
      expect((await joinSession(request)).place).to.equal('1000000#0');
      expect(meter.figures).to.deep.equal([['joinAttempts', 7]]);
    });

    it('gives up after eight attempts, and asks for another one in a second', async () => {
      const { joinSession, sessions, connection, meter } = room({
        shards: Array.from({ length: 10 }, (_, index) => ({
          placeShard: `1000000#${index}`,
          capacity: 2,
          taken: 0,
          joins: 0,
          languages: {},
        })),
      });
      const tried: string[] = [];
      sessions.takePlace = async ({ placeShard }) => {
        tried.push(placeShard);
        return 'conflict';
      };
      expect((await refusal(joinSession(request), 'SERVICE_UNAVAILABLE')).retryAfterSeconds).to.equal(1);
      expect(new Set(tried).size).to.equal(8);
      expect(connection('listener-1')).to.equal(undefined);
      expect(meter.figures).to.deep.equal([['joinAttempts', 8]]);
    });

    it('gives up after 20 calls when every shard with room turns out to be full', async () => {
      const { joinSession, sessions, slept, meter } = room();
      let calls = 0;
      sessions.takePlace = async () => {
        calls++;
        return 'noRoom';
      };
      expect((await refusal(joinSession(request), 'SERVICE_UNAVAILABLE')).retryAfterSeconds).to.equal(1);
      expect(calls).to.equal(20);
      expect(slept).to.deep.equal([]);
      expect(meter.figures).to.deep.equal([['joinAttempts', 20]]);
    });

    it('sells no place twice: of ten at once, four are in', async () => {
      const { joinSession, places } = room();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 10 }, (_, index) => joinSession({ ...request, connectionId: `l-${index}` })),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(4);
      expect(places()).to.deep.equal({ taken: 4, joins: 4, languages: { es: 4 } });
    });
  });

  describe('of a session that changes at the same moment', () => {
    it('tells of an interruption that came between the read and the place', async () => {
      const { joinSession, sessions, leaveSession } = room();
      const { takePlace } = sessions;
      sessions.takePlace = async (taking) => {
        await leaveSession(sampleSpeaker(), 'lost');
        return takePlace(taking);
      };
      expect(await joinSession(request)).to.include({ state: 'interrupted', revision: 2 });
    });

    it('gives the place back if it has ended meanwhile', async () => {
      const { joinSession, sessions, places, connection } = room();
      const { takePlace } = sessions;
      sessions.takePlace = async (taking) => {
        const only = { speakerConnectionId: 'speaker-1' };
        await sessions.end({ sessionId: id, endedAt: 2_000_000, endReason: 'speakerEnded', only });
        return takePlace(taking);
      };
      await refusal(joinSession(request), 'SESSION_NOT_FOUND');
      expect(connection('listener-1')).to.equal(undefined);
      expect(places()).to.deep.equal({ taken: 0, joins: 1, languages: {} });
    });

    it('gives the place back if the ID is another session’s by now', async () => {
      const { joinSession, sessions, tables, places } = room();
      const { takePlace } = sessions;
      sessions.takePlace = async (taking) => {
        const outcome = await takePlace(taking);
        tables.putSession({ session: sampleSession({ createdAt: 1_999_999 }) });
        return outcome;
      };
      await refusal(joinSession(request), 'SESSION_NOT_FOUND');
      expect(places().taken).to.equal(0);
    });

    it('finds no place in shards that the end has closed, and says that there is no session', async () => {
      const { joinSession, sessions, connection } = room();
      const { takePlace } = sessions;
      sessions.takePlace = async (taking) => {
        sessions.takePlace = takePlace;
        const only = { speakerConnectionId: 'speaker-1' };
        await sessions.end({ sessionId: id, endedAt: 2_000_000, endReason: 'speakerEnded', only });
        for (const placeShard of ['1000000#0', '1000000#1']) {
          await sessions.closeShard({ sessionId: id, placeShard, closedAt: 2_000_000 });
        }
        return takePlace(taking);
      };
      await refusal(joinSession(request), 'SESSION_NOT_FOUND');
      expect(connection('listener-1')).to.equal(undefined);
    });
  });
});

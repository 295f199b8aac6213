import { expect } from 'chai';
import { ANONYMOUS } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { listedIds, sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const base = {
  connectionId: 'listener-2',
  connectedAt: 1_990_000,
  identity: ANONYMOUS,
  sessionId: id,
  role: 'listener',
  previousConnectionId: 'listener-1',
} as const;
const request = { ...base, targetLanguage: 'es', place: '1000000#0' } as const;
const room = (options: SetUp = {}) =>
  setUp({ sessions: [sampleSession()], connections: [sampleSpeaker(), sampleListener()], ...options });

describe('refreshConnection of a listener', () => {
  for (const [what, asked] of [
    ['with its place and language', request],
    ['with the previous connection alone', base],
    ['with a wrong place', { ...request, place: '1000000#1' }],
    ['with a place that never was', { ...request, place: '7#7' }],
    ['with another language than it has', { ...request, targetLanguage: 'fr' }],
    ['with a place and no language', { ...base, place: '1000000#0' }],
  ] as const) {
    it(`${what} moves the place to the new connection, and changes no number`, async () => {
      const { refreshConnection, places, connection, connections } = room();

      expect(await refreshConnection(asked)).to.deep.equal({
        type: 'connectionRefreshComplete',
        sessionId: id,
        role: 'listener',
        targetLanguage: 'es',
        place: '1000000#0',
        connectionId: 'listener-2',
        previousConnectionId: 'listener-1',
        expiresAt: 8_200_000,
        state: 'active',
        revision: 1,
        broadcastState: { paused: false, muted: false, volume: 1 },
        epoch: 1_000_000,
        positions: { es: 0, all: 0 },
        heartbeatIntervalSeconds: 30,
      });
      expect(places()).to.deep.equal({ taken: 1, joins: 1, languages: { es: 1 } });
      expect(connection('listener-1')).to.equal(undefined);
      expect(connection('listener-2')).to.deep.equal(
        sampleListener({ connectionId: 'listener-2', connectedAt: 1_990_000, lastHeartbeatAt: 2_000_000 }),
      );
      expect(await listedIds(connections, id)).to.deep.equal(['listener-2']);
    });
  }

  it('asks the table for the place only if the client did not say it', async () => {
    const reads: string[] = [];
    const { refreshConnection, connections } = room();
    const { find } = connections;
    connections.find = (connectionId) => {
      reads.push(connectionId);
      return find(connectionId);
    };
    await refreshConnection(request);
    expect(reads).to.deep.equal([]);
    await refreshConnection({ ...base, connectionId: 'listener-3', previousConnectionId: 'listener-2' });
    expect(reads).to.deep.equal(['listener-2']);
  });

  it('works while the session waits for its speaker, and says so', async () => {
    const { refreshConnection } = room({
      sessions: [sampleSession({ state: 'interrupted', interruptedAt: 1_999_000, revision: 3 })],
    });
    expect(await refreshConnection(request)).to.include({ state: 'interrupted', revision: 3 });
  });

  it('leaves the end of the previous connection without effect', async () => {
    const { refreshConnection, disconnect, places } = room();
    await refreshConnection(request);
    await disconnect('listener-1', 1001);
    expect(places().taken).to.equal(1);
  });

  it('there and back again takes no place that is not counted', async () => {
    const { refreshConnection, places, tables } = room();
    await refreshConnection(request);
    await refreshConnection({ ...request, connectionId: 'listener-3', previousConnectionId: 'listener-2' });
    await refusal(refreshConnection(request), 'NOT_IN_SESSION');
    expect(places()).to.deep.equal({ taken: 1, joins: 1, languages: { es: 1 } });
    expect([...tables.connections.keys()]).to.deep.equal(['speaker-1', 'listener-3']);
  });

  for (const [what, asked] of [
    ['with its place', request],
    ['without it', base],
  ] as const) {
    it(`asked again ${what} gives the same answer`, async () => {
      const { refreshConnection, places } = room();
      const first = await refreshConnection(asked);
      expect(await refreshConnection(asked)).to.deep.equal(first);
      expect(places().taken).to.equal(1);
    });

    it(`asked five times at once ${what} moves one place`, async () => {
      const { refreshConnection, places, tables } = room();
      const replies = await Promise.all(Array.from({ length: 5 }, () => refreshConnection(asked)));
      for (const reply of replies) expect(reply).to.deep.equal(replies[0]);
      expect(places().taken).to.equal(1);
      expect([...tables.connections.keys()]).to.deep.equal(['speaker-1', 'listener-2']);
    });
  }

  it('by two new connections at once gives the place to one of them', async () => {
    const { refreshConnection, places, tables } = room();
    const outcomes = await Promise.allSettled([
      refreshConnection(request),
      refreshConnection({ ...request, connectionId: 'listener-3' }),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
    expect(places().taken).to.equal(1);
    expect([...tables.connections.keys()]).to.deep.equal(['speaker-1', 'listener-2']);
  });

  describe('without a valid proof has one answer, whatever the session ID', () => {
    const sessionIds = {
      'of a session that is live': id,
      'of one that never was': 'radiant-olive-100',
      'of one that has ended': 'swift-otter-200',
    };
    const ended = sampleSession({ sessionId: 'swift-otter-200', state: 'ended', endedAt: 1_999_000 });
    const proofs = {
      'an invented connection': { previousConnectionId: 'invented' },
      'an invented connection and place': {
        previousConnectionId: 'invented',
        targetLanguage: 'es',
        place: '1000000#0',
      },
      "the speaker's connection": { previousConnectionId: 'speaker-1' },
      "the speaker's connection and a place": {
        previousConnectionId: 'speaker-1',
        targetLanguage: 'es',
        place: '1000000#0',
      },
    };
    for (const [proof, fields] of Object.entries(proofs)) {
      it(proof, async () => {
        const errors = [];
        for (const sessionId of Object.values(sessionIds)) {
          const { refreshConnection } = room({ sessions: [sampleSession(), ended] });
          const error = await refusal(refreshConnection({ ...base, ...fields, sessionId }), 'NOT_IN_SESSION');
          errors.push({ message: error.message, details: error.details });
        }
        for (const error of errors) expect(error).to.deep.equal(errors[0]);
      });
    }

    it('also on a connection that has a place in the session: it is no repetition', async () => {
      const { refreshConnection } = room({ connections: [sampleSpeaker(), sampleListener()] });
      const asked = { ...base, connectionId: 'listener-1', previousConnectionId: 'speaker-1' };
      await refusal(refreshConnection(asked), 'NOT_IN_SESSION');
    });

    it('and a place of another session is no proof', async () => {
      const other = sampleSession({ sessionId: 'radiant-olive-100' });
      for (const asked of [base, request]) {
        const { refreshConnection } = room({ sessions: [sampleSession(), other] });
        await refusal(refreshConnection({ ...asked, sessionId: 'radiant-olive-100' }), 'NOT_IN_SESSION');
      }
    });
  });

  describe('refuses', () => {
    it('a message that does not name the previous connection, or names its own', async () => {
      const { refreshConnection } = room();
      const missing = await refusal(
        refreshConnection({ ...base, previousConnectionId: undefined }),
        'INVALID_PARAMETERS',
      );
      expect(missing.details).to.deep.equal([
        { field: 'previousConnectionId', problem: 'is missing: a listener proves its place with it' },
      ]);
      await refusal(refreshConnection({ ...base, previousConnectionId: 'listener-2' }), 'INVALID_PARAMETERS');
    });

    it('what is no session ID', async () => {
      await refusal(room().refreshConnection({ ...base, sessionId: 'x' }), 'INVALID_SESSION_ID');
    });

    it('a connection that has a place of its own, while the previous one has its place', async () => {
      const second = sampleListener({ connectionId: 'listener-2', placeShard: '1000000#1' });
      const { refreshConnection, places } = room({ connections: [sampleListener(), second] });
      await refusal(refreshConnection(request), 'ALREADY_IN_SESSION');
      expect(places().taken).to.equal(2);
    });

    it('the speaker’s own connection', async () => {
      const { refreshConnection } = room();
      await refusal(refreshConnection({ ...request, connectionId: 'speaker-1' }), 'ALREADY_IN_SESSION');
    });

    for (const [what, session] of [
      ['has ended', sampleSession({ state: 'ended', endedAt: 1_999_000, endReason: 'speakerEnded' })],
      ['has expired', sampleSession({ expiresAt: 2_000_000 })],
    ] as const) {
      it(`a place of a session that ${what}`, async () => {
        const { refreshConnection, places } = room({ sessions: [session] });
        await refusal(refreshConnection(request), 'SESSION_NOT_FOUND');
        expect(places().taken, 'the end removes what is left').to.equal(1);
      });
    }

    it('a place that the end has closed', async () => {
      for (const asked of [base, request]) {
        const { refreshConnection, sessions, connection } = room();
        await sessions.closeShard({ sessionId: id, placeShard: '1000000#0', closedAt: 2_000_000 });
        await refusal(refreshConnection(asked), 'SESSION_NOT_FOUND');
        expect(connection('listener-1')).to.not.equal(undefined);
      }
    });
  });

  describe('at the same moment as a change of language', () => {
    it('moves the place with the new language', async () => {
      const { refreshConnection, sessions, places } = room();
      const { movePlace } = sessions;
      sessions.movePlace = async (move) => {
        sessions.movePlace = movePlace;
        await sessions.changeLanguage({ listener: sampleListener(), targetLanguage: 'fr', changedAt: 2_000_000 });
        return movePlace(move);
      };
      expect(await refreshConnection(request)).to.include({ targetLanguage: 'fr' });
      expect(places()).to.deep.equal({ taken: 1, joins: 1, languages: { fr: 1 } });
    });

    it('asks for another attempt if that does not cease', async () => {
      const { refreshConnection, sessions } = room();
      let attempts = 0;
      sessions.movePlace = async () => {
        attempts++;
        return { previous: sampleListener({ targetLanguage: 'fr' }), isClosed: false };
      };
      expect((await refusal(refreshConnection(request), 'SERVICE_UNAVAILABLE')).retryAfterSeconds).to.equal(1);
      expect(attempts).to.equal(4);
    });
  });

  it('changes nothing when its one transaction fails: the place stays where it is', async () => {
    const { refreshConnection, sessions, connections, places } = room();
    sessions.movePlace = () => Promise.reject(new Error('crashed'));
    await refreshConnection(request).catch(() => {});
    expect(await listedIds(connections, id)).to.deep.equal(['listener-1']);
    expect(places().taken).to.equal(1);
  });
});

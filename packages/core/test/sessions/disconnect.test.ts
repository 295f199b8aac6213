import { expect } from 'chai';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const room = (options: SetUp = {}) =>
  setUp({
    sessions: [sampleSession()],
    connections: [
      sampleSpeaker(),
      sampleListener(),
      sampleListener({ connectionId: 'listener-2', targetLanguage: 'fr' }),
    ],
    ...options,
  });

describe('$disconnect', () => {
  it('of a connection without a role does nothing', async () => {
    const { disconnect, places, session } = room();
    await disconnect('unknown', 1000);
    expect(places().taken).to.equal(2);
    expect(session()).to.deep.equal(sampleSession());
  });

  it('sends nothing to anybody: what follows comes from the stream', async () => {
    const { disconnect, sent, deliverer } = room();
    await disconnect('listener-1', 1000);
    await disconnect('speaker-1', 1006);
    expect(sent).to.deep.equal([]);
    expect(deliverer.accepted).to.deep.equal([]);
  });

  describe('of a listener', () => {
    it('gives the place back, once, however often it is reported', async () => {
      const { disconnect, places, tables } = room();
      await disconnect('listener-1', 1001);
      await disconnect('listener-1', 1001);
      await Promise.all([disconnect('listener-1', 1000), disconnect('listener-1', 1006)]);
      expect(places()).to.deep.equal({ taken: 1, joins: 2, languages: { fr: 1 } });
      expect([...tables.connections.keys()]).to.deep.equal(['speaker-1', 'listener-2']);
    });

    it('gives a place back that the end has closed', async () => {
      const { disconnect, sessions, places } = room();
      await sessions.closeShard({ sessionId: id, placeShard: '1000000#0', closedAt: 2_000_000 });
      await disconnect('listener-1', 1001);
      expect(places().taken).to.equal(1);
    });

    it('gives the place back in the language that it has by then', async () => {
      const { disconnect, sessions, places } = room();
      const { releasePlace } = sessions;
      sessions.releasePlace = async (listener) => {
        sessions.releasePlace = releasePlace;
        await sessions.changeLanguage({ listener, targetLanguage: 'de', changedAt: 2_000_000 });
        return releasePlace(listener);
      };
      await disconnect('listener-1', 1001);
      expect(places()).to.deep.equal({ taken: 1, joins: 2, languages: { fr: 1 } });
    });

    it('fails, to be seen, if the language does not cease to change', async () => {
      const { disconnect, sessions } = room();
      let attempts = 0;
      sessions.releasePlace = async (listener) => {
        attempts++;
        return { changed: listener };
      };
      await refusal(disconnect('listener-1', 1001), 'SERVICE_UNAVAILABLE');
      expect(attempts).to.equal(5);
    });
  });

  describe('of the speaker', () => {
    it('with a goodbye ends the session', async () => {
      const { disconnect, session, connection } = room();
      await disconnect('speaker-1', 1000);
      const { speakerConnectionId: _, ...left } = sampleSession({
        state: 'ended',
        endedAt: 2_000_000,
        endReason: 'speakerLeft',
        revision: 2,
      });
      expect(session()).to.deep.equal(left);
      expect(connection('speaker-1')).to.equal(undefined);
    });

    for (const code of [1001, 1005, 1006, 1011, 4000]) {
      it(`with the code ${code} starts the grace period`, async () => {
        const { disconnect, session, connection } = room();
        await disconnect('speaker-1', code);
        const { speakerConnectionId: _, ...lost } = sampleSession({
          state: 'interrupted',
          interruptedAt: 2_000_000,
          revision: 2,
        });
        expect(session()).to.deep.equal(lost);
        expect(connection('speaker-1')).to.equal(undefined);
      });
    }

    it('starts the grace period when it was the service that closed the connection, and not its client', async () => {
      const { disconnect, session } = room();
      await disconnect('speaker-1', 1000, 'Connection Closed Normally');
      expect(session()).to.include({ state: 'interrupted', interruptedAt: 2_000_000 });
    });

    it('ends the session at once when there is no grace period', async () => {
      const { disconnect, session } = room({ speakerGraceMs: 0 });
      await disconnect('speaker-1', 1006);
      expect(session()).to.include({ state: 'ended', endReason: 'speakerLost', endedAt: 2_000_000 });
    });

    it('a second time changes nothing', async () => {
      const { disconnect, session, clock } = room();
      await disconnect('speaker-1', 1006);
      clock.advance(1000);
      await disconnect('speaker-1', 1006);
      await disconnect('speaker-1', 1000);
      expect(session()).to.include({ state: 'interrupted', interruptedAt: 2_000_000, revision: 2 });
    });

    for (const [what, session] of [
      ['that the session has left', sampleSession({ speakerConnectionId: 'speaker-2' })],
      ['of a session that has ended', sampleSession({ state: 'ended', endedAt: 1_999_000, endReason: 'speakerEnded' })],
    ] as const) {
      it(`on a connection ${what} removes that alone, goodbye or not`, async () => {
        for (const code of [1000, 1006]) {
          const all = room({ sessions: [session] });
          await all.disconnect('speaker-1', code);
          expect(all.session()).to.deep.equal(session);
          expect(all.connection('speaker-1')).to.equal(undefined);
        }
      });
    }

    it('at the same moment as its refresh leaves the session to the new connection', async () => {
      const { disconnect, sessions, session } = room();
      const { removeSpeaker } = sessions;
      sessions.removeSpeaker = async (change) => {
        await sessions.moveSpeaker({
          before: sampleSession(),
          speaker: sampleSpeaker({ connectionId: 'speaker-2', connectedAt: 1_990_000 }),
          clientId: undefined,
          expiresAt: 9_200_000,
        });
        return removeSpeaker(change);
      };
      await disconnect('speaker-1', 1000);
      expect(session()).to.include({ state: 'active', speakerConnectionId: 'speaker-2', revision: 2 });
    });
  });
});

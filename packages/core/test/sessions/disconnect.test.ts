import { expect } from 'chai';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const room = (more: SetUp = {}) =>
  setUp({
    sessions: [sampleSession({ listenerCount: 2 })],
    connections: [
      sampleSpeaker(),
      sampleListener(),
      sampleListener({ connectionId: 'listener-2', targetLanguage: 'fr' }),
    ],
    ...more,
  });

describe('$disconnect', () => {
  describe('of a listener', () => {
    it('gives the place back, once, however often it is reported', async () => {
      const { disconnect, sessions, connections, push } = room();
      await disconnect('listener-1', 1001);
      await disconnect('listener-1', 1001);
      await Promise.all([disconnect('listener-1', 1000), disconnect('listener-1', 1006)]);
      expect(sessions.items.get(id)?.listenerCount).to.equal(1);
      expect([...connections.items.keys()]).to.deep.equal(['speaker-1', 'listener-2']);
      expect(push.sent).to.deep.equal([]);
    });

    it('after the session has ended changes nothing but the table', async () => {
      const { disconnect, sessions } = room({ sessions: [sampleSession({ isActive: false })] });
      await disconnect('listener-1', 1000);
      expect(sessions.items.get(id)).to.deep.equal(sampleSession({ isActive: false }));
    });
  });

  it('of a connection without a role does nothing', async () => {
    const { disconnect, sessions } = room();
    await disconnect('nobody', 1000);
    expect(sessions.items.get(id)?.listenerCount).to.equal(2);
  });

  describe('of the speaker', () => {
    for (const code of [1000, 1005]) {
      it(`with the clean code ${code} ends the session and tells every listener once`, async () => {
        const { disconnect, sessions, connections, push } = room();
        await disconnect('speaker-1', code);
        expect(sessions.items.get(id)).to.include({ isActive: false, endReason: 'speakerLeft', listenerCount: 0 });
        const message = { type: 'sessionEnded', sessionId: 'faithful-shepherd-427', reason: 'speakerLeft' };
        expect(push.sent).to.deep.equal([
          { to: 'listener-1', message },
          { to: 'listener-2', message },
        ]);
        expect(connections.items.size).to.equal(0);
      });
    }

    for (const code of [1001, 1006, 1011, 4000]) {
      it(`with the code ${code} starts the grace period, and tells the listeners`, async () => {
        const { disconnect, sessions, push } = room();
        await disconnect('speaker-1', code);
        expect(sessions.items.get(id)).to.include({ isActive: true, speakerLostAt: 2_000_000 });
        const message = { type: 'sessionInterrupted', sessionId: 'faithful-shepherd-427', graceSeconds: 30 };
        expect(push.sent).to.deep.equal([
          { to: 'listener-1', message },
          { to: 'listener-2', message },
        ]);
      });
    }

    it('starts the grace period when it was the service that closed the connection, and not its owner', async () => {
      const { disconnect, sessions, push } = room();
      await disconnect('speaker-1', 1000, 'Connection Closed Normally');
      expect(sessions.items.get(id)).to.include({ isActive: true, speakerLostAt: 2_000_000 });
      expect(push.typesTo('listener-1')).to.deep.equal(['sessionInterrupted']);
    });

    it('ends the session at once when there is no grace', async () => {
      const { disconnect, sessions, push } = room({ speakerGraceMs: 0 });
      await disconnect('speaker-1', 1006);
      expect(sessions.items.get(id)).to.include({ isActive: false, endReason: 'speakerLost' });
      expect(push.typesTo('listener-2')).to.deep.equal(['sessionEnded']);
    });

    it('a second time tells nobody again', async () => {
      const { disconnect, push } = room();
      await disconnect('speaker-1', 1006);
      await disconnect('speaker-1', 1006);
      await disconnect('speaker-1', 1000);
      expect(push.typesTo('listener-1')).to.deep.equal(['sessionInterrupted']);
    });

    it('on a connection that the session has left changes nothing, clean or not', async () => {
      const moved = sampleSession({ listenerCount: 2, speakerConnectionId: 'speaker-2' });
      for (const code of [1000, 1006]) {
        const { disconnect, sessions, push } = room({ sessions: [moved] });
        await disconnect('speaker-1', code);
        expect(sessions.items.get(id)).to.deep.equal(moved);
        expect(push.sent).to.deep.equal([]);
      }
    });

    it('takes the place of listeners who turn out to be gone', async () => {
      const { disconnect, sessions, connections, push, meter } = room();
      push.gone.add('listener-2');
      await disconnect('speaker-1', 1006);
      expect(sessions.items.get(id)?.listenerCount).to.equal(1);
      expect(connections.items.has('listener-2')).to.equal(false);
      expect(meter.figures).to.deep.equal([['fanOut', { delivered: 1, gone: 1, failed: 0 }]]);
      await disconnect('listener-2', 1006);
      expect(sessions.items.get(id)?.listenerCount, 'not a second time').to.equal(1);
    });
  });
});

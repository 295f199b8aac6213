import { expect } from 'chai';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const request = { connectionId: 'listener-1', targetLanguage: 'fr' };
const room = (options: SetUp = {}) =>
  setUp({ sessions: [sampleSession()], connections: [sampleSpeaker(), sampleListener()], ...options });

describe('changeLanguage', () => {
  it('lets a listener hear another language in the same place', async () => {
    const { changeLanguage, places, connection } = room();

    expect(await changeLanguage(request)).to.deep.equal({
      type: 'languageChanged',
      sessionId: id,
      targetLanguage: 'fr',
      state: 'active',
      revision: 1,
      broadcastState: { paused: false, muted: false, volume: 1 },
      epoch: 1_000_000,
      positions: { fr: 0, all: 0 },
    });
    expect(places()).to.deep.equal({ taken: 1, joins: 1, languages: { fr: 1 } });
    expect(connection('listener-1')).to.deep.equal(
      sampleListener({ targetLanguage: 'fr', languageChangedAt: 2_000_000 }),
    );
  });

  it('works in a full session, and keeps the age of the connection', async () => {
    const connections = ['listener-1', 'b', 'c', 'd'].map((connectionId, index) =>
      sampleListener({ connectionId, placeShard: `1000000#${Math.floor(index / 2)}` }),
    );
    const { changeLanguage, places, connection } = room({ connections });
    await changeLanguage(request);
    expect(places()).to.deep.equal({ taken: 4, joins: 4, languages: { es: 3, fr: 1 } });
    expect(connection('listener-1')?.connectedAt).to.equal(1_000_000);
  });

  it('says that the session waits for its speaker, if it does', async () => {
    const { changeLanguage } = room({
      sessions: [sampleSession({ state: 'interrupted', interruptedAt: 1_999_000, revision: 7 })],
    });
    expect(await changeLanguage(request)).to.include({ state: 'interrupted', revision: 7 });
  });

  it('asked again gives the same answer at once, and changes nothing', async () => {
    const { changeLanguage, places, connection, clock } = room();
    const first = await changeLanguage(request);
    clock.advance(10);
    expect(await changeLanguage(request)).to.deep.equal(first);
    expect(places().languages).to.deep.equal({ fr: 1 });
    expect(connection('listener-1')).to.include({ languageChangedAt: 2_000_000 });
  });

  it('to the language that the listener hears already is no change', async () => {
    const { changeLanguage, connection } = room();
    await changeLanguage({ ...request, targetLanguage: 'es' });
    expect(connection('listener-1')).to.deep.equal(sampleListener());
  });

  it('is allowed once a second', async () => {
    const { changeLanguage, clock, meter } = room();
    await changeLanguage(request);
    clock.advance(999);
    const error = await refusal(changeLanguage({ ...request, targetLanguage: 'de' }), 'RATE_LIMIT_EXCEEDED');
    expect(error.retryAfterSeconds).to.equal(1);
    expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'changeLanguage']]);
    clock.advance(1);
    await changeLanguage({ ...request, targetLanguage: 'de' });
  });

  describe('refuses', () => {
    it('languages that are none, or that no voice speaks', async () => {
      const { changeLanguage } = room();
      await refusal(changeLanguage({ ...request, targetLanguage: '?' }), 'INVALID_LANGUAGE');
      await refusal(changeLanguage({ ...request, targetLanguage: 'eo' }), 'UNSUPPORTED_LANGUAGE');
    });

    it('a connection without a role', async () => {
      await refusal(room().changeLanguage({ ...request, connectionId: 'new' }), 'NOT_IN_SESSION');
    });

    it('the speaker', async () => {
      await refusal(room().changeLanguage({ ...request, connectionId: 'speaker-1' }), 'FORBIDDEN');
    });

    it('in a session that has expired', async () => {
      const { changeLanguage } = room({ sessions: [sampleSession({ expiresAt: 2_000_000 })] });
      await refusal(changeLanguage(request), 'SESSION_NOT_FOUND');
    });

    it('in a session whose end has closed the places, and leaves the numbers alone', async () => {
      const { changeLanguage, sessions, places } = room();
      await sessions.closeShard({ sessionId: id, placeShard: '1000000#0', closedAt: 2_000_000 });
      await refusal(changeLanguage(request), 'SESSION_NOT_FOUND');
      expect(places().languages).to.deep.equal({ es: 1 });
    });
  });

  describe('at the same moment as something else', () => {
    it('a second change on the same connection is too soon', async () => {
      const { changeLanguage, places, connection } = room();
      const outcomes = await Promise.allSettled([
        changeLanguage(request),
        changeLanguage({ ...request, targetLanguage: 'de' }),
      ]);
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
      expect(connection('listener-1')).to.include({ targetLanguage: 'fr' });
      expect(places().languages).to.deep.equal({ fr: 1 });
    });

    it('its own repetition gives the same answer', async () => {
      const { changeLanguage, places } = room();
      const [one, two] = await Promise.all([changeLanguage(request), changeLanguage(request)]);
      expect(one).to.deep.equal(two);
      expect(places().languages).to.deep.equal({ fr: 1 });
    });

    it('the end of the connection: it has no role any more', async () => {
      const { changeLanguage, sessions, places } = room();
      const { changeLanguage: write } = sessions;
      sessions.changeLanguage = async (change) => {
        await sessions.releasePlace(change.listener);
        return write(change);
      };
      await refusal(changeLanguage(request), 'NOT_IN_SESSION');
      expect(places()).to.deep.equal({ taken: 0, joins: 1, languages: {} });
    });

    it('changes that do not cease: asks for another attempt', async () => {
      const { changeLanguage, sessions } = room();
      let attempts = 0;
      sessions.changeLanguage = async ({ listener }) => {
        attempts++;
        return { changed: { ...listener, targetLanguage: attempts % 2 === 0 ? 'es' : 'de' } };
      };
      expect((await refusal(changeLanguage(request), 'SERVICE_UNAVAILABLE')).retryAfterSeconds).to.equal(1);
      expect(attempts).to.equal(3);
    });
  });
});

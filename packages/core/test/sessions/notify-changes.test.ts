import { expect } from 'chai';
import type { NumberedChange, PlacesChange, Session, SessionChange } from '../../src/sessions/index.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const room = (options: SetUp = {}) =>
  setUp({ sessions: [sampleSession()], connections: [sampleSpeaker(), sampleListener()], ...options });
const other = sampleSession({ sessionId: 'radiant-olive-100' });

const changed = (after: Session, before?: Session): SessionChange => ({
  kind: 'session',
  ...(before && { before }),
  after,
});
const places = (sessionId = id, createdAt = 1_000_000): PlacesChange => ({ kind: 'places', sessionId, createdAt });
/** Numbers changes as a stream does: 1, 2, … */
const numbered = (...changes: (NumberedChange['change'] | undefined)[]): NumberedChange[] =>
  changes.map((change, index) => ({ sequenceNumber: String(index + 1), change }));

const lost = sampleSession({ state: 'interrupted', interruptedAt: 1_999_000, revision: 2 });
const back = sampleSession({ speakerConnectionId: 'speaker-2', revision: 3 });
const ended = sampleSession({ state: 'ended', endedAt: 2_000_000, endReason: 'speakerEnded', revision: 4 });

/** Notifies of changes; a failure is a fault of the test. */
const notify = async (
  { notifyChanges, failures }: ReturnType<typeof setUp>,
  ...changes: NumberedChange['change'][]
) => {
  expect(await notifyChanges(numbered(...changes), (error) => void failures.push(error))).to.equal(undefined);
  expect(failures).to.deep.equal([]);
};

describe('notifyChanges', () => {
  it('hands over what follows from a change, and sends nothing itself', async () => {
    const all = room();
    await notify(all, changed(lost, sampleSession()));
    expect(all.deliverer.accepted).to.deep.equal([
      {
        task: 'notifyListeners',
        sessionId: id,
        message: {
          type: 'sessionInterrupted',
          sessionId: id,
          state: 'interrupted',
          revision: 2,
          broadcastState: { paused: false, muted: false, volume: 1 },
          graceSeconds: 30,
        },
      },
    ]);
    expect(all.eventBus.published.map(({ type }) => type)).to.deep.equal(['SessionInterrupted']);
    expect(all.sent).to.deep.equal([]);
  });

  it('does nothing with an empty batch, removals and items of other kinds', async () => {
    const all = room();
    await notify(all);
    await notify(all, undefined, undefined);
    expect(all.deliverer.accepted).to.deep.equal([]);
    expect(all.eventBus.published).to.deep.equal([]);
  });

  describe('in one batch of a session', () => {
    it('hands over the last notification alone, but every event', async () => {
      const all = room({ sessions: [back] });
      await notify(all, changed(sampleSession()), changed(lost, sampleSession()), changed(back, lost));
      const notifications = all.deliverer.accepted.filter(({ task }) => task === 'notifyListeners');
      expect(notifications).to.have.length(1);
      expect(notifications[0]).to.deep.include({
        message: {
          type: 'sessionResumed',
          sessionId: id,
          state: 'active',
          revision: 3,
          broadcastState: { paused: false, muted: false, volume: 1 },
        },
      });
      expect(all.eventBus.published.map(({ type, detail }) => [type, detail.revision])).to.deep.equal([
        ['SessionStarted', 1],
        ['SessionInterrupted', 2],
        ['SessionResumed', 3],
      ]);
    });

    it('skips all notifications once the session has ended, and hands its end over', async () => {
      const all = room({ sessions: [ended] });
      all.sessions.findWithPlaces = () => Promise.reject(new Error('there is no status to tell any more'));
      await notify(all, changed(lost, sampleSession()), changed(back, lost), changed(ended, back));
      expect(all.deliverer.accepted).to.deep.equal([{ task: 'completeEnd', sessionId: id, createdAt: 1_000_000 }]);
      expect(all.eventBus.published.map(({ type }) => type)).to.deep.equal(['SessionInterrupted', 'SessionResumed']);
    });

    it('tells every client that was replaced, whatever came later', async () => {
      const two = sampleSession({ speakerConnectionId: 'speaker-2', speakerClientId: 'tab-2', revision: 2 });
      const three = sampleSession({ speakerConnectionId: 'speaker-3', speakerClientId: 'tab-3', revision: 3 });
      const over: Session = { ...three, ...ended, speakerConnectionId: 'speaker-3' };
      const all = room({ sessions: [over] });
      await notify(all, changed(two, sampleSession()), changed(three, two), changed(over, three));
      const tasks = all.deliverer.accepted.map((task) => ('connectionId' in task ? task.connectionId : task.task));
      expect(tasks).to.deep.equal(['speaker-1', 'speaker-2', 'completeEnd']);
    });

    it('keeps sessions apart', async () => {
      const all = room({ sessions: [lost, other] });
      const otherLost: Session = { ...other, state: 'interrupted', interruptedAt: 1_999_500, revision: 2 };
      await notify(all, changed(lost, sampleSession()), changed(otherLost, other));
      expect(all.deliverer.accepted.map((task) => ('sessionId' in task ? task.sessionId : ''))).to.deep.equal([
        id,
        'radiant-olive-100',
      ]);
    });
  });

  describe('of an end that is complete', () => {
    it('publishes SessionEnded, with the joins of all shards, of people who have left as well', async () => {
      const { operate, joinSession, disconnect, deliverer, ...all } = room();
      for (const connectionId of ['a', 'b']) {
        await joinSession({
          connectionId,
          connectedAt: 1_999_000,
          addressHash: 'x',
          sessionId: id,
          targetLanguage: 'es',
        });
        await disconnect(connectionId, 1001);
      }
      await operate.end(id);
      const before = all.session() ?? ended;
      await all.deliver({ task: 'completeEnd', sessionId: id, createdAt: 1_000_000 });
      const after = all.session() ?? ended;
      await all.notifyChanges(numbered(changed(after, before)), () => {});
      expect(all.eventBus.published).to.deep.equal([
        {
          type: 'SessionEnded',
          detail: {
            sessionId: id,
            createdAt: 1_000_000,
            revision: 3,
            reason: 'operatorEnded',
            endedAt: 2_000_000,
            endCompletedAt: 2_000_050,
            durationSeconds: 1000,
            totalJoins: 3,
          },
        },
      ]);
    });

    it('knows no joins when the ID is another session’s by now', async () => {
      const later = sampleListener({ placeShard: '1999000#0' });
      const all = room({ sessions: [sampleSession({ createdAt: 1_999_000 })], connections: [later] });
      await notify(all, changed({ ...ended, endCompletedAt: 2_000_000 }, ended));
      expect(all.eventBus.published[0]?.detail).to.include({ totalJoins: 0 });
    });
  });

  describe('of places', () => {
    it('tells the speaker once for a batch, from one read after all of it', async () => {
      const all = room();
      await notify(all, ...Array.from({ length: 20 }, () => places()));
      expect(all.deliverer.accepted).to.deep.equal([
        {
          task: 'notifyConnection',
          connectionId: 'speaker-1',
          message: {
            type: 'sessionStatus',
            sessionId: id,
            state: 'active',
            revision: 1,
            broadcastState: { paused: false, muted: false, volume: 1 },
            listenerCount: 1,
            listenersByLanguage: { es: 1 },
            createdAt: 1_000_000,
            expiresAt: 8_200_000,
            durationSeconds: 1000,
            timestamp: 2_000_000,
          },
        },
      ]);
    });

    it('announces the languages in use when they have changed, and only then', async () => {
      const all = room();
      await notify(all, places());
      await notify(all, places());
      const announcement = {
        type: 'LanguagesInUseChanged',
        detail: { sessionId: id, createdAt: 1_000_000, revision: 1, languages: { es: 1 }, asOf: 2_000_000 },
      };
      expect(all.eventBus.published).to.deep.equal([announcement]);
      await all.changeLanguage({ connectionId: 'listener-1', targetLanguage: 'fr' });
      all.clock.advance(1000);
      await notify(all, places());
      await all.disconnect('listener-1', 1001);
      await notify(all, places());
      expect(all.eventBus.published.slice(1).map(({ detail }) => detail)).to.deep.equal([
        { ...announcement.detail, languages: { fr: 1 }, asOf: 2_001_000 },
        { ...announcement.detail, languages: {}, asOf: 2_001_000 },
      ]);
    });

    it('announces nothing while one more hears a language that is in use', async () => {
      const all = room();
      await notify(all, places());
      await all.joinSession({
        connectionId: 'listener-2',
        connectedAt: 1_999_000,
        addressHash: 'x',
        sessionId: id,
        targetLanguage: 'es',
      });
      await notify(all, places());
      expect(all.eventBus.published).to.have.length(1);
    });

    it('announces anew for a session whose ID was used before', async () => {
      const all = room();
      await all.sessions.storeAnnouncedLanguages({
        sessionId: id,
        createdAt: 500_000,
        languages: ['es'],
        asOf: 600_000,
      });
      await notify(all, places());
      expect(all.eventBus.published).to.have.length(1);
    });

    /** Announces the languages of a room, and is killed at the note with this number. */
    const killedAt = async (note: number) => {
      const all = room();
      const { storeAnnouncedLanguages } = all.sessions;
      let notes = 0;
      all.sessions.storeAnnouncedLanguages = (change) =>
        ++notes === note ? Promise.reject(new Error('killed')) : storeAnnouncedLanguages(change);
      expect(await all.notifyChanges(numbered(places()), () => {})).to.equal('1');
      all.sessions.storeAnnouncedLanguages = storeAnnouncedLanguages;
      return all;
    };
    const announced = ({ eventBus }: ReturnType<typeof setUp>) =>
      eventBus.published.map(({ detail }) => ('languages' in detail ? detail.languages : undefined));

    it('announces once when it is killed before the event', async () => {
      const all = await killedAt(1);
      expect(announced(all)).to.deep.equal([]);
      await notify(all, places());
      expect(announced(all)).to.deep.equal([{ es: 1 }]);
    });

    it('announces twice, and not never, when it is killed after the event', async () => {
      const all = await killedAt(2);
      expect(announced(all)).to.deep.equal([{ es: 1 }]);
      await notify(all, places());
      await notify(all, places());
      expect(announced(all)).to.deep.equal([{ es: 1 }, { es: 1 }]);
    });

    it('announces anew what has changed back after it was killed', async () => {
      const all = room({ connections: [sampleSpeaker()] });
      await notify(all, places());
      await all.sessions.takePlace(sampleListener());
      const { storeAnnouncedLanguages } = all.sessions;
      let notes = 0;
      all.sessions.storeAnnouncedLanguages = (change) =>
        ++notes === 2 ? Promise.reject(new Error('killed')) : storeAnnouncedLanguages(change);
      await all.notifyChanges(numbered(places()), () => {});
      await all.disconnect('listener-1', 1001);
      await notify(all, places());
      expect(announced(all)).to.deep.equal([{ es: 1 }, {}]);
    });

    it('announces languages while the speaker is lost, and has nobody to tell a status', async () => {
      const { speakerConnectionId: _, ...waiting } = lost;
      const all = room({ sessions: [waiting], connections: [sampleListener()] });
      await notify(all, places());
      expect(all.eventBus.published).to.have.length(1);
      expect(all.deliverer.accepted).to.deep.equal([]);
    });

    for (const [what, sessions] of [
      ['has ended', [ended]],
      ['has expired', [sampleSession({ expiresAt: 2_000_000 })]],
      ['is no more', []],
      ['is a later one of the same ID', [sampleSession({ createdAt: 1_500_000 })]],
    ] as const) {
      it(`does nothing when the session ${what}`, async () => {
        const all = room({ sessions, connections: [] });
        await notify(all, places());
        expect(all.deliverer.accepted).to.deep.equal([]);
        expect(all.eventBus.published).to.deep.equal([]);
      });
    }
  });

  it('tells a speaker on a new connection how many listeners there are', async () => {
    const all = room({ sessions: [back] });
    await notify(all, changed(back, sampleSession()));
    expect(all.deliverer.accepted).to.have.length(1);
    expect(all.deliverer.accepted[0]).to.deep.include({ task: 'notifyConnection', connectionId: 'speaker-2' });
    expect(all.eventBus.published, 'languages are announced after changes of places alone').to.deep.equal([]);
  });

  it('follows a whole life from the stream of the table: no event is missing, and all are in order', async () => {
    const all = setUp({ maxListeners: 4 });
    const identity = { kind: 'speaker', userId: 'user-1', tokenExpiresAt: 9_000_000 } as const;
    const speaker = { connectedAt: 1_999_000, identity };
    const { sessionId } = await all.createSession({ ...speaker, connectionId: 'speaker-1', sourceLanguage: 'en' });
    await all.disconnect('speaker-1', 1006);
    const next = { ...speaker, connectionId: 'speaker-2', connectedAt: 2_000_000 };
    await all.refreshConnection({ ...next, sessionId, role: 'speaker' });
    await all.endOwnSession(next);

    for (let change = all.stream.shift(); change !== undefined; change = all.stream.shift()) {
      await all.notifyChanges([change], (error) => void all.failures.push(error));
      await all.deliverer.drain();
    }

    expect(all.eventBus.published.map(({ type, detail }) => [type, detail.revision])).to.deep.equal([
      ['SessionStarted', 1],
      ['SessionInterrupted', 2],
      ['SessionResumed', 3],
      ['SessionEnded', 5],
    ]);
    expect(all.failures).to.deep.equal([]);
  });

  describe('when something fails', () => {
    const failing = (options: SetUp = {}) => {
      const all = room(options);
      const broken = new Error('Lambda does not take the work now');
      const { handOver } = all.deliverer;
      all.deliverer.handOver = async (task) => {
        if ('sessionId' in task && task.sessionId === 'radiant-olive-100') throw broken;
        return handOver(task);
      };
      return { ...all, broken };
    };
    const otherLost: Session = { ...other, state: 'interrupted', interruptedAt: 1_999_000, revision: 2 };

    it('gives the first change of the session that failed, and goes on with all others', async () => {
      const all = failing({ sessions: [lost, otherLost] });
      const failed = await all.notifyChanges(
        numbered(
          changed(lost, sampleSession()),
          undefined,
          changed(otherLost, other),
          places(),
          changed({ ...otherLost, revision: 3, state: 'active' }, otherLost),
          places(),
        ),
        (error) => void all.failures.push(error),
      );
      expect(failed).to.equal('3');
      expect(all.failures).to.deep.equal([all.broken]);
      expect(all.deliverer.accepted).to.have.length(2);
    });

    it('gives the first of several sessions that failed', async () => {
      const all = room({ sessions: [lost, otherLost] });
      all.eventBus.publish = () => Promise.reject(new Error('EventBridge refused 1 events'));
      const failed = await all.notifyChanges(
        numbered(undefined, changed(otherLost, other), changed(lost, sampleSession())),
        (error) => void all.failures.push(error),
      );
      expect(failed).to.equal('2');
      expect(all.failures).to.have.length(2);
    });

    it('hands over everything again when the batch comes again', async () => {
      const all = room({ sessions: [lost] });
      const { publish } = all.eventBus;
      all.eventBus.publish = () => Promise.reject(new Error('EventBridge refused 1 events'));
      expect(await all.notifyChanges(numbered(changed(lost, sampleSession())), () => {})).to.equal('1');
      all.eventBus.publish = publish;
      await notify(all, changed(lost, sampleSession()));
      expect(all.deliverer.accepted.map(({ task }) => task)).to.deep.equal(['notifyListeners', 'notifyListeners']);
      expect(all.eventBus.published.map(({ type }) => type)).to.deep.equal(['SessionInterrupted']);
    });
  });
});

import { expect } from 'chai';
import type { Session } from '../../src/sessions/model.ts';
import type { SessionRepository } from '../../src/sessions/ports.ts';
import { sampleListener, sampleSession, sampleShards, sampleSpeaker } from '../support/samples.ts';
import { SESSION_ID, type SetUp, useFixture } from './fixture.ts';

type Creation = Parameters<SessionRepository['create']>[0];

/** What every implementation of `SessionRepository` promises of sessions and their speakers. */
export function speakersContract(setUp: SetUp): void {
  const given = useFixture(setUp);

  describe('create', () => {
    const create = (change: Partial<Creation> = {}) =>
      given.sessions.create({ session: sampleSession(), shards: sampleShards(), speaker: sampleSpeaker(), ...change });

    it("stores the session, its shards and its speaker's connection", async () => {
      expect(await create()).to.equal('created');
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(sampleSession());
      const { session, shards } = (await given.sessions.findWithPlaces(SESSION_ID)) ?? {};
      expect(session).to.deep.equal(sampleSession());
      expect(shards).to.have.deep.members(sampleShards());
      expect(await given.connections.find('speaker-1')).to.deep.equal(sampleSpeaker());
    });

    it('takes 96 shards', async () => {
      const shards = Array.from({ length: 96 }, (_, index) => ({
        ...sampleShards()[0],
        placeShard: `1000000#${index}`,
        capacity: 105,
        taken: 0,
        joins: 0,
        languages: {},
      }));
      expect(await create({ shards })).to.equal('created');
      expect((await given.sessions.findWithPlaces(SESSION_ID))?.shards).to.have.deep.members(shards);
    });

    const second = {
      session: sampleSession({ speakerUserId: 'user-2', speakerConnectionId: 'speaker-2', createdAt: 2_000_000 }),
      speaker: sampleSpeaker({ connectionId: 'speaker-2', userId: 'user-2' }),
      shards: [{ placeShard: '2000000#0', capacity: 2, taken: 0, joins: 0, languages: {} }],
    };

    it('refuses an ID that is taken, and stores nothing', async () => {
      await create();
      expect(await create(second)).to.equal('idTaken');
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(sampleSession());
      expect(await given.connections.find('speaker-2')).to.equal(undefined);
    });

    it('refuses a connection that has a role, and stores nothing', async () => {
      await create();
      const session = sampleSession({ sessionId: 'quiet-river-100' });
      expect(await create({ session, speaker: sampleSpeaker({ sessionId: 'quiet-river-100' }) })).to.equal(
        'connectionHasRole',
      );
      expect(await given.sessions.find('quiet-river-100')).to.equal(undefined);
      expect(await given.sessions.findWithPlaces('quiet-river-100')).to.equal(undefined);
    });

    it('refuses a user that is denied, until it is allowed again', async () => {
      await given.sessions.denySpeaker({ userId: 'user-1', deniedAt: 900_000 });
      expect(await create()).to.equal('speakerDenied');
      expect(await given.sessions.find(SESSION_ID)).to.equal(undefined);
      expect(await given.connections.find('speaker-1')).to.equal(undefined);
      await given.sessions.allowSpeaker('user-1');
      expect(await create()).to.equal('created');
    });

    it('denies twice as once, and allows one that was never denied', async () => {
      await given.sessions.denySpeaker({ userId: 'user-1', deniedAt: 900_000 });
      await given.sessions.denySpeaker({ userId: 'user-1', deniedAt: 910_000 });
      await given.sessions.allowSpeaker('user-2');
      expect(await create()).to.equal('speakerDenied');
      expect(await create(second)).to.equal('created');
    });

    it('gives one of many at once the ID', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          create({
            session: sampleSession({ speakerConnectionId: `speaker-${index}`, createdAt: 1_000_000 + index }),
            speaker: sampleSpeaker({ connectionId: `speaker-${index}` }),
          }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'created')).to.have.length(1);
      expect(outcomes.filter((outcome) => outcome === 'idTaken')).to.have.length(5);
    });

    it('takes an ID again a day after its end was complete, and not before', async () => {
      await create();
      await given.join({ placeShard: '1000000#1' });
      await given.sessions.releasePlace(sampleListener({ placeShard: '1000000#1' }));
      await given.sessions.removeSpeaker({
        speaker: sampleSpeaker(),
        session: { state: 'ended', endedAt: 2_000_000, endReason: 'speakerLeft' },
      });
      await given.endAndClose();
      await given.complete(3_000_000);
      const at = (createdAt: number) => ({
        ...second,
        session: { ...second.session, createdAt },
        shards: [{ placeShard: `${createdAt}#0`, capacity: 2, taken: 0, joins: 0, languages: {} }],
      });

      expect(await create(at(3_000_000 + 86_400_000))).to.equal('idTaken');
      const again = at(3_000_000 + 86_401_000);
      expect(await create(again)).to.equal('created');

      // The earlier session has left its shards until TTL removes them.
      expect(await given.sessions.findWithPlaces(SESSION_ID)).to.deep.equal({
        session: again.session,
        shards: again.shards,
      });
    });
  });

  describe('moveSpeaker', () => {
    const speaker = sampleSpeaker({
      connectionId: 'speaker-2',
      connectedAt: 2_000_000,
      lastHeartbeatAt: 2_000_000,
    });
    const move = (before: Session, change: { clientId?: string; speaker?: typeof speaker } = {}) =>
      given.sessions.moveSpeaker({ before, speaker, clientId: undefined, expiresAt: 9_200_000, ...change });
    const moved = sampleSession({
      speakerConnectionId: 'speaker-2',
      speakerConnectedAt: 2_000_000,
      expiresAt: 9_200_000,
      revision: 2,
    });

    it('removes the previous connection, stores the new one, and says the session as it is then', async () => {
      const before = await given.createSession();
      expect(await move(before)).to.deep.equal({ moved });
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(moved);
      expect(await given.connections.find('speaker-1')).to.equal(undefined);
      expect(await given.connections.find('speaker-2')).to.deep.equal(speaker);
    });

    it('makes an interrupted session active', async () => {
      await given.createSession();
      await given.sessions.removeSpeaker({
        speaker: sampleSpeaker(),
        session: { state: 'interrupted', interruptedAt: 1_500_000 },
      });
      const before = (await given.sessions.find(SESSION_ID)) as Session;
      expect(await move(before)).to.deep.equal({ moved: { ...moved, revision: 3 } });
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal({ ...moved, revision: 3 });
    });

    it('notes the client, and forgets the one before', async () => {
      const before = await given.createSession({ speakerClientId: 'tab-1' });
      const named = { ...moved, speakerClientId: 'tab-2' };
      expect(await move(before, { clientId: 'tab-2' })).to.deep.equal({ moved: named });
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(named);
      const third = sampleSpeaker({ connectionId: 'speaker-3', connectedAt: 2_000_000 });
      const unnamed = { ...moved, speakerConnectionId: 'speaker-3', revision: 3 };
      expect(await move(named, { speaker: third })).to.deep.equal({ moved: unnamed });
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(unnamed);
    });

    it('refuses when the session has changed since, and changes nothing', async () => {
      const before = await given.createSession();
      await given.sessions.setBroadcastState({
        sessionId: SESSION_ID,
        speakerConnectionId: 'speaker-1',
        change: { paused: true },
        nowMs: 1_500_000,
        notAfterMs: 1_499_750,
      });
      expect(await move(before)).to.equal('sessionChanged');
      expect((await given.sessions.find(SESSION_ID))?.speakerConnectionId).to.equal('speaker-1');
      expect(await given.connections.find('speaker-1')).to.deep.equal(sampleSpeaker());
      expect(await given.connections.find('speaker-2')).to.equal(undefined);
    });

    it('refuses when the session is no more, or a later one has its ID', async () => {
      expect(await move(sampleSession())).to.equal('sessionChanged');
      await given.createSession();
      expect(await move(sampleSession({ createdAt: 900_000 }))).to.equal('sessionChanged');
    });

    it('refuses a new connection that has a role', async () => {
      const before = await given.createSession();
      await given.join({ connectionId: 'speaker-2' });
      expect(await move(before)).to.equal('connectionHasRole');
      expect(await given.connections.find('speaker-1')).to.deep.equal(sampleSpeaker());
    });

    it('refuses a user that is denied', async () => {
      const before = await given.createSession();
      await given.sessions.denySpeaker({ userId: 'user-1', deniedAt: 1_500_000 });
      expect(await move(before)).to.equal('speakerDenied');
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(sampleSession());
    });

    it('repeated, says the session as it is', async () => {
      const before = await given.createSession();
      await move(before);
      expect(await move(before)).to.deep.equal({ moved });
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(moved);
    });

    it('repeated, refuses when the session has moved on since', async () => {
      const before = await given.createSession();
      await move(before);
      await move(moved, { speaker: sampleSpeaker({ connectionId: 'speaker-3', connectedAt: 2_500_000 }) });
      expect(await move(before)).to.equal('sessionChanged');
      await given.endAndClose();
      expect(await move(before)).to.equal('sessionChanged');
    });

    it('gives one of many at once the session', async () => {
      const before = await given.createSession();
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          move(before, { speaker: sampleSpeaker({ connectionId: `new-${index}`, connectedAt: 2_000_000 }) }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'sessionChanged')).to.have.length(5);
      const winner = (await given.sessions.find(SESSION_ID))?.speakerConnectionId;
      const stored = await Promise.all(
        Array.from({ length: 6 }, async (_, index) => (await given.connections.find(`new-${index}`))?.connectionId),
      );
      expect(stored.filter((id) => id !== undefined)).to.deep.equal([winner]);
    });
  });

  describe('removeSpeaker', () => {
    const interrupt = (interruptedAt = 2_000_000) =>
      given.sessions.removeSpeaker({
        speaker: { connectionId: 'speaker-1', sessionId: SESSION_ID },
        session: { state: 'interrupted', interruptedAt },
      });

    it('interrupts the session', async () => {
      await given.createSession({ speakerClientId: 'tab-1' });
      expect(await interrupt()).to.equal('removed');
      const { speakerConnectionId: _, ...rest } = sampleSession({ speakerClientId: 'tab-1' });
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal({
        ...rest,
        state: 'interrupted',
        interruptedAt: 2_000_000,
        revision: 2,
      });
      expect(await given.connections.find('speaker-1')).to.equal(undefined);
    });

    it('ends the session', async () => {
      await given.createSession();
      const outcome = await given.sessions.removeSpeaker({
        speaker: sampleSpeaker(),
        session: { state: 'ended', endedAt: 2_000_000, endReason: 'speakerLeft' },
      });
      expect(outcome).to.equal('removed');
      const { speakerConnectionId: _, ...rest } = sampleSession();
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal({
        ...rest,
        state: 'ended',
        endedAt: 2_000_000,
        endReason: 'speakerLeft',
        revision: 2,
      });
    });

    it('does it once', async () => {
      await given.createSession();
      await interrupt();
      expect(await interrupt(2_100_000)).to.equal('gone');
      expect((await given.sessions.find(SESSION_ID))?.interruptedAt).to.equal(2_000_000);
      expect((await given.sessions.find(SESSION_ID))?.revision).to.equal(2);
    });

    it('changes nothing when the session has ended', async () => {
      await given.createSession();
      await given.sessions.end({
        sessionId: SESSION_ID,
        endedAt: 1_900_000,
        endReason: 'operatorEnded',
        only: { createdAt: 1_000_000 },
      });
      const ended = await given.sessions.find(SESSION_ID);
      expect(await interrupt()).to.equal('movedOn');
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(ended);
      expect(await given.connections.find('speaker-1')).to.deep.equal(sampleSpeaker());
    });

    it("changes nothing when the session is another connection's: the old one is gone with the move", async () => {
      const before = await given.createSession();
      await given.sessions.moveSpeaker({
        before,
        speaker: sampleSpeaker({ connectionId: 'speaker-2' }),
        clientId: undefined,
        expiresAt: 9_200_000,
      });
      expect(await interrupt()).to.equal('gone');
      expect((await given.sessions.find(SESSION_ID))?.state).to.equal('active');
    });

    it('leaves a listener alone', async () => {
      await given.createSession();
      await given.join({});
      const outcome = await given.sessions.removeSpeaker({
        speaker: { connectionId: 'listener-1', sessionId: SESSION_ID },
        session: { state: 'interrupted', interruptedAt: 2_000_000 },
      });
      expect(outcome).to.equal('gone');
      expect(await given.connections.find('listener-1')).to.deep.equal(sampleListener());
    });
  });

  describe('setBroadcastState', () => {
    const set = (change: Partial<Session['broadcastState']>, nowMs = 2_000_000, speakerConnectionId = 'speaker-1') =>
      given.sessions.setBroadcastState({
        sessionId: SESSION_ID,
        speakerConnectionId,
        change,
        nowMs,
        notAfterMs: nowMs - 250,
      });

    it('changes what is given and keeps the rest', async () => {
      await given.createSession();
      const first = sampleSession({
        broadcastState: { paused: false, muted: false, volume: 0.35 },
        broadcastStateChangedAt: 2_000_000,
        revision: 2,
      });
      expect(await set({ volume: 0.35 })).to.deep.equal(first);
      const second = {
        ...first,
        broadcastState: { paused: true, muted: true, volume: 0.35 },
        broadcastStateChangedAt: 2_000_250,
        revision: 3,
      };
      expect(await set({ paused: true, muted: true }, 2_000_250)).to.deep.equal(second);
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(second);
    });

    it('refuses when the last change is too recent', async () => {
      await given.createSession();
      const first = await set({ paused: true });
      expect(await set({ paused: false }, 2_000_249)).to.equal('tooSoon');
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(first);
    });

    it('takes the same moment for one change: it is a repetition', async () => {
      await given.createSession();
      const first = await set({ paused: true });
      expect(await set({ paused: true })).to.deep.equal(first);
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(first);
    });

    it("refuses another connection, a session that is not active, and one that isn't there", async () => {
      expect(await set({ paused: true })).to.equal('notSpeaker');
      await given.createSession();
      expect(await set({ paused: true }, 2_000_000, 'speaker-2')).to.equal('notSpeaker');
      await given.endAndClose();
      const ended = await given.sessions.find(SESSION_ID);
      expect(await set({ paused: true })).to.equal('notSpeaker');
      expect(await given.sessions.find(SESSION_ID)).to.deep.equal(ended);
    });
  });
}

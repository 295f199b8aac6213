import { expect } from 'chai';
import { refusal } from '../support/refusal.ts';
import { listedIds, sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const listening = {
  connectionId: 'listener-2',
  connectedAt: 1_990_000,
  userId: undefined,
  sessionId: id,
  role: 'listener',
  previousConnectionId: 'listener-1',
} as const;
const speaking = {
  connectionId: 'speaker-2',
  connectedAt: 1_990_000,
  userId: 'user-1',
  sessionId: id,
  role: 'speaker',
} as const;

const session = sampleSession({ listenerCount: 1 });
const people = [sampleSpeaker(), sampleListener()];
const room = (more: SetUp = {}) => setUp({ sessions: [session], connections: people, ...more });

describe('refreshConnection of a listener', () => {
  it('moves the place to the new connection, and leaves the count alone', async () => {
    const { refreshConnection, sessions, connections } = room({ maxListeners: 1 });

    expect(await refreshConnection(listening)).to.deep.equal({
      type: 'connectionRefreshComplete',
      sessionId: 'faithful-shepherd-427',
      role: 'listener',
      targetLanguage: 'es',
      connectionId: 'listener-2',
      previousConnectionId: 'listener-1',
    });
    expect(sessions.items.get(id)).to.deep.equal(session);
    expect(await listedIds(connections, id)).to.deep.equal(['listener-2']);
    expect(connections.items.get('listener-2')).to.deep.equal({
      connectionId: 'listener-2',
      sessionId: 'faithful-shepherd-427',
      role: 'listener',
      targetLanguage: 'es',
      supersedes: 'listener-1',
      connectedAt: 1_990_000,
      lastHeartbeatAt: 2_000_000,
    });
  });

  it('refuses one that has a place of its own, and leaves the other one its place', async () => {
    const { refreshConnection, connections } = room({
      sessions: [sampleSession({ listenerCount: 2 })],
      connections: [...people, sampleListener({ connectionId: 'listener-2' })],
    });

    await refusal(refreshConnection(listening), 'ALREADY_IN_SESSION');

    expect(await listedIds(connections, id)).to.deep.equal(['listener-1', 'listener-2']);
  });

  it('makes the end of the old connection mean nothing, and that of the new one count', async () => {
    const { refreshConnection, disconnect, sessions, connections } = room();
    await refreshConnection(listening);
    await disconnect('listener-1', 1000);
    expect(sessions.items.get(id)?.listenerCount).to.equal(1);
    await disconnect('listener-2', 1006);
    expect(sessions.items.get(id)?.listenerCount).to.equal(0);
    expect([...connections.items.keys()]).to.deep.equal(['speaker-1']);
  });

  it('gives the same answer when asked twice, one after the other and at once', async () => {
    const { refreshConnection, sessions, connections } = room();
    const first = await refreshConnection(listening);
    expect(await refreshConnection(listening)).to.deep.equal(first);
    expect(await Promise.all([refreshConnection(listening), refreshConnection(listening)])).to.deep.equal([
      first,
      first,
    ]);
    expect(sessions.items.get(id)?.listenerCount).to.equal(1);
    expect(await listedIds(connections, id)).to.deep.equal(['listener-2']);
  });

  it('can be repeated when it broke off between the two writes', async () => {
    const { refreshConnection, connections } = room();
    const { create } = connections;
    connections.create = () => Promise.reject(new Error('crashed'));
    await refreshConnection(listening).catch(() => {});
    connections.create = create;
    expect((await refreshConnection(listening)).targetLanguage).to.equal('es');
  });

  it('goes to one of two connections that ask for the same place', async () => {
    const { refreshConnection, connections } = room();
    const outcomes = await Promise.allSettled([
      refreshConnection(listening),
      refreshConnection({ ...listening, connectionId: 'listener-3' }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    expect(await listedIds(connections, id)).to.have.length(1);
  });

  it('needs the previous connection, and another one than the one that asks', async () => {
    const { refreshConnection } = room();
    const missing = await refusal(
      refreshConnection({ ...listening, previousConnectionId: undefined }),
      'INVALID_PARAMETERS',
    );
    expect(missing.details).to.deep.equal([
      { field: 'previousConnectionId', problem: 'is missing: a listener proves its place with it' },
    ]);
    const same = await refusal(
      refreshConnection({ ...listening, previousConnectionId: 'listener-2' }),
      'INVALID_PARAMETERS',
    );
    expect(same.details[0]?.problem).to.equal('must be another connection than the one that refreshes');
  });

  it("does not take over another session's connection, nor the speaker's", async () => {
    const stranger = sampleListener({ connectionId: 'stranger', sessionId: 'quiet-river-100' });
    const { refreshConnection, connections } = room({ connections: [...people, stranger] });
    for (const previousConnectionId of ['stranger', 'speaker-1']) {
      const error = await refusal(refreshConnection({ ...listening, previousConnectionId }), 'FORBIDDEN');
      expect(error.details).to.deep.equal([
        { field: 'previousConnectionId', problem: 'belongs to another session or role' },
      ]);
    }
    expect(connections.items.get('stranger')).to.deep.equal(stranger);
    expect(connections.items.has('listener-2')).to.equal(false);
  });

  it('has nothing to take from a connection that is gone, or that has handed its place on', async () => {
    const { refreshConnection } = room();
    await refusal(refreshConnection({ ...listening, previousConnectionId: 'nobody' }), 'NOT_IN_SESSION');
    await refreshConnection(listening);
    await refusal(refreshConnection({ ...listening, connectionId: 'listener-3' }), 'NOT_IN_SESSION');
  });

  it('does not find a session that is not there, has ended, or has expired', async () => {
    const { refreshConnection, sessions } = room({ connections: [] });
    sessions.items.set(id, { ...session, isActive: false });
    await refusal(refreshConnection(listening), 'SESSION_NOT_FOUND');
    sessions.items.set(id, { ...session, expiresAt: 2_000_000 });
    await refusal(refreshConnection(listening), 'SESSION_NOT_FOUND');
    sessions.items.delete(id);
    await refusal(refreshConnection(listening), 'SESSION_NOT_FOUND');
    await refusal(refreshConnection({ ...listening, sessionId: '?' }), 'INVALID_SESSION_ID');
  });

  it('refuses a connection that has another role, and leaves the old one its place', async () => {
    const elsewhere = sampleListener({ connectionId: 'listener-2', sessionId: 'quiet-river-100' });
    const { refreshConnection, connections, sessions, disconnect } = room({ connections: [...people, elsewhere] });

    await refusal(refreshConnection(listening), 'ALREADY_IN_SESSION');

    expect(connections.items.get('listener-1')).to.deep.equal(sampleListener());
    expect(await listedIds(connections, id)).to.deep.equal(['listener-1']);
    await disconnect('listener-1', 1000);
    expect(sessions.items.get(id)?.listenerCount).to.equal(0);
  });
});

describe('refreshConnection of a speaker', () => {
  it('moves the session to the new connection, extends it, and forgets the old one', async () => {
    const { refreshConnection, sessions, connections, push } = room();

    expect(await refreshConnection(speaking)).to.deep.equal({
      type: 'connectionRefreshComplete',
      sessionId: 'faithful-shepherd-427',
      role: 'speaker',
      connectionId: 'speaker-2',
      previousConnectionId: 'speaker-1',
    });
    expect(sessions.items.get(id)).to.deep.equal({
      ...session,
      speakerConnectionId: 'speaker-2',
      expiresAt: 9_200_000,
      statusPushedAt: 2_000_000,
    });
    expect([...connections.items.keys()]).to.deep.equal(['listener-1', 'speaker-2']);
    expect(push.typesTo('listener-1')).to.deep.equal([]);
  });

  it('tells the new connection how the session is', async () => {
    const { refreshConnection, push } = room();
    await refreshConnection(speaking);
    expect(push.sent).to.deep.equal([
      {
        to: 'speaker-2',
        message: {
          type: 'sessionStatus',
          sessionId: 'faithful-shepherd-427',
          state: 'active',
          listenerCount: 1,
          listenersByLanguage: { es: 1 },
          createdAt: 1_000_000,
          expiresAt: 9_200_000,
          durationSeconds: 1_000,
          timestamp: 2_000_000,
        },
      },
    ]);
  });

  it('counts those who turned out to be gone no more when it does', async () => {
    const { refreshConnection, disconnect, push } = room();
    await disconnect('speaker-1', 1006);
    push.gone.add('listener-1');
    await refreshConnection(speaking);
    expect(push.sent.at(-1)?.message).to.deep.include({
      type: 'sessionStatus',
      listenerCount: 0,
      listenersByLanguage: {},
    });
  });

  it('succeeds even if the status cannot be read', async () => {
    const { refreshConnection, connections, untold } = room();
    connections.listenerPages = () => {
      throw new Error('no answer');
    };
    expect((await refreshConnection(speaking)).type).to.equal('connectionRefreshComplete');
    expect(untold).to.have.length(1);
  });

  it('makes the end of the old connection mean nothing', async () => {
    const { refreshConnection, disconnect, sessions, push } = room();
    await refreshConnection(speaking);
    await disconnect('speaker-1', 1000);
    expect(sessions.items.get(id)?.isActive).to.equal(true);
    expect(push.typesTo('listener-1')).to.deep.equal([]);
  });

  it('does so even if the old end arrives before the old item is gone', async () => {
    const { refreshConnection, disconnect, sessions, connections } = room();
    const { create } = connections;
    connections.create = async (connection) => {
      await disconnect('speaker-1', 1000);
      return create(connection);
    };
    await refreshConnection(speaking);
    expect(sessions.items.get(id)).to.include({ isActive: true, speakerConnectionId: 'speaker-2' });
  });

  it('gives the same answer when asked twice, and disturbs nobody', async () => {
    const { refreshConnection, push } = room();
    const first = await refreshConnection(speaking);
    expect(await refreshConnection({ ...speaking, previousConnectionId: 'speaker-1' })).to.deep.equal(first);
    expect(push.typesTo('listener-1')).to.deep.equal([]);
  });

  it('within the grace period resumes the session, and tells the listeners', async () => {
    const { refreshConnection, disconnect, sessions, push, clock } = room();
    await disconnect('speaker-1', 1006);
    clock.advance(20_000);
    await refreshConnection(speaking);
    expect(sessions.items.get(id)).to.not.have.property('speakerLostAt');
    expect(push.typesTo('listener-1')).to.deep.equal(['sessionInterrupted', 'sessionResumed']);
  });

  it('tells the listeners when it is repeated after breaking off before it had told them', async () => {
    const { refreshConnection, disconnect, connections, push } = room();
    await disconnect('speaker-1', 1006);
    const { create } = connections;
    connections.create = () => Promise.reject(new Error('crashed'));
    await refreshConnection(speaking).catch(() => {});
    connections.create = create;
    await refreshConnection(speaking);
    expect(push.typesTo('listener-1')).to.deep.equal(['sessionInterrupted', 'sessionResumed']);
  });

  it('is for the same user only', async () => {
    const { refreshConnection, sessions, connections } = room();
    await refusal(refreshConnection({ ...speaking, userId: 'user-2' }), 'FORBIDDEN');
    await refusal(refreshConnection({ ...speaking, userId: undefined }), 'UNAUTHORIZED');
    expect(sessions.items.get(id)).to.deep.equal(session);
    expect(connections.items.has('speaker-2')).to.equal(false);
  });

  it('does not find a session that is not there, has ended, or has expired', async () => {
    const { refreshConnection, sessions, clock } = room();
    await refusal(refreshConnection({ ...speaking, sessionId: 'gentle-river-123' }), 'SESSION_NOT_FOUND');
    await refusal(refreshConnection({ ...speaking, sessionId: 'x' }), 'INVALID_SESSION_ID');
    clock.advance(6_200_000);
    await refusal(refreshConnection(speaking), 'SESSION_NOT_FOUND');
    sessions.items.set(id, { ...session, isActive: false, expiresAt: 99_000_000 });
    await refusal(refreshConnection(speaking), 'SESSION_NOT_FOUND');
  });

  it('refuses a connection that has another role, and leaves the session its speaker', async () => {
    const elsewhere = sampleListener({ connectionId: 'speaker-2', sessionId: 'quiet-river-100' });
    const { refreshConnection, sessions, connections } = room({ connections: [...people, elsewhere] });
    await refusal(refreshConnection(speaking), 'ALREADY_IN_SESSION');
    expect(sessions.items.get(id)?.speakerConnectionId).to.equal('speaker-1');
    expect(connections.items.get('speaker-1')).to.deep.equal(sampleSpeaker());
    expect(connections.items.get('speaker-2')).to.deep.equal(elsewhere);
  });

  it('does not stop the grace period when it is refused', async () => {
    const lost = sampleSession({ speakerLostAt: 1_999_000 });
    const { refreshConnection, sessions } = room({
      sessions: [lost],
      connections: [sampleListener({ connectionId: 'speaker-2' })],
    });

    await refusal(refreshConnection(speaking), 'ALREADY_IN_SESSION');

    expect(sessions.items.get(id)).to.deep.equal({ ...lost, statusPushedAt: 2_000_000 });
  });
});

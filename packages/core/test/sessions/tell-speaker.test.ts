import { expect } from 'chai';
import { ServiceError } from '../../src/protocol/index.ts';
import { withinReason } from '../../src/sessions/tell-speaker.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const room = (more: SetUp = {}) =>
  setUp({ sessions: [sampleSession()], connections: [sampleSpeaker()], statusPushMs: 5_000, ...more });
const join = (connectionId: string, targetLanguage = 'es') => ({
  connectionId,
  connectedAt: 1_990_000,
  addressHash: 'address-1',
  sessionId: id,
  targetLanguage,
});

describe('A speaker is told', () => {
  it('of the first who joins at once, of those who follow not before some seconds are over', async () => {
    const { joinSession, push, clock } = room();
    await joinSession(join('l-1'));
    await joinSession(join('l-2', 'fr'));
    clock.advance(4_999);
    await joinSession(join('l-3'));
    expect(push.sent).to.deep.equal([
      {
        to: 'speaker-1',
        message: {
          type: 'sessionStatus',
          sessionId: 'faithful-shepherd-427',
          state: 'active',
          listenerCount: 1,
          listenersByLanguage: { es: 1 },
          createdAt: 1_000_000,
          expiresAt: 8_200_000,
          durationSeconds: 1_000,
          timestamp: 2_000_000,
        },
      },
    ]);

    clock.advance(1);
    await joinSession(join('l-4', 'fr'));
    expect(push.sent).to.have.length(2);
    expect(push.sent[1]?.message).to.deep.include({ listenerCount: 4, listenersByLanguage: { es: 2, fr: 2 } });
  });

  it('once when fifty join at once', async () => {
    const { joinSession, push } = room();
    await Promise.all(Array.from({ length: 50 }, (_, index) => joinSession(join(`l-${index}`))));
    expect(push.typesTo('speaker-1')).to.deep.equal(['sessionStatus']);
  });

  it('of one who leaves', async () => {
    const { joinSession, disconnect, push, clock } = room();
    await joinSession(join('l-1'));
    await joinSession(join('l-2', 'fr'));
    clock.advance(5_000);
    await disconnect('l-1', 1001);
    expect(push.sent[1]?.message).to.deep.include({ listenerCount: 1, listenersByLanguage: { fr: 1 } });
  });

  it('of the change itself even if the index does not know of it yet', async () => {
    const { joinSession, push, connections } = room();
    connections.unseenByIndex.push(['l-1']);
    await joinSession(join('l-1'));
    expect(push.sent[0]?.message).to.deep.include({ listenerCount: 1, listenersByLanguage: { es: 1 } });
  });

  it('of nothing that changes nothing: a join asked twice, and one that hands its place on', async () => {
    const { joinSession, refreshConnection, push, clock } = room();
    await joinSession(join('l-1'));
    clock.advance(5_000);
    await joinSession(join('l-1'));
    const place = { sessionId: id, role: 'listener', previousConnectionId: 'l-1' } as const;
    await refreshConnection({ ...place, connectionId: 'l-2', connectedAt: 2_000_000, userId: undefined });
    expect(push.sent).to.have.length(1);
  });

  it('of nothing while the session waits, when it is over, and when that is switched off', async () => {
    const lost = room({ sessions: [sampleSession({ speakerLostAt: 1_999_000 })] });
    await lost.joinSession(join('l-1'));
    const over = room({
      sessions: [sampleSession({ isActive: false, listenerCount: 1 })],
      connections: [sampleListener()],
    });
    await over.disconnect('listener-1', 1001);
    const off = room({ statusPushMs: 0 });
    await off.joinSession(join('l-1'));
    for (const { push } of [lost, over, off]) expect(push.sent).to.deep.equal([]);
  });

  it('or not: a listener who joins hears nothing of a speaker who is gone, and nothing changes', async () => {
    const { joinSession, sessions, connections, push, untold } = room();
    push.gone.add('speaker-1');
    expect((await joinSession(join('l-1'))).type).to.equal('sessionJoined');
    expect([...connections.items.keys()]).to.deep.equal(['speaker-1', 'l-1']);
    expect(sessions.items.get(id)).to.not.have.property('speakerLostAt');
    push.failing.add('speaker-1');
    expect((await joinSession(join('l-2'))).type).to.equal('sessionJoined');
    expect(untold).to.deep.equal([]);
  });

  it('or not: nor of a database that does not answer', async () => {
    const { joinSession, sessions, untold } = room();
    const failure = new ServiceError('SERVICE_UNAVAILABLE', 'The database does not answer');
    sessions.claimStatusPush = () => Promise.reject(failure);
    expect((await joinSession(join('l-1'))).listenerCount).to.equal(1);
    expect(untold).to.deep.equal([failure]);
  });
});

describe('What nobody asked for', () => {
  it('keeps nobody waiting for long', async () => {
    const failures: unknown[] = [];
    await withinReason(
      () => new Promise(() => {}),
      (error) => failures.push(error),
    );
    expect(failures.map(String)).to.deep.equal(['TimeoutError: The operation was aborted due to timeout']);
  });
});

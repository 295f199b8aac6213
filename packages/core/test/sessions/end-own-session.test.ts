import { expect } from 'chai';
import { ANONYMOUS, speakerIdentity, UNCHECKED } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const request = { connectionId: 'speaker-1', identity: speakerIdentity() };
const room = (options: SetUp = {}) =>
  setUp({ sessions: [sampleSession()], connections: [sampleSpeaker(), sampleListener()], ...options });

describe('endSession', () => {
  it('ends the session with one write, and answers', async () => {
    const { endOwnSession, session, places, sent, deliverer } = room();

    expect(await endOwnSession(request)).to.deep.equal({
      type: 'sessionEnded',
      sessionId: id,
      revision: 2,
      reason: 'speakerEnded',
    });
    expect(session()).to.deep.equal(
      sampleSession({ state: 'ended', endedAt: 2_000_000, endReason: 'speakerEnded', revision: 2 }),
    );
    expect(places().taken, 'the rest follows from the stream').to.equal(1);
    expect(sent).to.deep.equal([]);
    expect(deliverer.accepted).to.deep.equal([]);
  });

  it('asked again gives the same answer, and changes nothing', async () => {
    const { endOwnSession, session, clock } = room();
    const first = await endOwnSession(request);
    clock.advance(5000);
    expect(await endOwnSession(request)).to.deep.equal(first);
    expect(session()?.endedAt).to.equal(2_000_000);
  });

  it('asked again when the end is complete gives the same answer', async () => {
    const { endOwnSession, deliver, session } = room();
    const first = await endOwnSession(request);
    await deliver({ task: 'completeEnd', sessionId: id, createdAt: 1_000_000 });
    expect(session()).to.have.property('endCompletedAt');
    expect(await endOwnSession(request)).to.deep.equal(first);
  });

  it('asked twice at once ends it once', async () => {
    const { endOwnSession, session } = room();
    const [one, two] = await Promise.all([endOwnSession(request), endOwnSession(request)]);
    expect(one).to.deep.equal(two);
    expect(session()?.revision).to.equal(2);
  });

  it('tells of an end that had another reason', async () => {
    const { endOwnSession } = room({
      sessions: [sampleSession({ state: 'ended', endedAt: 1_999_000, endReason: 'operatorEnded', revision: 8 })],
    });
    expect(await endOwnSession(request)).to.include({ revision: 8, reason: 'operatorEnded' });
  });

  it('of a session whose record has gone says that it expired', async () => {
    const { endOwnSession, tables } = room();
    tables.partitionOf(id).stored = undefined;
    expect(await endOwnSession(request)).to.include({ revision: 1, reason: 'expired' });
  });

  it('is refused to a listener, with or without a token, and on a connection without a role', async () => {
    const { endOwnSession, session } = room();
    for (const identity of [ANONYMOUS, speakerIdentity()]) {
      await refusal(endOwnSession({ connectionId: 'listener-1', identity }), 'FORBIDDEN');
      await refusal(endOwnSession({ connectionId: 'new', identity }), 'NOT_IN_SESSION');
    }
    expect(session()?.state).to.equal('active');
  });

  it('is refused once the token has expired, or could not be checked', async () => {
    const { endOwnSession, session } = room();
    await refusal(endOwnSession({ ...request, identity: speakerIdentity('user-1', 2_000_000) }), 'TOKEN_EXPIRED');
    await refusal(endOwnSession({ ...request, identity: UNCHECKED }), 'SERVICE_UNAVAILABLE');
    expect(session()?.state).to.equal('active');
  });

  it('is refused on a connection that the session has left, even at that moment', async () => {
    const { endOwnSession, sessions, session, refreshConnection } = room();
    const { end } = sessions;
    sessions.end = async (change) => {
      await refreshConnection({
        connectionId: 'speaker-2',
        connectedAt: 1_990_000,
        identity: speakerIdentity(),
        sessionId: id,
        role: 'speaker',
      });
      return end(change);
    };
    await refusal(endOwnSession(request), 'FORBIDDEN');
    expect(session()).to.include({ state: 'active', speakerConnectionId: 'speaker-2' });
  });
});

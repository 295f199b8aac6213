import { expect } from 'chai';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const listeners = ['l-1', 'l-2', 'l-3', 'l-4'].map((connectionId) => sampleListener({ connectionId }));
const room = (more: SetUp = {}) =>
  setUp({ sessions: [sampleSession({ listenerCount: 4 })], connections: [sampleSpeaker(), ...listeners], ...more });

describe('endSession', () => {
  it('ends the session, tells every listener once, and leaves nothing in the table', async () => {
    const { endOwnSession, sessions, connections, push, meter } = room();

    expect(await endOwnSession('speaker-1')).to.deep.equal({
      type: 'sessionEnded',
      sessionId: 'faithful-shepherd-427',
      reason: 'speakerEnded',
    });
    expect(sessions.items.get(id)).to.deep.equal(
      sampleSession({ isActive: false, endedAt: 2_000_000, endReason: 'speakerEnded' }),
    );
    expect(push.sent.map(({ to, message }) => [to, message.type])).to.deep.equal([
      ['l-1', 'sessionEnded'],
      ['l-2', 'sessionEnded'],
      ['l-3', 'sessionEnded'],
      ['l-4', 'sessionEnded'],
    ]);
    expect(connections.items.size).to.equal(0);
    expect(connections.queries).to.equal(1);
    expect(meter.figures).to.deep.equal([['fanOut', { delivered: 4, gone: 0, failed: 0 }]]);
  });

  it('closes the record before it tells anybody', async () => {
    const { endOwnSession, sessions, push } = room();
    const { fanOut } = push;
    push.fanOut = (ids, message) => {
      expect(sessions.items.get(id)?.isActive).to.equal(false);
      return fanOut(ids, message);
    };
    await endOwnSession('speaker-1');
    expect(push.sent).to.have.length(4);
  });

  it('asks the index again until it has seen as many as the session had counted, and tells nobody twice', async () => {
    const { endOwnSession, connections, push } = room();
    connections.unseenByIndex.push(['l-2', 'l-3', 'l-4'], ['l-4']);
    await endOwnSession('speaker-1');
    expect(push.sent.map(({ to }) => to)).to.deep.equal(['l-1', 'l-2', 'l-3', 'l-4']);
    expect(connections.queries).to.equal(3);
    expect(connections.items.size).to.equal(0);
  });

  it('tries each listener once, those who could not be told included', async () => {
    const { endOwnSession, connections, push } = room();
    connections.unseenByIndex.push(['l-4']);
    push.failing.add('l-1');
    const tried: string[] = [];
    const { fanOut } = push;
    push.fanOut = (ids, message) => {
      tried.push(...ids);
      return fanOut(ids, message);
    };
    await endOwnSession('speaker-1');
    expect(tried).to.deep.equal(['l-1', 'l-2', 'l-3', 'l-4']);
  });

  it('gives up asking the index after four times: a count can be too high', async () => {
    const { endOwnSession, connections, push } = room({ sessions: [sampleSession({ listenerCount: 5 })] });
    await endOwnSession('speaker-1');
    expect(connections.queries).to.equal(4);
    expect(push.sent).to.have.length(4);
  });

  it('removes listeners who are gone, and keeps those who could not be told, for the sweeper', async () => {
    const { endOwnSession, connections, push, meter } = room();
    push.gone.add('l-2');
    push.failing.add('l-3');
    await endOwnSession('speaker-1');
    expect([...connections.items.keys()]).to.deep.equal(['l-3']);
    expect(connections.queries, 'those who were tried count as asked').to.equal(1);
    expect(meter.figures).to.deep.equal([['fanOut', { delivered: 2, gone: 1, failed: 1 }]]);
  });

  it('is for the speaker only', async () => {
    const { endOwnSession, sessions } = room();
    await refusal(endOwnSession('l-1'), 'FORBIDDEN');
    await refusal(endOwnSession('nobody'), 'NOT_IN_SESSION');
    expect(sessions.items.get(id)?.isActive).to.equal(true);
  });

  it('is refused on a connection that the session has left', async () => {
    const { endOwnSession, sessions } = room({ sessions: [sampleSession({ speakerConnectionId: 'speaker-2' })] });
    await refusal(endOwnSession('speaker-1'), 'FORBIDDEN');
    expect(sessions.items.get(id)?.isActive).to.equal(true);
  });

  it('twice at once tells the listeners once, and both get the answer', async () => {
    const { endOwnSession, push } = room();
    const answers = await Promise.all([endOwnSession('speaker-1'), endOwnSession('speaker-1')]);
    expect(answers.map(({ reason }) => reason)).to.deep.equal(['speakerEnded', 'speakerEnded']);
    expect(push.sent).to.have.length(4);
  });

  it('of a session that ended otherwise says how', async () => {
    const { endOwnSession, push } = room({ sessions: [sampleSession({ isActive: false, endReason: 'expired' })] });
    expect((await endOwnSession('speaker-1')).reason).to.equal('expired');
    expect(push.sent).to.deep.equal([]);
  });

  it('lets the same connection open a new session', async () => {
    const { endOwnSession, createSession } = room();
    await endOwnSession('speaker-1');
    const reply = await createSession({
      connectionId: 'speaker-1',
      connectedAt: 1_000_000,
      userId: 'user-1',
      sourceLanguage: 'en',
    });
    expect(reply.sessionId).to.equal('drawn-river-100');
  });
});

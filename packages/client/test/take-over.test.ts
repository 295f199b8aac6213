import { expect } from 'chai';
import type { Speaker } from '../src/index.ts';
import { failureOf } from './support/failure-of.ts';
import type { ScriptedConnection } from './support/scripted-service.ts';
import { ScriptedWorld } from './support/scripted-world.ts';
import { nextEvent } from './support/world.ts';

describe('two clients of one speaker', () => {
  let world: ScriptedWorld;
  let first: Speaker;
  beforeEach(async () => {
    world = await ScriptedWorld.start();
    first = await world.speaker().start();
  });
  afterEach(() => world.stop());

  const theSpeaker = (): ScriptedConnection => {
    const [speaker] = world.service.members(first.sessionId, 'speaker');
    if (!speaker) throw new Error('There is no speaker');
    return speaker;
  };

  it('have names of their own, which each keeps on all of its connections', async () => {
    await world.speaker().start();
    theSpeaker().socket.terminate();
    await world.meanwhile(nextEvent(first, 'connecting'));
    await world.settle();

    const [one, other] = world.service.messages('createSession').map(({ clientId }) => clientId);
    expect(one).to.match(/^[0-9a-f]{32}$/);
    expect(other).to.match(/^[0-9a-f]{32}$/);
    expect(other).not.to.equal(one);
    expect(world.service.messages('refreshConnection').map(({ clientId }) => clientId)).to.deep.equal([one]);
    expect(first.state).to.equal('live');
  });

  it('do not take the session from each other unasked', async () => {
    const { sessionId } = first;

    const error = await failureOf(world.speaker({ resume: { sessionId } }).start());

    expect(error).to.include({ name: 'SpeakerReplacedError', code: 'SPEAKER_REPLACED', retriesByItself: false });
    expect(first.state).to.equal('live');
  });

  it('take it over when they mean to: it is over for the first, and goes on for the second', async () => {
    const { sessionId, joinKey } = first;
    const ended = nextEvent(first, 'ended');

    const second = await world.speaker({ resume: { sessionId, takeOver: true } }).start();

    expect(await ended).to.deep.equal({ reason: 'replaced' });
    expect(first.state).to.equal('ended');
    expect(second).to.include({ state: 'live', sessionId, joinKey });
    expect((await second.getStatus()).state).to.equal('active');
    expect(second.createdAt).to.equal(first.createdAt);
  });

  it('take it over once: a later refresh of the second does not ask for it again', async () => {
    const { sessionId } = first;
    const second = await world.speaker({ resume: { sessionId, takeOver: true } }).start();

    theSpeaker().socket.terminate();
    await world.meanwhile(nextEvent(second, 'connecting'));
    await world.settle();

    expect(world.service.messages('refreshConnection').map(({ takeOver }) => takeOver)).to.deep.equal([
      true,
      undefined,
    ]);
    expect(second.state).to.equal('live');
  });

  it('do not fight: who comes back after a replacement that it missed is told, and stops', async () => {
    const { sessionId } = first;
    world.service.notifications = 'lose';
    const connection = theSpeaker();
    await world.speaker({ resume: { sessionId, takeOver: true } }).start();
    const ended = nextEvent(first, 'ended');

    connection.socket.terminate();

    expect(await world.meanwhile(ended)).to.deep.equal({ reason: 'replaced' });
    expect(world.service.messages('refreshConnection')).to.have.length(2);
    expect(world.service.session(sessionId).state).to.equal('active');
  });
});

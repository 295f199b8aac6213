import { expect } from 'chai';
import { messagePublished } from '../../src/sessions/index.ts';
import { ANONYMOUS, speakerIdentity, UNCHECKED } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const sessionId = 'faithful-shepherd-427';
const request = { connectionId: 'speaker-1', identity: speakerIdentity(), to: 'all', data: 'The hall is open' };
const room = (options: SetUp = {}) =>
  setUp({ sessions: [sampleSession()], connections: [sampleSpeaker(), sampleListener()], ...options });

describe('publish by a speaker', () => {
  it('reaches all listeners, and the speaker itself, who follows `all`', async () => {
    const { publishAsSpeaker, sent } = room();
    const published = await publishAsSpeaker({ ...request, name: 'notice', id: 'a' });
    expect(messagePublished(published)).to.deep.equal({
      type: 'messagePublished',
      sessionId,
      channel: 'all',
      epoch: 1_000_000,
      offset: 1,
      repeated: false,
      delivered: 2,
      gone: 0,
      failed: 0,
    });
    expect(sent.map(({ to }) => to)).to.have.members(['listener-1', 'speaker-1']);
    expect(sent[0]?.message).to.deep.include({ type: 'message', channel: 'all', name: 'notice', data: request.data });
  });

  it('reaches the listeners of a language', async () => {
    const { publishAsSpeaker, sent } = room();
    await publishAsSpeaker({ ...request, to: 'es' });
    expect(sent.map(({ to }) => to)).to.deep.equal(['listener-1']);
  });

  it('is refused to all but a speaker whose token is good, and who has the session', async () => {
    const { publishAsSpeaker, sent, tables, sessions } = room();
    await refusal(publishAsSpeaker({ ...request, identity: ANONYMOUS }), 'UNAUTHORIZED');
    await refusal(publishAsSpeaker({ ...request, identity: UNCHECKED }), 'SERVICE_UNAVAILABLE');
    await refusal(publishAsSpeaker({ ...request, identity: speakerIdentity('user-1', 2_000_000) }), 'TOKEN_EXPIRED');
    await refusal(publishAsSpeaker({ ...request, connectionId: 'new' }), 'NOT_IN_SESSION');
    await refusal(publishAsSpeaker({ ...request, connectionId: 'listener-1' }), 'FORBIDDEN');
    await refusal(publishAsSpeaker({ ...request, to: 'speaker' }), 'INVALID_PARAMETERS');
    await refusal(publishAsSpeaker({ ...request, to: 'everybody' }), 'INVALID_LANGUAGE');

    const before = await sessions.find(sessionId);
    if (before) tables.putSession({ session: { ...before, speakerConnectionId: 'speaker-2' } });
    const error = await refusal(publishAsSpeaker(request), 'FORBIDDEN');
    expect(error.message).to.include('another connection');
    expect(sent).to.deep.equal([]);
    expect(tables.channels.size).to.equal(0);
  });

  it('is limited by connection and minute', async () => {
    const { publishAsSpeaker, meter, clock } = room({ messagesPerMinute: 2 });
    await publishAsSpeaker(request);
    await publishAsSpeaker(request);
    const error = await refusal(publishAsSpeaker(request), 'RATE_LIMIT_EXCEEDED');
    expect(error.retryAfterSeconds).to.be.within(1, 60);
    expect(meter.figures).to.deep.include(['rateLimitExceeded', 'publish']);
    clock.advance((error.retryAfterSeconds ?? 0) * 1000);
    expect((await publishAsSpeaker(request)).receipt.offset).to.equal(3);
  });
});

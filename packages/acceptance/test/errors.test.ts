import { type ErrorCode, errorCodes } from '@sessions/core/protocol';
import { expect } from 'chai';
import { type Client, type System, startSystem } from '../src/index.ts';

describe('a refused message', () => {
  let system: System;
  let listener: Client;
  const seen = new Set<ErrorCode>();

  before(async () => {
    system = await startSystem({ max_listeners_per_session: '1' });
  });
  // A connection may have only so much refused in a minute.
  beforeEach(async () => {
    listener = await system.listener();
  });
  after(() => system.stop());

  const refusal = async (client: Client, message: Record<string, unknown>) => {
    const reply = await client.request(message);
    if (reply.type !== 'error') throw new Error(`Expected an error, got ${JSON.stringify(reply)}`);
    seen.add(reply.code);
    return reply;
  };

  it('that is no JSON, or no object: INVALID_MESSAGE', async () => {
    for (const text of ['hello', '[1]', '"text"', 'null', '{"action":']) {
      listener.sendText(text);
      const error = await listener.next('error');
      seen.add(error.code);
      expect(error, text).to.include({ code: 'INVALID_MESSAGE' });
    }
  });

  it('that is larger than 4 KB: INVALID_MESSAGE, which says how large', async () => {
    const error = await refusal(listener, { action: 'heartbeat', padding: 'x'.repeat(5000) });
    expect(error.code).to.equal('INVALID_MESSAGE');
    expect(error.message).to.match(/4096 bytes; this one has 50\d\d/);
  });

  it('without an action, or with an unknown one: INVALID_ACTION, which lists the actions', async () => {
    for (const message of [{}, { action: 'sing' }, { action: '' }, { action: 7 }]) {
      const error = await refusal(listener, message);
      expect(error.code, JSON.stringify(message)).to.equal('INVALID_ACTION');
      expect(error.details?.[0]).to.deep.include({
        field: 'action',
        allowed: [
          'createSession',
          'joinSession',
          'changeLanguage',
          'heartbeat',
          'refreshConnection',
          'recover',
          'publish',
          'setBroadcastState',
          'getSessionStatus',
          'endSession',
        ],
      });
    }
  });

  it('with a field missing, unknown or wrong: INVALID_PARAMETERS, which names it', async () => {
    const cases = [
      [{ action: 'joinSession', sessionId: 'faithful-shepherd-427' }, 'targetLanguage'],
      [{ action: 'joinSession', targetLanguage: 'es' }, 'sessionId'],
      [{ action: 'joinSession', sessionId: 5, targetLanguage: 'es' }, 'sessionId'],
      [{ action: 'createSession' }, 'sourceLanguage'],
      [{ action: 'createSession', sourceLanguage: 'en', qualityTier: 'gold' }, 'qualityTier'],
      [{ action: 'heartbeat', sentAt: 'now' }, 'sentAt'],
      [{ action: 'heartbeat', extra: true }, 'extra'],
      [{ action: 'refreshConnection', sessionId: 'faithful-shepherd-427', role: 'king' }, 'role'],
      [{ action: 'refreshConnection', sessionId: 'faithful-shepherd-427', role: 'listener' }, 'previousConnectionId'],
      [{ action: 'endSession', sessionId: 'faithful-shepherd-427' }, 'sessionId'],
      [{ action: 'changeLanguage' }, 'targetLanguage'],
      [{ action: 'setBroadcastState', volume: 1.5 }, 'volume'],
    ] as const;
    for (const [message, field] of cases) {
      const error = await refusal(listener, message);
      expect(error.code, JSON.stringify(message)).to.equal('INVALID_PARAMETERS');
      expect(error.details?.map((detail) => detail.field)).to.include(field);
    }
  });

  it('with a malformed session ID: INVALID_SESSION_ID', async () => {
    const message = { action: 'joinSession', sessionId: 'nobody', targetLanguage: 'es' };
    expect(await refusal(listener, message)).to.include({ code: 'INVALID_SESSION_ID' });
  });

  it('with something that is no language: INVALID_LANGUAGE', async () => {
    const message = { action: 'joinSession', sessionId: 'faithful-shepherd-427', targetLanguage: 'Klingon!' };
    expect(await refusal(listener, message)).to.include({ code: 'INVALID_LANGUAGE' });
  });

  it('with a language that cannot be spoken: UNSUPPORTED_LANGUAGE, which lists those that can', async () => {
    const message = { action: 'joinSession', sessionId: 'faithful-shepherd-427', targetLanguage: 'eo' };
    const error = await refusal(listener, message);
    expect(error.code).to.equal('UNSUPPORTED_LANGUAGE');
    expect(error.details?.[0]?.allowed).to.include.members(['es', 'fr', 'zh']);
  });

  it('that only a signed-in speaker may send: UNAUTHORIZED', async () => {
    expect(await refusal(listener, { action: 'createSession', sourceLanguage: 'en' })).to.include({
      code: 'UNAUTHORIZED',
    });
    const refresh = { action: 'refreshConnection', sessionId: 'faithful-shepherd-427', role: 'speaker' };
    expect(await refusal(listener, refresh)).to.include({ code: 'UNAUTHORIZED' });
    expect(await refusal(listener, { action: 'setBroadcastState', muted: true })).to.include({ code: 'UNAUTHORIZED' });
  });

  it('of a speaker whose token has expired meanwhile: TOKEN_EXPIRED', async () => {
    const speaker = await system.connect({ token: await system.token({ username: 'joash', expiresInSeconds: 60 }) });
    const { sessionId } = await speaker.ask('sessionCreated', { action: 'createSession', sourceLanguage: 'en' });
    system.stack.clock.advance(61_000);
    for (const message of [
      { action: 'getSessionStatus' },
      { action: 'setBroadcastState', paused: true },
      { action: 'endSession' },
    ]) {
      expect(await refusal(speaker, message)).to.include({ code: 'TOKEN_EXPIRED' });
    }
    // Alive it is all the same, and a connection with a fresh token goes on.
    await speaker.ask('heartbeatAck', { action: 'heartbeat' });
    const next = await system.speaker('joash');
    await system.refresh(sessionId, 'speaker', { from: speaker, to: next });
    await next.ask('sessionEnded', { action: 'endSession' });
  });

  it('of a user whom an operator has denied: SPEAKER_DENIED', async () => {
    const { sessionId } = await system.broadcast('manasseh');
    await system.denySpeaker(String((await system.session(sessionId))?.speakerUserId));
    const denied = await system.speaker('manasseh');
    expect(await refusal(denied, { action: 'createSession', sourceLanguage: 'en' })).to.include({
      code: 'SPEAKER_DENIED',
    });
    const refresh = { action: 'refreshConnection', sessionId, role: 'speaker' };
    expect(await refusal(denied, refresh)).to.include({ code: 'SPEAKER_DENIED' });
  });

  it('of a second client of the same speaker: SPEAKER_REPLACED', async () => {
    const first = await system.speaker('hoshea');
    const create = { action: 'createSession', sourceLanguage: 'en', clientId: 'tab-1' };
    const { sessionId } = await first.ask('sessionCreated', create);
    const refresh = { action: 'refreshConnection', sessionId, role: 'speaker', clientId: 'tab-2' };
    expect(await refusal(await system.speaker('hoshea'), refresh)).to.include({ code: 'SPEAKER_REPLACED' });
  });

  it('about a session that is not there: SESSION_NOT_FOUND', async () => {
    const join = { action: 'joinSession', sessionId: 'faithful-shepherd-427', targetLanguage: 'es' };
    expect(await refusal(listener, join)).to.include({ code: 'SESSION_NOT_FOUND' });
    const { sessionId, speaker } = await system.broadcast('saul');
    await speaker.ask('sessionEnded', { action: 'endSession' });
    expect(await refusal(listener, { ...join, sessionId })).to.include({ code: 'SESSION_NOT_FOUND' });
  });

  it('to a full session: SESSION_FULL', async () => {
    const { sessionId } = await system.broadcast('samson');
    await system.joined(sessionId, 'es');
    const join = { action: 'joinSession', sessionId, targetLanguage: 'es' };
    expect(await refusal(await system.listener(), join)).to.include({ code: 'SESSION_FULL' });
  });

  it('of a connection that has another role: ALREADY_IN_SESSION', async () => {
    const { sessionId, speaker } = await system.broadcast('ahab');
    const other = await system.broadcast('jezebel');
    const join = { action: 'joinSession', sessionId, targetLanguage: 'es' };
    expect(await refusal(speaker, join)).to.include({ code: 'ALREADY_IN_SESSION' });
    expect((await system.session(sessionId))?.listenerCount).to.equal(0);

    const inside = await system.joined(sessionId, 'es');
    const elsewhere = { ...join, sessionId: other.sessionId };
    expect(await refusal(inside, elsewhere)).to.include({ code: 'ALREADY_IN_SESSION' });
    expect((await system.session(other.sessionId))?.listenerCount).to.equal(0);
  });

  it('of a connection that has no role: NOT_IN_SESSION', async () => {
    for (const message of [
      { action: 'heartbeat' },
      { action: 'endSession' },
      { action: 'changeLanguage', targetLanguage: 'es' },
      { action: 'getSessionStatus' },
    ]) {
      expect(await refusal(await system.listener(), message)).to.include({ code: 'NOT_IN_SESSION' });
    }
  });

  it('to a session that starts later: NOT_STARTED, which says when', async () => {
    const startsAt = Date.now() + 2 * 3_600_000;
    const { sessionId } = await system.schedule('hezekiah', startsAt);
    const error = await refusal(listener, { action: 'joinSession', sessionId, targetLanguage: 'es' });
    expect(error).to.include({ code: 'NOT_STARTED', startsAt, retryAfter: 3600 });
  });

  it('of the wrong role: FORBIDDEN', async () => {
    const { sessionId, speaker } = await system.broadcast('absalom');
    const inside = await system.joined(sessionId, 'es');
    expect(await refusal(inside, { action: 'endSession' })).to.include({ code: 'FORBIDDEN' });
    expect(await refusal(speaker, { action: 'changeLanguage', targetLanguage: 'fr' })).to.include({
      code: 'FORBIDDEN',
    });
  });

  it('that comes too often: RATE_LIMIT_EXCEEDED, which says how long to wait', async () => {
    const { speaker } = await system.broadcast('rehoboam');
    const replies = [];
    for (let beat = 0; beat < 5; beat++) replies.push(await speaker.request({ action: 'heartbeat' }));
    const last = replies.at(-1);
    expect(last).to.include({ type: 'error', code: 'RATE_LIMIT_EXCEEDED' });
    expect(last).to.have.property('retryAfter').that.is.within(1, 30);
    seen.add('RATE_LIMIT_EXCEEDED');
  });

  it('while the database is away: SERVICE_UNAVAILABLE', async () => {
    const { speaker } = await system.broadcast('jeroboam');
    system.stack.interrupt('dynamodb');
    expect(await refusal(speaker, { action: 'heartbeat' })).to.include({ code: 'SERVICE_UNAVAILABLE' });
    system.stack.restore('dynamodb');
  });

  it('by a fault of ours: INTERNAL_ERROR, with an ID and nothing else', async () => {
    const { speaker } = await system.broadcast('athaliah');
    await system.breakConnection(speaker);
    const error = await refusal(speaker, { action: 'heartbeat' });
    expect(error.code).to.equal('INTERNAL_ERROR');
    expect(error.message).to.equal('The service failed; the error is in its log');
    expect(error.details?.[0]?.problem).to.match(/^errorId [\w-]+$/);
  });

  after('every error code that a socket can get has been seen', () => {
    // A message of a client is smaller than what may be published, and sessions are scheduled over HTTP (http-api.test.ts).
    const onlyByHttp = new Set<ErrorCode>(['MESSAGE_TOO_LARGE', 'TOO_MANY_SCHEDULED']);
    const codes = (Object.keys(errorCodes) as ErrorCode[]).filter((code) => !onlyByHttp.has(code));
    expect([...seen].sort()).to.deep.equal(codes.sort());
  });
});

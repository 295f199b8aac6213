import {
  messagePage,
  ownSession,
  ownSessions,
  problem,
  publicSession,
  publishReceipt,
  type ServerMessageOf,
} from '@sessions/core/protocol';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect } from 'chai';
import { Sha256 } from '../../core/src/apigateway/sha256.ts';
import { type System, startSystem } from '../src/index.ts';

const ORIGIN = 'https://app.example.com';
const HOUR_MS = 3_600_000;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

describe('the HTTP API', () => {
  let system: System;
  before(async () => {
    system = await startSystem({
      http_allowed_origins: JSON.stringify([ORIGIN]),
      max_scheduled_sessions: '3',
      rate_limit_wrong_ids_per_min: '10',
    });
  });
  after(() => system.stop());

  interface Request {
    readonly method?: string;
    readonly token?: string;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  }

  /** Asks over HTTP. A refusal of the service's own is held to its schema. */
  async function ask(path: string, { method = 'GET', token, body, headers }: Request = {}): Promise<Answer> {
    const { httpApiUrl } = system.stack;
    if (httpApiUrl === undefined) throw new Error('The stack has no HTTP API');
    const response = await fetch(`${httpApiUrl.replace(/\/$/, '')}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
    if (response.headers.get('content-type') === 'application/problem+json') problem.parse(answer.body);
    return answer;
  }

  const schedule = async (token: string, startsInMs: number) => {
    const startsAt = new Date(system.stack.clock.nowMs() + startsInMs).toISOString();
    return ask('/sessions', { method: 'POST', token, body: { sourceLanguage: 'en', startsAt } });
  };
  /** A session of this user that starts in so long. */
  async function scheduled(username: string, startsInMs: number) {
    const token = await system.token({ username });
    const { status, body } = await schedule(token, startsInMs);
    expect(status, JSON.stringify(body)).to.equal(201);
    return { token, session: ownSession.parse(body) };
  }

  describe('a session that is created ahead of time', () => {
    it('is looked up, refuses who comes too early, and is listed to its owner alone', async () => {
      const { token, session } = await scheduled('ruth', 2 * HOUR_MS);
      const { sessionId, startsAt = 0 } = session;

      const seen = await ask(`/sessions/${sessionId}`);
      expect(seen.headers.get('cache-control')).to.equal('private, max-age=2');
      expect(publicSession.parse(seen.body)).to.deep.include({ sessionId, state: 'scheduled', full: false, startsAt });
      expect(JSON.stringify(seen.body)).to.not.contain('ruth');

      const listener = await system.listener();
      const refused = await listener.ask('error', { action: 'joinSession', sessionId, targetLanguage: 'es' });
      expect(refused).to.include({ code: 'NOT_STARTED', startsAt, retryAfter: 3600 });

      const own = await ask('/sessions', { token });
      expect(ownSessions.parse(own.body).sessions).to.deep.equal([session]);
      const others = await ask('/sessions', { token: await system.token({ username: 'orpah' }) });
      expect(others.body).to.deep.equal({ sessions: [] });
    });

    it('is joined before it starts, and starts when its speaker comes', async () => {
      const { session } = await scheduled('naomi', HOUR_MS / 6);
      const { sessionId } = session;
      const listener = await system.listener();
      const joined = await listener.ask('sessionJoined', { action: 'joinSession', sessionId, targetLanguage: 'es' });
      expect(joined).to.include({ state: 'scheduled', startsAt: session.startsAt });

      const speaker = await system.speaker('naomi');
      const back = await speaker.ask('connectionRefreshComplete', {
        action: 'refreshConnection',
        sessionId,
        role: 'speaker',
        clientId: 'tab-1',
      });

      expect(back).to.include({ state: 'active', revision: 2 });
      expect(await listener.next('sessionStarted')).to.include({ sessionId, state: 'active', revision: 2 });
      const status: ServerMessageOf<'sessionStatus'> = await speaker.next('sessionStatus');
      expect(status).to.include({ listenerCount: 1 });
      expect(publicSession.parse((await ask(`/sessions/${sessionId}`)).body)).to.include({ state: 'active' });
    });

    it('starts for nobody else', async () => {
      const { session } = await scheduled('boaz', HOUR_MS / 6);
      const stranger = await system.speaker('orpah');
      const refused = await stranger.ask('error', {
        action: 'refreshConnection',
        sessionId: session.sessionId,
        role: 'speaker',
      });
      expect(refused.code).to.equal('SESSION_NOT_FOUND');
    });

    it('ends as expired when nobody comes', async () => {
      const { session } = await scheduled('elimelech', HOUR_MS);
      await system.expire(session.sessionId);
      await system.sweepUntil(async () => (await system.session(session.sessionId))?.endReason === 'expired');
      expect((await ask(`/sessions/${session.sessionId}`)).status).to.equal(404);
    });

    it('is one of three at most, exactly, and another one for each that has ended', async () => {
      const token = await system.token({ username: 'obed' });
      const answers = await Promise.all(Array.from({ length: 7 }, () => schedule(token, HOUR_MS)));
      const made = answers.filter(({ status }) => status === 201);
      expect(made).to.have.length(3);
      for (const { status, body } of answers.filter((answer) => !made.includes(answer))) {
        expect({ status, code: (body as { code: string }).code }).to.deep.equal({
          status: 409,
          code: 'TOO_MANY_SCHEDULED',
        });
      }
      const { sessionId } = ownSession.parse(made[0]?.body);
      expect((await ask(`/sessions/${sessionId}`, { method: 'DELETE', token })).status).to.equal(204);
      expect((await schedule(token, HOUR_MS)).status).to.equal(201);
    });

    it('is refused to a user who is denied', async () => {
      const token = await system.token({ username: 'mahlon' });
      const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
      await system.denySpeaker(sub);
      const { status, body } = await schedule(token, HOUR_MS);
      expect({ status, code: (body as { code: string }).code }).to.deep.equal({ status: 403, code: 'SPEAKER_DENIED' });
    });
  });

  it('ends a session that is on, tells its listeners and its speaker, and says so again', async () => {
    const token = await system.token({ username: 'jesse' });
    const { sessionId, speaker } = await system.broadcast('jesse');
    const listener = await system.joined(sessionId, 'fr');
    const end = () => ask(`/sessions/${sessionId}`, { method: 'DELETE', token });

    const stranger = await system.token({ username: 'orpah' });
    expect((await ask(`/sessions/${sessionId}`, { method: 'DELETE', token: stranger })).status).to.equal(404);
    const first = await end();

    expect({ status: first.status, body: first.body }).to.deep.equal({ status: 204, body: '' });
    expect(await listener.next('sessionEnded')).to.include({ sessionId, reason: 'speakerEnded' });
    expect(await speaker.next('sessionEnded')).to.include({ sessionId, reason: 'speakerEnded' });
    await system.ended(sessionId);
    expect((await end()).status).to.equal(204);
    expect((await ask(`/sessions/${sessionId}`)).status).to.equal(404);
  });

  it('takes what a backend publishes, and gives it to the owner of the session', async () => {
    const { sessionId, created } = await system.broadcast('david');
    const listener = await system.joined(sessionId, 'es');
    const token = await system.token({ username: 'david' });
    const first = await publish(sessionId, { to: 'ES', data: 'one', id: 'a' });
    expect(first.status, JSON.stringify(first.body)).to.equal(201);
    expect(publishReceipt.parse(first.body)).to.include({ channel: 'es', offset: 1, repeated: false, delivered: 1 });
    expect((await publish(sessionId, { to: 'es', data: 'one', id: 'a' })).status).to.equal(200);
    await publish(sessionId, { to: 'es', name: 'caption', data: { text: 'two' } });
    expect(await listener.take((message) => message.type === 'message' && message.offset === 2)).to.deep.include({
      channel: 'es',
      data: { text: 'two' },
    });
    const page = (query: string, as = token) => ask(`/sessions/${sessionId}/messages?${query}`, { token: as });

    const all = await page('channel=ES');

    expect(all.status, JSON.stringify(all.body)).to.equal(200);
    expect(all.headers.get('cache-control')).to.equal('no-store');
    const { messages, ...rest } = messagePage.parse(all.body);
    expect(rest).to.deep.equal({ sessionId, channel: 'es', epoch: created.createdAt, head: 2, complete: true });
    expect(messages.map(({ publishedAt: _, ...message }) => message)).to.deep.equal([
      { offset: 1, id: 'a', data: 'one' },
      { offset: 2, name: 'caption', data: { text: 'two' } },
    ]);
    const behind = messagePage.parse((await page('channel=es&since=1')).body);
    expect(behind.messages.map(({ offset }) => offset)).to.deep.equal([2]);
    expect((await page('channel=es', await system.token({ username: 'orpah' }))).status).to.equal(404);
    expect((await page('since=1')).body).to.deep.include({ code: 'INVALID_PARAMETERS' });
  });

  it('takes no message for a session that cannot be joined yet', async () => {
    const { session } = await scheduled('solomon', 2 * HOUR_MS);
    const { status, body } = await publish(session.sessionId, { to: 'all', data: 'early' });
    expect(status).to.equal(409);
    expect(problem.parse(body)).to.include({ code: 'NOT_STARTED', startsAt: session.startsAt, retryAfter: 3600 });
  });

  /** Publishes as a backend does: signed with the operator's credentials. */
  async function publish(sessionId: string, body: object): Promise<Answer> {
    const { httpApiUrl = '', credentials, stack } = system.stack;
    const { host, hostname, port, protocol } = new URL(httpApiUrl);
    const path = `/sessions/${sessionId}/messages`;
    const signer = new SignatureV4({ credentials, region: stack.region, service: 'execute-api', sha256: Sha256 });
    const { headers } = await signer.sign({
      ...{ method: 'POST', protocol, hostname, port: Number(port), path },
      headers: { host, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return ask(path, { method: 'POST', body, headers });
  }

  describe('lets in', () => {
    it('nobody without a good access token, where it takes one', async () => {
      const paths = [
        ['GET', '/sessions'],
        ['POST', '/sessions'],
        ['DELETE', '/sessions/faithful-shepherd-427'],
        ['GET', '/sessions/faithful-shepherd-427/messages?channel=es'],
      ] as const;
      const expired = await system.token({ username: 'saul', expiresInSeconds: -60 });
      for (const [method, path] of paths) {
        for (const token of [undefined, 'no-token', expired]) {
          const { status, body } = await ask(path, { method, ...(token !== undefined && { token }) });
          // Of API Gateway itself.
          expect({ status, body }, `${method} ${path}`).to.deep.equal({
            status: 401,
            body: { message: 'Unauthorized' },
          });
        }
        const idToken = await system.token({ username: 'saul', tokenUse: 'id' });
        const { status } = await ask(path, { method, token: idToken });
        expect(status, `${method} ${path}`).to.equal(401);
      }
    });

    it('nobody without a signature, who would publish', async () => {
      const token = await system.token({ username: 'saul' });
      const body = { to: 'es', data: 'hello' };
      for (const as of [{}, { token }]) {
        const { status } = await ask('/sessions/faithful-shepherd-427/messages', { method: 'POST', body, ...as });
        expect(status).to.equal(403);
      }
    });

    it('pages of the origins that are allowed', async () => {
      const preflight = (origin: string) =>
        ask('/sessions', {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization,content-type',
          },
        });
      const { status, headers } = await preflight(ORIGIN);
      expect(status).to.equal(204);
      expect(headers.get('access-control-allow-origin')).to.equal(ORIGIN);
      expect(headers.get('access-control-allow-headers')).to.match(/authorization/i);
      expect((await preflight('https://elsewhere.example')).headers.get('access-control-allow-origin')).to.equal(null);
    });
  });

  it('says that it is well', async () => {
    const { status, body } = await ask('/health');
    expect({ status, body }).to.deep.equal({ status: 200, body: { status: 'ok' } });
  });

  it('names what is wrong with a request', async () => {
    const token = await system.token({ username: 'saul' });
    const { status, body, headers } = await ask('/sessions', { method: 'POST', token, body: { qualityTier: 'best' } });
    expect(status).to.equal(400);
    expect(headers.get('content-type')).to.equal('application/problem+json');
    expect(problem.parse(body).errors?.map(({ field }) => field)).to.deep.equal(['sourceLanguage', 'qualityTier']);
  });

  // The last, for it uses up what this address may guess.
  describe('against guesses', () => {
    it('counts wrong IDs, and then lets right ones wait, but not those of a link', async () => {
      const { session } = await scheduled('samuel', HOUR_MS / 6);
      const wrong = () => ask('/sessions/nobody-nowhere-100');
      // Tests before this one have guessed as well, from the same address.
      let last = await wrong();
      for (let guesses = 1; last.status === 404 && guesses < 20; guesses++) last = await wrong();
      expect({ status: last.status, code: problem.parse(last.body).code }).to.deep.equal({
        status: 429,
        code: 'RATE_LIMIT_EXCEEDED',
      });
      expect(Number(last.headers.get('retry-after'))).to.be.within(1, 60);
      expect((await ask(`/sessions/${session.sessionId}`)).status).to.equal(429);
      const { status } = await ask(`/sessions/${session.sessionId}?k=${encodeURIComponent(session.joinKey)}`);
      expect(status).to.equal(200);
    });
  });
});

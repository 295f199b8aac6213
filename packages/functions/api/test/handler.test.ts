import { createTelemetry, type HttpResult } from '@sessions/core/lambda';
import {
  health,
  type MessagePage,
  messagePage,
  type OwnSession,
  ownSession,
  ownSessions,
  type PublicSession,
  problem,
  publicSession,
  ServiceError,
} from '@sessions/core/protocol';
import { expect } from 'chai';
import { useEnvironment } from '../../../core/test/support/environment.ts';
import { lambdaContext } from '../../../core/test/support/events.ts';
import { httpEvent, type TestRequest } from '../../../core/test/support/http-events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { type ApiDeps, createHandler, createRoutes } from '../src/handler.ts';

const HMAC_KEY = 'a-key-for-tests-of-32-characters';
const SESSION_ID = 'faithful-shepherd-427';

/** Of an access token of Cognito, as a JWT authorizer hands them on. */
const claims = {
  sub: 'user-1',
  token_use: 'access',
  client_id: 'client-1',
  iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_example',
  exp: '7000',
  iat: '3400',
  scope: 'aws.cognito.signin.user.admin',
};
const identity = { kind: 'speaker', userId: 'user-1', tokenExpiresAt: 7_000_000 };

const scheduled: OwnSession = {
  sessionId: SESSION_ID,
  state: 'scheduled',
  revision: 1,
  sourceLanguage: 'en',
  qualityTier: 'standard',
  createdAt: 1,
  startsAt: 3,
  joinsOpenAt: 2,
  expiresAt: 4,
  joinKey: 'k',
  maxListeners: 500,
};
const publicly: PublicSession = {
  sessionId: SESSION_ID,
  state: 'active',
  sourceLanguage: 'en',
  targetLanguages: ['es'],
  full: false,
};
const page: MessagePage = { sessionId: SESSION_ID, channel: 'es', epoch: 1, head: 0, messages: [], complete: true };

/** Sends a request to the function, over use cases that note what they are asked. */
async function send(request: TestRequest, change: Partial<ApiDeps> = {}) {
  const asked: unknown[] = [];
  const noting =
    <T>(answer: T) =>
    async (of?: unknown): Promise<T> => {
      asked.push(of);
      return answer;
    };
  const { result, lines } = await captureOutput(async () => {
    const handle = createHandler({
      telemetry: createTelemetry(),
      hmacKey: HMAC_KEY,
      scheduleSession: noting(scheduled),
      listOwnSessions: noting({ sessions: [scheduled] }),
      lookUpSession: noting(publicly),
      endSession: noting(SESSION_ID),
      exportMessages: noting(page),
      checkHealth: noting(undefined),
      ...change,
    });
    return (await handle(httpEvent(request), lambdaContext())) as HttpResult;
  });
  const body = result.body === undefined ? undefined : (JSON.parse(result.body) as Record<string, unknown>);
  if (result.statusCode >= 400) problem.parse(body);
  return { result, body, asked, text: lines.join('\n') };
}

/** The fields that a refusal names. */
const fieldsOf = (body: unknown) => problem.parse(body).errors?.map(({ field }) => field);

describe('The api function', () => {
  useEnvironment(() => ({ POWERTOOLS_METRICS_NAMESPACE: 'Sessions', POWERTOOLS_SERVICE_NAME: 'api' }));

  it('serves these routes, which the infrastructure sends to it', () => {
    expect(Object.keys(createRoutes({ telemetry: {} } as ApiDeps))).to.deep.equal([
      'POST /sessions',
      'GET /sessions',
      'GET /sessions/{sessionId}',
      'DELETE /sessions/{sessionId}',
      'GET /sessions/{sessionId}/messages',
      'GET /health',
    ]);
  });

  describe('POST /sessions', () => {
    const post = (body: unknown, more: Partial<TestRequest> = {}) =>
      send({ route: 'POST /sessions', claims, body, ...more });

    it("schedules a session for the token's user, and says where it is", async () => {
      const { result, body, asked } = await post({ sourceLanguage: 'en', startsAt: '2026-12-24T18:00:00+01:00' });

      expect(asked).to.deep.equal([
        { identity, sourceLanguage: 'en', qualityTier: undefined, startsAt: 1_798_131_600_000 },
      ]);
      expect(result).to.deep.include({ statusCode: 201 });
      expect(result.headers).to.deep.equal({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        location: '/sessions/faithful-shepherd-427',
      });
      expect(ownSession.parse(body)).to.deep.equal(scheduled);
    });

    it('takes epoch milliseconds, no start at all, and a body in base64', async () => {
      const body = { sourceLanguage: 'en', qualityTier: 'premium' };
      const timed = await post({ ...body, startsAt: 1_798_131_600_000 }, { isBase64: true });
      expect(timed.asked[0]).to.include({ startsAt: 1_798_131_600_000, qualityTier: 'premium' });
      expect((await post(body)).asked[0]).to.include({ startsAt: undefined });
    });

    it('names each field that is wrong', async () => {
      for (const [body, field] of [
        [{}, 'sourceLanguage'],
        [{ sourceLanguage: 7 }, 'sourceLanguage'],
        [{ sourceLanguage: 'en', qualityTier: 'best' }, 'qualityTier'],
        [{ sourceLanguage: 'en', startsAt: 'tomorrow' }, 'startsAt'],
        [{ sourceLanguage: 'en', startsAt: '2026-12-24T18:00:00' }, 'startsAt'],
        [{ sourceLanguage: 'en', startsAt: '2026-13-24T18:00:00Z' }, 'startsAt'],
        [{ sourceLanguage: 'en', startsAt: '2026-11-31T18:00:00Z' }, 'startsAt'],
        [{ sourceLanguage: 'en', startsAt: -1 }, 'startsAt'],
        [{ sourceLanguage: 'en', colour: 'red' }, 'colour'],
      ] as const) {
        const { result, body: refusal, asked } = await post(body);
        expect(result.statusCode, JSON.stringify(body)).to.equal(400);
        expect(refusal).to.include({ code: 'INVALID_PARAMETERS' });
        expect(fieldsOf(refusal)).to.deep.equal([field]);
        expect(asked).to.deep.equal([]);
      }
    });

    it('says how a time is written', async () => {
      const { body } = await post({ sourceLanguage: 'en', startsAt: 'tomorrow' });
      expect(body).to.include({
        detail: 'startsAt: must be a time such as 2026-12-24T18:00:00Z, or epoch milliseconds',
      });
    });

    it('refuses what is not JSON, and a body that is too large', async () => {
      expect((await post('hello')).body).to.include({ code: 'INVALID_MESSAGE', status: 400 });
      expect((await post({ sourceLanguage: 'x'.repeat(5000) })).body).to.include({
        code: 'MESSAGE_TOO_LARGE',
        status: 413,
      });
    });
  });

  describe('asks for an access token', () => {
    const list = (tokenClaims: Record<string, string> | undefined) =>
      send({ route: 'GET /sessions', ...(tokenClaims && { claims: tokenClaims }) });

    it('and takes one of another issuer than Cognito, which does not call itself so', async () => {
      const { token_use: _, ...others } = claims;
      expect((await list(others)).asked).to.deep.equal([{ identity }]);
    });

    it('and no ID token', async () => {
      const { result, body, asked } = await list({ ...claims, token_use: 'id' });
      expect(result.statusCode).to.equal(401);
      expect(result.headers).to.include({ 'www-authenticate': 'Bearer' });
      expect(body).to.include({ code: 'UNAUTHORIZED' });
      expect(asked).to.deep.equal([]);
    });

    it('and none without a user', async () => {
      const { sub: _, ...nobody } = claims;
      expect((await list(nobody)).body).to.include({ code: 'UNAUTHORIZED' });
      expect((await list({ ...claims, sub: '' })).body).to.include({ code: 'UNAUTHORIZED' });
    });

    it('whose expiry it does not trust if it cannot be read', async () => {
      expect((await list({ ...claims, exp: 'never' })).asked).to.deep.equal([
        { identity: { ...identity, tokenExpiresAt: 0 } },
      ]);
    });

    it('and fails, should the route have lost its authorizer', async () => {
      for (const route of ['POST /sessions', 'GET /sessions', 'DELETE /sessions/{sessionId}']) {
        const { result, asked } = await send({
          route,
          path: { sessionId: SESSION_ID },
          body: { sourceLanguage: 'en' },
        });
        expect(result.statusCode, route).to.equal(500);
        expect(asked).to.deep.equal([]);
      }
    });
  });

  it('GET /sessions lists the sessions of the user', async () => {
    const { result, body } = await send({ route: 'GET /sessions', claims });
    expect(result).to.deep.include({ statusCode: 200 });
    expect(ownSessions.parse(body)).to.deep.equal({ sessions: [scheduled] });
  });

  describe('GET /sessions/{sessionId}', () => {
    const look = (request: Partial<TestRequest> = {}, change: Partial<ApiDeps> = {}) =>
      send({ route: 'GET /sessions/{sessionId}', path: { sessionId: SESSION_ID }, ...request }, change);

    it('tells everybody, for two seconds in the browser and nowhere else', async () => {
      const { result, body } = await look();
      expect(result.statusCode).to.equal(200);
      expect(result.headers).to.include({ 'cache-control': 'private, max-age=2' });
      expect(publicSession.parse(body)).to.deep.equal(publicly);
    });

    it('hands on the join key of a link, and the address as a hash', async () => {
      const { asked, text } = await look({ query: { k: 'key-1', utm_source: 'x' }, sourceIp: '2001:db8::7' });
      const [request] = asked as { addressHash: string }[];
      expect(request).to.include({ sessionId: SESSION_ID, joinKey: 'key-1' });
      expect(request?.addressHash).to.match(/^[0-9a-f]{16}$/);
      const neighbour = (await look({ sourceIp: '2001:db8::8' })).asked as { addressHash: string }[];
      expect(neighbour[0]?.addressHash).to.equal(request?.addressHash);
      expect(text).to.not.contain('2001:db8');
    });

    it('lets nobody keep a refusal', async () => {
      const notFound = async () => {
        throw new ServiceError('SESSION_NOT_FOUND', 'There is no live session faithful-shepherd-427');
      };
      const { result, body } = await look({}, { lookUpSession: notFound });
      expect(result.statusCode).to.equal(404);
      expect(result.headers).to.deep.equal({
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
      });
      expect(body).to.deep.equal({
        type: 'urn:sessions:error:SESSION_NOT_FOUND',
        title: 'Session not found',
        status: 404,
        detail: 'There is no live session faithful-shepherd-427',
        code: 'SESSION_NOT_FOUND',
      });
    });
  });

  it('logs what was scheduled, ended and exported, and nothing that was published', async () => {
    const path = { sessionId: SESSION_ID };
    const message = { offset: 1, publishedAt: 1, name: 'caption', data: 'a secret' };
    const exported = async () => ({ ...page, head: 1, messages: [message] });
    const { text: scheduling } = await send({ route: 'POST /sessions', claims, body: { sourceLanguage: 'en' } });
    expect(JSON.parse(scheduling)).to.include({ message: 'Session scheduled', sessionId: SESSION_ID });
    const { text: ending } = await send({ route: 'DELETE /sessions/{sessionId}', path, claims });
    expect(JSON.parse(ending)).to.include({ message: 'Session ended', sessionId: SESSION_ID });
    const { text } = await send(
      { route: 'GET /sessions/{sessionId}/messages', path, claims, query: { channel: 'es' } },
      { exportMessages: exported },
    );
    expect(JSON.parse(text)).to.include({ message: 'Messages exported', channel: 'es', messages: 1 });
    for (const line of [scheduling, ending, text]) {
      for (const secret of ['a secret', 'caption', 'user-1', '198.51.100.7']) expect(line).to.not.contain(secret);
    }
  });

  it('DELETE /sessions/{sessionId} ends a session of the user, and has nothing to say', async () => {
    const request = { route: 'DELETE /sessions/{sessionId}', path: { sessionId: SESSION_ID }, claims };
    const { result, asked } = await send(request);
    expect(asked).to.deep.equal([{ identity, sessionId: SESSION_ID }]);
    expect(result).to.deep.equal({ statusCode: 204, headers: { 'cache-control': 'no-store' } });
  });

  describe('GET /sessions/{sessionId}/messages', () => {
    const get = (query?: Record<string, string>) =>
      send({
        route: 'GET /sessions/{sessionId}/messages',
        path: { sessionId: SESSION_ID },
        claims,
        ...(query && { query }),
      });

    it('gives the owner a page of a channel', async () => {
      const { body, asked } = await get({ channel: 'es', since: '7' });
      expect(asked).to.deep.equal([{ identity, sessionId: SESSION_ID, channel: 'es', since: 7 }]);
      expect(messagePage.parse(body)).to.deep.equal(page);
      expect((await get({ channel: 'all' })).asked[0]).to.include({ channel: 'all', since: undefined });
    });

    it('names the parameter that is wrong', async () => {
      for (const [query, field] of [
        [undefined, 'channel'],
        [{ channel: 'es', since: '-1' }, 'since'],
        [{ channel: 'es', since: '1e3' }, 'since'],
        [{ channel: 'es', from: '1' }, 'from'],
      ] as const) {
        const { body } = await get(query);
        expect(body, field).to.include({ code: 'INVALID_PARAMETERS' });
        expect(fieldsOf(body)).to.deep.equal([field]);
      }
    });
  });

  describe('GET /health', () => {
    it('says that all is well', async () => {
      const { result, body } = await send({ route: 'GET /health' });
      expect(result.statusCode).to.equal(200);
      expect(health.parse(body)).to.deep.equal({ status: 'ok' });
    });

    it('answers 503 when the service cannot work', async () => {
      const checkHealth = async () => {
        throw new ServiceError('SERVICE_UNAVAILABLE', 'The database does not answer', { retryAfterSeconds: 5 });
      };
      const { result, body } = await send({ route: 'GET /health' }, { checkHealth });
      expect(result.statusCode).to.equal(503);
      expect(result.headers).to.include({ 'retry-after': '5' });
      expect(body).to.include({ code: 'SERVICE_UNAVAILABLE', retryAfter: 5 });
    });
  });
});

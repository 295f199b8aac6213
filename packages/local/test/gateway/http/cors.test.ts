import { expect } from 'chai';
import { removeTemporaryFolders } from '../../stack/set-up.ts';
import { addJwtAuthorizer, ask, type HttpStackParts, type Json, jwtRoute, startHttpStack, stopAll } from './set-up.ts';

const page = 'https://page.example';

const corsOf = (headers: object) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

/** A stack with this CORS configuration. */
async function setUp(cors: Json, parts: HttpStackParts = {}) {
  const stack = await startHttpStack({ routes: { 'GET /mine': {} }, api: { cors_configuration: [cors] }, ...parts });
  return {
    ...stack,
    preflight: (headers: Record<string, string> = {}, path = '/mine') =>
      ask(stack.httpApiUrl, path, {
        method: 'OPTIONS',
        headers: { origin: page, 'access-control-request-method': 'GET', ...headers },
      }),
    get: (headers: Record<string, string> = {}) => ask(stack.httpApiUrl, '/mine', { headers }),
  };
}

describe('HTTP API: CORS', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  const full = {
    allow_origins: [page, 'https://other.example'],
    allow_methods: ['GET', 'POST'],
    allow_headers: ['authorization', 'content-type'],
    expose_headers: ['x-count'],
    allow_credentials: true,
    max_age: 300,
  };

  const preflightHeaders = {
    'access-control-allow-origin': page,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET,POST',
    'access-control-allow-headers': 'authorization,content-type',
    'access-control-max-age': '300',
  };

  it('answers a preflight itself where no route takes OPTIONS', async () => {
    const { preflight } = await setUp(full);

    const answer = await preflight();
    const elsewhere = await preflight({}, '/nowhere');

    expect(answer).to.include({ status: 204, text: '' });
    expect(corsOf(answer.headers)).to.deep.equal(preflightHeaders);
    expect(elsewhere.status).to.equal(204);
    expect(corsOf(elsewhere.headers)).to.deep.equal(preflightHeaders);
  });

  it('lets a route that takes OPTIONS answer, and adds its headers', async () => {
    const { preflight } = await setUp(full, { routes: { 'ANY /mine': {} } });

    const answer = await preflight({ 'x-return': '{"statusCode":200,"headers":{"Access-Control-Max-Age":"1"}}' });

    expect(answer.status).to.equal(200);
    expect(corsOf(answer.headers)).to.deep.equal(preflightHeaders);
  });

  it('says nothing of CORS to an origin that is not allowed', async () => {
    const { preflight, get } = await setUp(full);

    const asked = await preflight({ origin: 'https://evil.example' });
    const got = await get({ origin: 'https://evil.example' });

    expect(asked.status).to.equal(204);
    expect(corsOf(asked.headers)).to.deep.equal({});
    expect(got.status).to.equal(200);
    expect(corsOf(got.headers)).to.deep.equal({});
  });

  it('adds its headers to the function’s answer, whose own it ignores', async () => {
    const { get } = await setUp(full);
    const result = { statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*', 'X-Count': '1' }, body: 'a' };

    const answer = await get({ origin: page, 'x-return': JSON.stringify(result) });
    const plain = await get({ 'x-return': JSON.stringify(result) });

    expect(corsOf(answer.headers)).to.deep.equal({
      'access-control-allow-origin': page,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-count',
    });
    expect(answer.headers['x-count']).to.equal('1');
    expect(corsOf(plain.headers)).to.deep.equal({});
  });

  it('adds them to its own errors, so that a page can read them', async () => {
    const { httpApiUrl } = await setUp(full);

    const answer = await ask(httpApiUrl, '/nowhere', { headers: { origin: page } });

    expect(answer.status).to.equal(404);
    expect(answer.headers['access-control-allow-origin']).to.equal(page);
  });

  for (const [allowed, origin, expected] of [
    ['*', page, '*'],
    ['https://*', page, page],
    ['https://*', 'http://page.example', undefined],
    ['http://*', 'http://page.example', 'http://page.example'],
    ['https://PAGE.example', page, page],
    ['https://page.example', 'https://page.example.evil', undefined],
  ] as const) {
    it(`answers ${expected ?? 'nothing'} to ${origin} where ${allowed} is allowed`, async () => {
      const { get } = await setUp({ allow_origins: [allowed] });

      expect((await get({ origin })).headers['access-control-allow-origin']).to.equal(expected);
    });
  }

  it('wants a token for a preflight too if the route that takes it does, until OPTIONS has its own', async () => {
    const change: NonNullable<HttpStackParts['change']> = (resources) => addJwtAuthorizer(resources);
    const closed = await setUp(full, { routes: { $default: jwtRoute }, change });
    const open = await setUp(full, { routes: { $default: jwtRoute, 'OPTIONS /{proxy+}': {} }, change });

    expect((await closed.preflight()).status).to.equal(401);
    expect((await open.preflight()).status).to.equal(200);
  });

  it('leaves CORS to the function without a configuration', async () => {
    const { httpApiUrl } = await startHttpStack();
    const result = { statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' } };

    const answer = await ask(httpApiUrl, '/', {
      method: 'OPTIONS',
      headers: { origin: page, 'access-control-request-method': 'GET', 'x-return': JSON.stringify(result) },
    });

    expect(answer.status).to.equal(200);
    expect(corsOf(answer.headers)).to.deep.equal({ 'access-control-allow-origin': '*' });
  });
});

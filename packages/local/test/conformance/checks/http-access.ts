import { expect } from 'chai';
import type { TokenRequest } from '../../../src/index.ts';
import { check, section } from '../check.ts';
import { ORIGIN } from '../fixture/http-api-stack.ts';
import { askHttp, askHttpSigned } from '../http-client.ts';
import { startedTarget } from '../targets.ts';

const JWT = 'AWS: Control access to HTTP APIs with JWT authorizers in API Gateway';
const JWT_TROUBLE = 'AWS: Troubleshooting issues with HTTP API JWT authorizers';
const IAM = 'AWS: Control access to HTTP APIs with IAM authorization in API Gateway';
const CORS = 'AWS: Configure CORS for HTTP APIs in API Gateway';
const QUOTAS = 'AWS: Quotas for configuring and running an HTTP API in API Gateway';
const THROTTLING = 'AWS: Throttle requests to your HTTP APIs for better throughput in API Gateway';
const api = 'http';
const unauthorized = { status: 401, json: { message: 'Unauthorized' } };
const forbidden = { status: 403, json: { message: 'Forbidden' } };
const tooMany = { status: 429, json: { message: 'Too Many Requests' } };

/** Asks with a token of the pool: such tokens can be had on this machine only. */
async function askWithToken(path: string, request: Partial<TokenRequest> = {}) {
  const { stack } = await startedTarget('http');
  const token = await stack.tokens.issueToken({ username: 'maria', ...request });
  return askHttp(path, { headers: { authorization: `Bearer ${token}` } });
}

const tokens = () => {
  const localOnly = true;
  check('http-jwt-none', 'A request without a token is answered with 401', { source: JWT, api }, async () => {
    const answer = await askHttp('/token');
    expect(answer).to.deep.include(unauthorized);
    expect(answer.headers['www-authenticate']).to.match(/^Bearer/);
  });
  check('http-jwt-garbage', 'So is one with something else', { source: JWT_TROUBLE, api }, async () => {
    const answer = await askHttp('/token', { headers: { authorization: 'token' } });
    expect(answer).to.deep.include(unauthorized);
    expect(answer.headers['www-authenticate']).to.match(
      /^Bearer scope="" error="invalid_token" error_description=".+"$/,
    );
  });
  check(
    'http-jwt-audience',
    'A token for another audience is answered with 401, and the header says so',
    { source: JWT_TROUBLE, api, localOnly },
    async () => {
      const answer = await askWithToken('/token', { clientId: 'other' });
      expect(answer).to.deep.include(unauthorized);
      expect(answer.headers['www-authenticate']).to.equal(
        'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"',
      );
    },
  );
  check('http-jwt-aud-first', 'client_id counts only if there is no aud', { source: JWT, api, localOnly }, async () => {
    expect((await askWithToken('/token')).status).to.equal(200);
    expect((await askWithToken('/token', { overrides: { aud: 'other' } })).status).to.equal(401);
  });
  for (const [id, what, request] of [
    ['expired', 'that has expired', { expiresInSeconds: -1 }],
    ['early', 'that is not valid yet', { overrides: { nbf: 4_000_000_000 } }],
    ['future', 'that is issued in the future', { overrides: { iat: 4_000_000_000 } }],
    ['issuer', 'of another issuer', { overrides: { iss: 'https://elsewhere.example' } }],
    ['key', 'signed with an unknown key', { header: { kid: 'other' } }],
  ] as const) {
    check(`http-jwt-${id}`, `A token ${what} is answered with 401`, { source: JWT, api, localOnly }, async () => {
      expect(await askWithToken('/token', request)).to.deep.include(unauthorized);
    });
  }
  check(
    'http-jwt-claims',
    'The event has the claims as texts, a list as [a b]',
    { source: JWT, confirmed: false, api, localOnly },
    async () => {
      const { json } = await askWithToken('/token', { overrides: { list: ['a', 'b'] } });
      const { claims } = json.requestContext.authorizer.jwt;
      expect(claims).to.include({ username: 'maria', list: '[a b]' });
      expect(claims.exp).to.match(/^\d+$/);
    },
  );
  check(
    'http-jwt-scope',
    'A token without any of the route’s scopes is answered with 403',
    { source: JWT, api, localOnly },
    async () => {
      expect(await askWithToken('/scoped', { scope: 'openid' })).to.deep.include(forbidden);
    },
  );
  check('http-jwt-scopes', 'One of them in scope or scp is enough', { source: JWT, api, localOnly }, async () => {
    expect((await askWithToken('/scoped', { scope: 'openid orders/read' })).status).to.equal(200);
    expect((await askWithToken('/scoped', { scope: '', overrides: { scp: ['orders/read'] } })).status).to.equal(200);
  });
};

const signatures = () => {
  check('http-iam-signed', 'A signed request is let in, its body included', { source: IAM, api }, async () => {
    const { status, json } = await askHttpSigned('/signed?a=%20b&a=1', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'hé',
    });
    expect([status, json.body]).to.deep.equal([200, 'hé']);
  });
  check('http-iam-event', 'The event tells who has signed', { source: IAM, api }, async () => {
    const { iam } = (await askHttpSigned('/signed')).json.requestContext.authorizer;
    expect(Object.keys(iam).sort()).to.deep.equal([
      ...['accessKey', 'accountId', 'callerId', 'cognitoIdentity', 'principalOrgId', 'userArn', 'userId'],
    ]);
    expect(iam.userArn).to.match(/^arn:aws:(iam|sts)::\d{12}:/);
  });
  check('http-iam-unsigned', 'An unsigned request is answered with 403', { source: IAM, api }, async () => {
    expect(await askHttp('/signed')).to.deep.include(forbidden);
  });
  check(
    'http-iam-region',
    'So is one that is signed for another Region, with no more words',
    { source: IAM, confirmed: false, api },
    async () => {
      expect(await askHttpSigned('/signed', { region: 'mars-north-1' })).to.deep.include(forbidden);
    },
  );
};

const cors = () => {
  const preflight = (path: string, origin = ORIGIN) =>
    askHttp(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });
  const ofCors = (headers: object) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));
  check(
    'http-cors-preflight',
    'API Gateway answers a preflight itself where no route takes OPTIONS',
    { source: CORS, api },
    async () => {
      const answer = await preflight('/slow');
      expect([answer.status, answer.text]).to.deep.equal([204, '']);
      expect(ofCors(answer.headers)).to.deep.equal({
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'authorization',
        'access-control-max-age': '300',
      });
    },
  );
  check(
    'http-cors-origin',
    'An origin that is not allowed gets no CORS headers',
    { source: CORS, confirmed: false, api },
    async () => {
      expect(ofCors((await preflight('/slow', 'https://evil.example')).headers)).to.deep.equal({});
    },
  );
  check(
    'http-cors-answer',
    'Its headers are added to the function’s answer, whose own are ignored',
    { source: CORS, api },
    async () => {
      const result = { statusCode: 200, headers: { 'access-control-allow-origin': '*' } };
      const { headers } = await askHttp('/echo', {
        headers: { origin: ORIGIN, 'x-return': JSON.stringify(result) },
      });
      expect(ofCors(headers)).to.deep.equal({
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'x-count',
      });
    },
  );
  check('http-cors-none', 'A request without Origin gets none', { source: CORS, api }, async () => {
    expect(ofCors((await askHttp('/echo')).headers)).to.deep.equal({});
  });
  check(
    'http-cors-authorizer',
    'A preflight for a route of any method that wants authorization needs it, too',
    { source: `${CORS}; arpadt.com "Fixing up CORS errors in HTTP API"`, api },
    async () => {
      expect((await preflight('/signed')).status).to.equal(403);
    },
  );
  check(
    'http-cors-route',
    'A route that takes OPTIONS answers a preflight, and the headers are added',
    { source: `${CORS}; arpadt.com "Fixing up CORS errors in HTTP API"`, confirmed: false, api },
    async () => {
      const { status, json, headers } = await preflight('/echo');
      expect([status, json.routeKey, headers['access-control-allow-origin']]).to.deep.equal([200, 'ANY /echo', ORIGIN]);
    },
  );
};

const limits = () => {
  check(
    'http-throttle',
    'More requests than the burst of a route are answered with 429',
    { source: THROTTLING, api },
    async () => {
      expect((await askHttp('/throttled')).status).to.equal(200);
      expect(await askHttp('/throttled')).to.deep.include(tooMany);
      expect((await askHttp('/echo')).status).to.equal(200);
    },
  );
  check(
    'http-payload',
    'A body above 10 MB is answered with 413 {"message":"Request Too Long"}',
    { source: QUOTAS, confirmed: false, api },
    async () => {
      const body = Buffer.alloc(10 * 1024 * 1024 + 1, 'a');
      expect(await askHttp('/echo', { method: 'POST', body })).to.deep.include({
        status: 413,
        json: { message: 'Request Too Long' },
      });
    },
  );
  check(
    'http-payload-lambda',
    'So is a body within that, but beyond the 6 MB that Lambda takes',
    { source: 'AWS: Lambda quotas; koki-develop/lgtm-generator issue 10 (a REST API)', confirmed: false, api },
    async () => {
      const body = Buffer.alloc(6 * 1024 * 1024, 'a');
      expect(await askHttp('/echo', { method: 'POST', body })).to.deep.include({
        status: 413,
        json: { message: 'Request Too Long' },
      });
    },
  );
  check(
    'http-head',
    'A request line and header values above 10,240 bytes are answered with 431',
    { source: QUOTAS, confirmed: false, api },
    async () => {
      expect((await askHttp('/echo', { headers: { a: 'a'.repeat(9_500) } })).status).to.equal(200);
      expect((await askHttp('/echo', { headers: { a: 'a'.repeat(10_240) } })).status).to.equal(431);
    },
  );
};

export function httpAccessChecks(): void {
  section('HTTP API: JWT authorizers', tokens);
  section('HTTP API: IAM authorization', signatures);
  section('HTTP API: CORS', cors);
  section('HTTP API: limits', limits);
}

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { TokenRequest } from '../../../src/index.ts';
import { failureOf, removeTemporaryFolders } from '../../stack/set-up.ts';
import { addJwtAuthorizer, ask, type Json, jwtRoute, startHttpStack, stopAll } from './set-up.ts';

const unauthorized = { message: 'Unauthorized' };
const change = (resources: Parameters<typeof addJwtAuthorizer>[0]) => addJwtAuthorizer(resources);
const describedAs = (description: string, scopes = '') =>
  `Bearer scope="${scopes}" error="invalid_token" error_description="${description}"`;

async function setUp(route: Json = {}) {
  const stack = await startHttpStack({ routes: { 'GET /mine': { ...jwtRoute, ...route } }, change });
  return {
    ...stack,
    /** Asks with a token that the stack issues. */
    askAs: async (request: Partial<TokenRequest> = {}) => {
      const token = await stack.tokens.issueToken({ username: 'maria', ...request });
      return ask(stack.httpApiUrl, '/mine', { headers: { authorization: `Bearer ${token}` } });
    },
  };
}

describe('HTTP API: JWT authorizers', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('lets in a token of the stack’s user pool, and tells its claims as texts', async () => {
    const { askAs, stack } = await setUp();

    const { status, json: event } = await askAs({ overrides: { 'cognito:groups': ['a', 'b'], admin: true } });

    expect(status).to.equal(200);
    const { claims, scopes } = event.requestContext.authorizer.jwt;
    expect(claims).to.include({
      iss: `https://cognito-idp.us-east-1.amazonaws.com/${stack.userPools[0]?.id}`,
      username: 'maria',
      client_id: stack.userPools[0]?.clients[0]?.id,
      token_use: 'access',
      'cognito:groups': '[a b]',
      admin: 'true',
    });
    expect(claims.exp).to.match(/^\d{10}$/);
    expect(scopes).to.equal(null);
  });

  it('takes the token without the word Bearer, and from a query parameter', async () => {
    const { httpApiUrl, tokens } = await startHttpStack({
      routes: { 'GET /mine': jwtRoute },
      change: (resources) => addJwtAuthorizer(resources, {}, { identity_sources: ['$request.querystring.token'] }),
    });
    const token = await tokens.issueToken({ username: 'maria', tokenUse: 'id' });

    expect((await ask(httpApiUrl, `/mine?token=${token}`)).status).to.equal(200);
    expect((await ask(httpApiUrl, '/mine', { headers: { authorization: token } })).status).to.equal(401);
  });

  it('answers 401 with a challenge to a request without a token', async () => {
    const { httpApiUrl } = await setUp();

    const answer = await ask(httpApiUrl, '/mine');

    expect(answer).to.deep.include({ status: 401, json: unauthorized });
    expect(answer.headers['www-authenticate']).to.equal('Bearer');
  });

  const refused: readonly (readonly [string, Partial<TokenRequest>, string])[] = [
    ['for another audience', { clientId: 'other' }, 'the token does not have a valid audience'],
    [
      'whose aud is wrong, though its client_id is right',
      { overrides: { aud: 'other' } },
      'the token does not have a valid audience',
    ],
    [
      'of another issuer',
      { overrides: { iss: 'https://elsewhere.example' } },
      'the token does not have a valid issuer',
    ],
    ['that has expired', { expiresInSeconds: -1 }, 'the token has expired'],
    ['that never expires', { overrides: { exp: undefined } }, 'the token has expired'],
    ['that is not valid yet', { overrides: { nbf: 4_000_000_000 } }, 'the token is not valid yet'],
    ['of the future', { overrides: { iat: 4_000_000_000 } }, 'the token is used before it was issued'],
    ['with an unknown key', { header: { kid: 'other' } }, 'the issuer has no RSA key with the kid of the token'],
  ];
  for (const [what, request, description] of refused) {
    it(`answers 401 to a token ${what}`, async () => {
      const { askAs } = await setUp();

      const answer = await askAs(request);

      expect(answer).to.deep.include({ status: 401, json: unauthorized });
      expect(answer.headers['www-authenticate']).to.equal(describedAs(description));
    });
  }

  it('answers 401 to a token that somebody has changed, and to what is none', async () => {
    const { httpApiUrl, tokens } = await setUp();
    const [header, , signature] = (await tokens.issueToken({ username: 'maria' })).split('.');
    const [, payload] = (await tokens.issueToken({ username: 'eve' })).split('.');
    const challengeOf = async (token: string) => {
      const answer = await ask(httpApiUrl, '/mine', { headers: { authorization: token } });
      return [answer.status, answer.headers['www-authenticate']];
    };

    expect(await challengeOf([header, payload, signature].join('.'))).to.deep.equal([
      401,
      describedAs('the token or its signature is invalid'),
    ]);
    expect(await challengeOf('nothing')).to.deep.equal([
      401,
      describedAs('token contains an invalid number of segments'),
    ]);
    const none = [Buffer.from('{"alg":"none","kid":"a"}').toString('base64url'), payload, ''].join('.');
    expect(await challengeOf(none)).to.deep.equal([401, describedAs('signing method none is invalid')]);
  });

  it('asks for one of the scopes of the route, in scope or scp: 403', async () => {
    const { askAs } = await setUp({ authorization_scopes: ['orders/read', 'orders/write'] });

    const missing = await askAs({ scope: 'openid' });
    const granted = await askAs({ scope: 'openid orders/write' });
    const listed = await askAs({ scope: '', overrides: { scp: ['orders/read'] } });

    expect(missing).to.deep.include({ status: 403, json: { message: 'Forbidden' } });
    expect(missing.headers['www-authenticate']).to.contain(
      'scope="orders/read orders/write" error="insufficient_scope"',
    );
    expect(granted.status).to.equal(200);
    expect(granted.json.requestContext.authorizer.jwt.scopes).to.deep.equal(['openid', 'orders/write']);
    expect(listed.status).to.equal(200);
  });

  describe('with an issuer elsewhere', () => {
    let server: Server | undefined;
    afterEach(() => {
      server?.closeAllConnections();
      server?.close();
    });

    /** An OpenID Connect provider of this machine. */
    async function startIssuer() {
      const keys: { kid: string; privateKey: CryptoKey; jwk: object }[] = [];
      const requests: string[] = [];
      let broken = false;
      server = createServer((req, res) => {
        requests.push(req.url ?? '');
        const documents: Record<string, object> = {
          '/tenant/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
          '/tenant/keys': { keys: keys.map(({ jwk }) => jwk) },
        };
        const document = documents[req.url ?? ''];
        res.writeHead(document && !broken ? 200 : 500).end(JSON.stringify(document));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tenant`;
      const addKey = async (kid: string) => {
        const { privateKey, publicKey } = await generateKeyPair('RS256');
        keys.push({ kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } });
      };
      return {
        issuer,
        requests,
        addKey,
        breakDown: () => {
          broken = true;
        },
        tokenBy: (kid: string, lifetime = '1h') => {
          const key = keys.find((one) => one.kid === kid);
          if (!key) throw new Error(`no key ${kid}`);
          return new SignJWT({ sub: 'maria' })
            .setProtectedHeader({ alg: 'RS256', kid })
            .setIssuer(issuer)
            .setAudience('the-api')
            .setIssuedAt()
            .setExpirationTime(lifetime)
            .sign(key.privateKey);
        },
      };
    }

    async function setUpWith(issuer: string) {
      const stack = await startHttpStack({
        routes: { 'GET /mine': jwtRoute },
        change: (resources) => addJwtAuthorizer(resources, { issuer, audience: ['the-api'] }),
      });
      return {
        ...stack,
        statusWith: async (token: string) =>
          (await ask(stack.httpApiUrl, '/mine', { headers: { authorization: `Bearer ${token}` } })).status,
      };
    }

    it('finds its keys by discovery, and keeps them for two hours', async () => {
      const { issuer, requests, addKey, tokenBy } = await startIssuer();
      await addKey('first');
      const { statusWith, clock } = await setUpWith(issuer);

      expect(await statusWith(await tokenBy('first'))).to.equal(200);
      expect(await statusWith(await tokenBy('first'))).to.equal(200);
      expect(requests).to.deep.equal(['/tenant/.well-known/openid-configuration', '/tenant/keys']);

      clock.advance(2 * 3600 * 1000);
      expect(await statusWith(await tokenBy('first', '9h'))).to.equal(200);
      expect(requests).to.have.length(4);
    });

    it('looks for a new key, but at most once a minute', async () => {
      const { issuer, requests, addKey, tokenBy } = await startIssuer();
      await addKey('first');
      const { statusWith, clock } = await setUpWith(issuer);
      await statusWith(await tokenBy('first'));
      await addKey('second');

      expect(await statusWith(await tokenBy('second'))).to.equal(401);
      clock.advance(60_000);
      expect(await statusWith(await tokenBy('second'))).to.equal(200);
      expect(requests).to.have.length(4);
    });

    it('answers 401 while it does not answer, and asks it anew the next time', async () => {
      const { issuer, requests, addKey, tokenBy, breakDown } = await startIssuer();
      await addKey('first');
      breakDown();
      const { statusWith } = await setUpWith(issuer);

      expect(await statusWith(await tokenBy('first'))).to.equal(401);
      expect(await statusWith(await tokenBy('first'))).to.equal(401);
      expect(requests).to.have.length(2);
    });

    it('refuses at the start an issuer without TLS elsewhere, no audience, and two identity sources', async () => {
      const failureWith = (configuration: Json, others?: Json) =>
        failureOf(
          startHttpStack({
            routes: { 'GET /mine': jwtRoute },
            change: (resources) => addJwtAuthorizer(resources, configuration, others),
          }),
        );
      const authorizer = 'StackResourceError: aws_apigatewayv2_authorizer.jwt';

      expect(await failureWith({ issuer: 'http://example.com' })).to.equal(
        `${authorizer}.jwt_configuration: issuer "http://example.com" is not an https URL (http is taken for this machine only)`,
      );
      expect(await failureWith({ audience: [] })).to.equal(
        `${authorizer}.jwt_configuration: audience is empty: name at least one`,
      );
      expect(await failureWith({}, { identity_sources: ['$request.header.a', '$request.header.b'] })).to.equal(
        `${authorizer}.identity_sources: a JWT authorizer takes exactly one: $request.header.<name> or $request.querystring.<name>`,
      );
    });
  });
});

import { createTelemetry } from '@sessions/core/lambda';
import { expect } from 'chai';
import { generateKeyPair } from 'jose';
import { useEnvironment } from '../../../core/test/support/environment.ts';
import { lambdaContext } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { readTokenSource } from '../src/config.ts';
import { createHandler } from '../src/handler.ts';
import { createVerifyToken } from '../src/verify-token.ts';
import { ORIGINAL_ISSUER, POOL, startIssuer, type TestIssuer, UPDATED_ISSUER } from './issuer.ts';

const METHOD_ARN = 'arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/test/$connect';

describe('The authorizer', () => {
  useEnvironment(() => ({ POWERTOOLS_METRICS_NAMESPACE: 'Sessions', POWERTOOLS_SERVICE_NAME: 'authorizer' }));
  let issuer: TestIssuer;
  let outsider: TestIssuer;
  before(async () => {
    [issuer, outsider] = await Promise.all([startIssuer(), startIssuer()]);
  });
  after(() => Promise.all([issuer.stop(), outsider.stop()]));
  beforeEach(() => {
    issuer.answer = undefined;
    issuer.fetched.length = 0;
  });

  const cognito = () => ({
    USER_POOL_ID: POOL,
    USER_POOL_CLIENT_ID: 'client-1',
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: issuer.endpoint,
  });

  /** A fresh instance of the function, which has fetched no keys yet. */
  function instance(env: Record<string, string> = cognito()) {
    const handle = createHandler({
      telemetry: createTelemetry(),
      verifyToken: createVerifyToken(readTokenSource(env)),
    });
    return async (request: {
      protocols?: string;
      headers?: Record<string, string>;
      query?: Record<string, string>;
    }) => {
      const event = {
        type: 'REQUEST',
        methodArn: METHOD_ARN,
        headers:
          request.headers ?? (request.protocols === undefined ? {} : { 'Sec-WebSocket-Protocol': request.protocols }),
        ...(request.query === undefined ? {} : { queryStringParameters: request.query }),
        requestContext: { requestId: 'r', connectionId: 'TXzPWdnOjoECGjA=', identity: { sourceIp: '198.51.100.7' } },
      };
      const { result, lines } = await captureOutput(() =>
        Promise.resolve(handle(event, lambdaContext())).then(
          (allowed) => ({ allowed, refused: undefined }),
          (error: Error) => ({ allowed: undefined, refused: error.message }),
        ),
      );
      return { ...result, text: lines.join('\n') };
    };
  }
  const withToken = (token: string) => ({ protocols: `session.v1, bearer.${token}` });

  describe('lets in', () => {
    it('a speaker with a good token, with the user and the expiry of the token as texts', async () => {
      const exp = Math.floor(Date.now() / 1000) + 900;
      const { allowed } = await instance()(withToken(await issuer.mint({ claims: { exp } })));
      expect(allowed).to.deep.equal({
        principalId: 'user-1',
        policyDocument: {
          Version: '2012-10-17',
          Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: METHOD_ARN }],
        },
        context: { userId: 'user-1', tokenExpiresAt: String(exp) },
      });
    });

    it('tokens with the issuer in either of the forms of Cognito', async () => {
      for (const iss of [ORIGINAL_ISSUER, UPDATED_ISSUER]) {
        const { allowed } = await instance()(withToken(await issuer.mint({ claims: { iss } })));
        expect(allowed?.context, iss).to.include({ userId: 'user-1' });
      }
    });

    it('a token in the query string, or under a header name in any case', async () => {
      const token = await issuer.mint();
      const authorize = instance();
      expect((await authorize({ query: { token } })).allowed?.principalId).to.equal('user-1');
      for (const name of ['sec-websocket-protocol', 'SEC-WEBSOCKET-PROTOCOL']) {
        const { allowed } = await authorize({ headers: { [name]: `bearer.${token},session.v1` } });
        expect(allowed?.principalId, name).to.equal('user-1');
      }
    });

    it('whoever brings no token, as nobody', async () => {
      const authorize = instance();
      for (const request of [{}, { protocols: 'session.v1' }, { query: { action: 'joinSession' } }]) {
        const { allowed } = await authorize(request);
        expect(allowed?.principalId).to.equal('anonymous');
        expect(allowed?.context).to.deep.equal({});
      }
      expect(issuer.fetched).to.deep.equal([]);
    });

    it('many speakers on one fetch of the keys', async () => {
      const authorize = instance();
      const token = await issuer.mint();
      for (let round = 0; round < 3; round++) await authorize(withToken(token));
      expect(issuer.fetched).to.deep.equal([`/${POOL}/.well-known/jwks.json`]);
    });
  });

  describe('refuses with exactly Unauthorized', () => {
    const now = () => Math.floor(Date.now() / 1000);
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const bad: readonly (readonly [string, () => Promise<string> | string])[] = [
      ['an expired token', () => issuer.mint({ claims: { exp: now() - 1 } })],
      ['a token that is not valid yet', () => issuer.mint({ claims: { nbf: now() + 600 } })],
      ['a token that never expires', () => issuer.mint({ claims: { exp: undefined } })],
      ['the token of another pool', () => issuer.mint({ claims: { iss: `${ORIGINAL_ISSUER}X` } })],
      ['the token of another issuer', () => issuer.mint({ claims: { iss: 'https://evil.example' } })],
      ['a token without an issuer', () => issuer.mint({ claims: { iss: undefined } })],
      ['the token of another client', () => issuer.mint({ claims: { client_id: 'client-2' } })],
      ['an ID token', () => issuer.mint({ claims: { token_use: 'id', client_id: undefined, aud: 'client-1' } })],
      ['a token without a user', () => issuer.mint({ claims: { sub: undefined } })],
      ['a token with an empty user', () => issuer.mint({ claims: { sub: '' } })],
      ['a token with a number for a user', () => issuer.mint({ claims: { sub: 7 } })],
      ['an unknown key ID', () => issuer.mint({ header: { kid: 'key-2' } })],
      ['the right key ID with another key', () => outsider.mint()],
      [
        'alg none',
        () =>
          `${encode({ alg: 'none', kid: 'key-1' })}.${encode({ sub: 'x', iss: ORIGINAL_ISSUER, exp: now() + 60 })}.`,
      ],
      [
        'alg none with a signature',
        () =>
          `${encode({ alg: 'none', kid: 'key-1' })}.${encode({ sub: 'x', iss: ORIGINAL_ISSUER, exp: now() + 60 })}.AAAA`,
      ],
      [
        'HS256 signed with the public key',
        () => issuer.mint({ header: { alg: 'HS256' }, key: new TextEncoder().encode(issuer.publicKeyPem) }),
      ],
      [
        'RS384 instead of RS256',
        async () => issuer.mint({ header: { alg: 'RS384' }, key: (await generateKeyPair('RS384')).privateKey }),
      ],
      [
        'a payload that was tampered with',
        async () => {
          const [header, , signature] = (await issuer.mint()).split('.');
          const payload = {
            sub: 'admin',
            iss: ORIGINAL_ISSUER,
            client_id: 'client-1',
            token_use: 'access',
            exp: now() + 60,
          };
          return `${header}.${encode(payload)}.${signature}`;
        },
      ],
      ['a signature that was cut off', async () => (await issuer.mint()).split('.').slice(0, 2).join('.')],
      ['an empty signature', async () => `${(await issuer.mint()).split('.').slice(0, 2).join('.')}.`],
      ['nothing', () => ''],
      ['garbage', () => 'garbage'],
      ['garbage in three parts', () => 'a.b.c'],
      ['JSON that is no object', () => `${Buffer.from('null').toString('base64url')}.${encode({})}.AAAA`],
      [
        'a payload that is no object',
        () => `${encode({ alg: 'RS256', kid: 'key-1' })}.${Buffer.from('[]').toString('base64url')}.AA`,
      ],
    ];
    for (const [name, token] of bad) {
      it(name, async () => {
        const value = await token();
        const authorize = instance();
        for (const request of [withToken(value), { query: { token: value } }]) {
          const { refused, allowed, text } = await authorize(request);
          expect(allowed).to.equal(undefined);
          expect(refused).to.equal('Unauthorized');
          if (value.length > 10) expect(text).to.not.contain(value.split('.')[1] || value);
          expect(text).to.contain('"ConnectionErrors"').and.to.contain('"code":"UNAUTHORIZED"');
        }
      });
    }

    it('and says in the log why, without quoting the token', async () => {
      const authorize = instance();
      const reasonFor = async (token: string) =>
        /"reason":"([^"]*)"/.exec((await authorize(withToken(token))).text)?.[1];
      const reasons = [
        await reasonFor(await issuer.mint({ claims: { exp: now() - 1 } })),
        await reasonFor(await issuer.mint({ claims: { exp: undefined } })),
        await reasonFor(await issuer.mint({ claims: { client_id: 'client-2' } })),
        await reasonFor(await issuer.mint({ claims: { token_use: 'id' } })),
        await reasonFor(await issuer.mint({ claims: { iss: 'https://evil.example' } })),
        await reasonFor(await outsider.mint()),
        await reasonFor(await issuer.mint({ header: { kid: 'key-2' } })),
        await reasonFor(await issuer.mint({ header: { kid: 'key-3' } })),
        await reasonFor('garbage'),
      ];
      expect(reasons).to.deep.equal([
        'expired',
        'The token has no expiry',
        'of another client',
        'not an access token',
        'of another issuer',
        'signature does not match',
        'signed with an unknown key',
        'signed with an unknown key',
        'not a token',
      ]);
    });

    it('a bad token beside a good one in the query string: the subprotocol counts', async () => {
      const { refused } = await instance()({ protocols: 'bearer.bad', query: { token: await issuer.mint() } });
      expect(refused).to.equal('Unauthorized');
    });
  });

  describe('lets a token in unchecked, without a user,', () => {
    const unchecked = { tokenCheck: 'unavailable' };

    it('when the keys cannot be fetched, and checks it again when they can; listeners get in meanwhile', async () => {
      const authorize = instance();
      const token = await issuer.mint();
      for (const answer of [
        { status: 500, body: '' },
        { status: 200, body: '<html>' },
        { status: 200, body: '{"keys":[{}]}' },
        { status: 200, body: '{}' },
      ]) {
        issuer.answer = answer;
        const { allowed, text } = await authorize(withToken(token));
        expect(allowed?.context, answer.body).to.deep.equal(unchecked);
        expect(allowed?.principalId).to.equal('unchecked');
        expect(text).to.contain('"level":"ERROR"').and.to.contain('"code":"SERVICE_UNAVAILABLE"');
        expect(text).to.not.contain('127.0.0.1');
        expect((await authorize({})).allowed?.principalId).to.equal('anonymous');
      }
      issuer.answer = undefined;
      expect((await authorize(withToken(token))).allowed?.principalId).to.equal('user-1');
    });

    it('but one that cannot be a token is refused even then: it needs no keys to be seen', async () => {
      issuer.answer = { status: 500, body: '' };
      expect((await instance()(withToken('garbage'))).refused).to.equal('Unauthorized');
    });

    it('when nobody listens where the keys should be', async () => {
      const gone = await startIssuer();
      await gone.stop();
      const authorize = instance({ ...cognito(), AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: gone.endpoint });
      const { allowed, text } = await authorize(withToken(await issuer.mint()));
      expect(allowed?.context).to.deep.equal(unchecked);
      expect(text).to.not.contain('127.0.0.1');
    });
  });

  describe('for another OpenID Connect issuer', () => {
    const oidc = () => ({ OIDC_ISSUER: issuer.endpoint, OIDC_AUDIENCE: 'audience-1' });
    const claims = () => ({ iss: issuer.endpoint, aud: 'audience-1', client_id: undefined, token_use: undefined });

    it('lets its users in, with the keys at the usual place or where it is told', async () => {
      const token = await issuer.mint({ claims: claims() });
      expect((await instance(oidc())(withToken(token))).allowed?.context).to.include({ userId: 'user-1' });
      const elsewhere = instance({ ...oidc(), OIDC_JWKS_URI: `${issuer.endpoint}/keys` });
      expect((await elsewhere(withToken(token))).allowed?.context).to.include({ userId: 'user-1' });
      expect(issuer.fetched).to.deep.equal(['/.well-known/jwks.json', '/keys']);
    });

    it('refuses another audience, another issuer, and tokens that never expire', async () => {
      const authorize = instance(oidc());
      for (const wrong of [{ aud: 'audience-2' }, { aud: undefined }, { iss: ORIGINAL_ISSUER }, { exp: undefined }]) {
        const token = await issuer.mint({ claims: { ...claims(), ...wrong } });
        expect((await authorize(withToken(token))).refused, JSON.stringify(wrong)).to.equal('Unauthorized');
      }
    });
  });
});

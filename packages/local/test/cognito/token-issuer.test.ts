import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { systemClock } from '../../src/clock.ts';
import { answerCognito } from '../../src/cognito/http.ts';
import { loadSigningKeys, type SigningKeys } from '../../src/cognito/signing-keys.ts';
import { createTokenIssuer } from '../../src/cognito/token-issuer.ts';
import type { UserPool } from '../../src/stack/model.ts';
import { failureOf, removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';

const pool: UserPool = {
  id: 'us-east-1_LOCAL0001',
  arn: 'arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_LOCAL0001',
  clients: [{ id: 'web', accessTokenSeconds: 600 }],
};

describe('The token issuer', () => {
  let keys: SigningKeys;
  const issuerOf = (userPools: readonly UserPool[]) =>
    createTokenIssuer({ keys, region: 'us-east-1', userPools, clock: systemClock });

  before(async () => {
    keys = await loadSigningKeys();
  });
  after(removeTemporaryFolders);

  it('issues access tokens with the claims of Cognito, signed with a published key', async () => {
    const tokens = issuerOf([pool]);
    const token = await tokens.issueToken({ username: 'maria' });

    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(tokens.jwks as JSONWebKeySet), {
      issuer: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_LOCAL0001',
    });

    expect(protectedHeader.alg).to.equal('RS256');
    expect(payload).to.include({
      token_use: 'access',
      client_id: 'web',
      username: 'maria',
      scope: 'aws.cognito.signin.user.admin',
    });
    expect(payload).to.have.all.keys(
      ...['sub', 'client_id', 'scope', 'username', 'iss', 'token_use', 'origin_jti', 'jti', 'auth_time', 'iat', 'exp'],
    );
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).to.equal(600);
  });

  it('signs ID tokens with the other key, and gives them their own claims', async () => {
    const tokens = issuerOf([pool]);
    const id = await tokens.issueToken({ username: 'maria', tokenUse: 'id' });
    const access = await tokens.issueToken({ username: 'maria' });

    expect(decodeJwt(id)).to.include({ token_use: 'id', aud: 'web', 'cognito:username': 'maria' });
    expect(decodeJwt(id)).not.to.have.any.keys('client_id', 'username', 'scope');
    expect(decodeProtectedHeader(id).kid).not.to.equal(decodeProtectedHeader(access).kid);
    expect(tokens.jwks.keys.map(({ kid }) => kid)).to.have.members([
      decodeProtectedHeader(id).kid,
      decodeProtectedHeader(access).kid,
    ]);
    expect(JSON.stringify(tokens.jwks)).not.to.match(/"(d|p|q|dp|dq|qi)":/);
  });

  it('gives a user the same sub each time, and other users another one', async () => {
    const tokens = issuerOf([pool]);
    const sub = async (username: string) => decodeJwt(await tokens.issueToken({ username })).sub;

    expect(await sub('maria')).to.equal(await sub('maria'));
    expect(await sub('maria')).not.to.equal(await sub('peter'));
    expect(await sub('maria')).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('makes bad tokens to order', async () => {
    const tokens = issuerOf([pool]);
    const expired = decodeJwt(await tokens.issueToken({ username: 'maria', expiresInSeconds: -60 }));
    const odd = await tokens.issueToken({
      username: 'maria',
      overrides: { iss: 'https://evil.example', exp: undefined },
      header: { kid: 'unknown' },
    });

    expect((expired.exp ?? 0) - (expired.iat ?? 0)).to.equal(-60);
    expect(decodeJwt(odd).iss).to.equal('https://evil.example');
    expect(decodeJwt(odd)).not.to.have.property('exp');
    expect(decodeProtectedHeader(odd).kid).to.equal('unknown');
  });

  it('issues for a pool of elsewhere when the request names it, and says so when it does not', async () => {
    const tokens = issuerOf([]);
    const token = await tokens.issueToken({ username: 'maria', userPoolId: 'eu-west-1_Other1', clientId: 'c' });

    expect(decodeJwt(token)).to.include({
      iss: 'https://cognito-idp.us-east-1.amazonaws.com/eu-west-1_Other1',
      client_id: 'c',
    });
    expect(await failureOf(tokens.issueToken({ username: 'maria' }))).to.equal(
      'TypeError: The stack has no user pool: name one with userPoolId',
    );
  });

  it('keeps its keys in a file, so that tokens outlive a restart', async () => {
    const file = join(temporaryFolder(), 'data', 'signing-keys.json');
    const first = await loadSigningKeys(file);
    const second = await loadSigningKeys(file);

    expect(second.access.publicJwk).to.deep.equal(first.access.publicJwk);
    expect(JSON.parse(readFileSync(file, 'utf8'))).to.have.all.keys('access', 'id');
  });

  it('refuses a file without keys in one line', async () => {
    const file = join(temporaryFolder(), 'signing-keys.json');
    writeFileSync(file, '{}');

    expect(await failureOf(loadSigningKeys(file))).to.equal(
      `DataFolderError: The signing keys in ${file} cannot be used: delete the file to get new ones`,
    );
  });

  it('answers for whatever pool is asked for', async () => {
    const answer = await answerCognito(issuerOf([]), {
      method: 'GET',
      path: '/eu-west-1_Other1/.well-known/openid-configuration',
      body: Buffer.from(''),
    });

    expect(answer.statusCode).to.equal(200);
    expect(answer.body).to.include({
      issuer: 'https://cognito-idp.us-east-1.amazonaws.com/eu-west-1_Other1',
      jwks_uri: 'https://cognito-idp.us-east-1.amazonaws.com/eu-west-1_Other1/.well-known/jwks.json',
    });
  });

  const badRequests: readonly [string, string][] = [
    ['{}', 'username is missing'],
    ['{"username":5}', 'username must be a string'],
    ['{"username":"a","tokenUse":"refresh"}', 'tokenUse must be access or id'],
    ['{"username":"a","admin":true}', 'unknown field admin'],
    ['[', 'Expected'],
  ];
  for (const [body, reason] of badRequests) {
    it(`refuses a token request of ${body}`, async () => {
      const answer = await answerCognito(issuerOf([pool]), {
        method: 'POST',
        path: '/_local/tokens',
        body: Buffer.from(body),
      });

      expect(answer.statusCode).to.equal(400);
      expect(JSON.stringify(answer.body)).to.contain(reason === 'Expected' ? 'error_description' : reason);
    });
  }
});

import { ConfigurationError } from '@sessions/core/lambda';
import { expect } from 'chai';
import { readTokenSource } from '../src/config.ts';

describe('The configuration of the authorizer', () => {
  it('is a user pool and its client', () => {
    expect(
      readTokenSource({ USER_POOL_ID: 'eu-central-1_A', USER_POOL_CLIENT_ID: 'c', OIDC_ISSUER: '' }),
    ).to.deep.equal({
      kind: 'cognito',
      userPoolId: 'eu-central-1_A',
      clientId: 'c',
      endpoint: undefined,
    });
  });

  it('or another issuer and its audience', () => {
    expect(readTokenSource({ OIDC_ISSUER: 'https://issuer.example', OIDC_AUDIENCE: 'a' })).to.deep.equal({
      kind: 'oidc',
      issuer: 'https://issuer.example',
      audience: 'a',
      jwksUri: undefined,
    });
  });

  it('is refused when it is incomplete, naming what is missing', () => {
    const complaint = (env: NodeJS.ProcessEnv) => () => readTokenSource(env);
    expect(complaint({})).to.throw(ConfigurationError, 'USER_POOL_ID and USER_POOL_CLIENT_ID');
    expect(complaint({ USER_POOL_ID: 'eu-central-1_A' })).to.throw(ConfigurationError, 'USER_POOL_CLIENT_ID');
    expect(complaint({ OIDC_ISSUER: 'https://issuer.example' })).to.throw(
      ConfigurationError,
      'OIDC_AUDIENCE is missing',
    );
    expect(complaint({ OIDC_ISSUER: 'issuer', OIDC_AUDIENCE: 'a' })).to.throw(
      ConfigurationError,
      'OIDC_ISSUER must be an http(s) address',
    );
  });
});

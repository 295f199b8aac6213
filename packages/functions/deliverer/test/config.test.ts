import { ConfigurationError } from '@sessions/core/lambda';
import { expect } from 'chai';
import { readDelivererConfig } from '../src/config.ts';

const env = {
  SESSIONS_TABLE: 'sessions',
  CONNECTIONS_TABLE: 'connections',
  MESSAGES_TABLE: 'messages',
  MANAGEMENT_ENDPOINT: 'https://example.test/prod',
  DELIVERER_FUNCTION: 'deliverer',
  CIRCUIT_BREAKER_SECONDS: '30',
};

describe('The configuration of the deliverer function', () => {
  it('needs every one of its variables, and names the one that is missing', () => {
    expect(readDelivererConfig(env)).to.have.all.keys(Object.keys(env));
    for (const name of Object.keys(env)) {
      expect(() => readDelivererConfig({ ...env, [name]: undefined }), name).to.throw(
        ConfigurationError,
        `Environment variables: ${name} is missing`,
      );
    }
  });

  it('is read when the function is loaded, which fails without it', async () => {
    const error = await import('../src/index.ts').catch((reason: unknown) => reason);
    expect(error).to.have.property('name', 'ConfigurationError');
  });
});

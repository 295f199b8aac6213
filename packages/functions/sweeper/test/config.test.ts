import { ConfigurationError } from '@sessions/core/lambda';
import { expect } from 'chai';
import { readSweeperConfig } from '../src/config.ts';

const env = {
  SESSIONS_TABLE: 'sessions',
  CONNECTIONS_TABLE: 'connections',
  MANAGEMENT_ENDPOINT: 'https://example.test/prod',
  DELIVERER_FUNCTION: 'deliverer',
  HEARTBEAT_TIMEOUT_SECONDS: '90',
  SPEAKER_GRACE_SECONDS: '30',
  CIRCUIT_BREAKER_SECONDS: '30',
};

describe('The configuration of the sweeper function', () => {
  it('needs every one of its variables, and names the one that is missing', () => {
    expect(readSweeperConfig(env)).to.have.all.keys(Object.keys(env));
    for (const name of Object.keys(env)) {
      expect(() => readSweeperConfig({ ...env, [name]: undefined }), name).to.throw(
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

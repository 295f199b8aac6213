import { ConfigurationError } from '@sessions/core/lambda';
import { expect } from 'chai';
import { readPublisherConfig } from '../src/config.ts';

const env = {
  SESSIONS_TABLE: 'sessions',
  CONNECTIONS_TABLE: 'connections',
  RATE_LIMITS_TABLE: 'rate-limits',
  MESSAGES_TABLE: 'messages',
  MANAGEMENT_ENDPOINT: 'https://example.test/prod',
  DELIVERER_FUNCTION: 'deliverer',
  HISTORY_SECONDS: '120',
  MESSAGE_MAX_AGE_SECONDS: '10',
  RATE_LIMIT_PUBLISH_PER_MIN: '120',
  RATE_LIMIT_REFUSALS_PER_MIN: '60',
  MAX_ROLELESS_SECONDS: '120',
  SPEAKER_GRACE_SECONDS: '30',
  CIRCUIT_BREAKER_SECONDS: '30',
};

describe('The configuration of the publisher function', () => {
  it('needs every one of its variables, and names the one that is missing', () => {
    expect(readPublisherConfig(env)).to.have.all.keys(Object.keys(env));
    for (const name of Object.keys(env)) {
      expect(() => readPublisherConfig({ ...env, [name]: undefined }), name).to.throw(
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

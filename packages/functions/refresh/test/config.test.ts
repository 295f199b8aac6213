import { ConfigurationError } from '@sessions/core/lambda';
import { expect } from 'chai';
import { readRefreshConfig } from '../src/config.ts';

const env = {
  SESSIONS_TABLE: 'sessions',
  CONNECTIONS_TABLE: 'connections',
  RATE_LIMITS_TABLE: 'rate-limits',
  MANAGEMENT_ENDPOINT: 'https://example.test/prod',
  RATE_LIMIT_REFUSALS_PER_MIN: '60',
  MAX_ROLELESS_SECONDS: '120',
  SPEAKER_GRACE_SECONDS: '30',
  CIRCUIT_BREAKER_SECONDS: '30',
  MESSAGES_TABLE: 'messages',
  DELIVERER_FUNCTION: 'deliverer',
  HISTORY_SECONDS: '120',
  HMAC_KEY: 'a-key-for-tests-of-32-characters',
  SESSION_MAX_DURATION_HOURS: '2',
  HEARTBEAT_INTERVAL_SECONDS: '30',
  RATE_LIMIT_RECOVERIES_PER_MIN: '30',
};

describe('The configuration of the refresh function', () => {
  it('needs every one of its variables, and names the one that is missing', () => {
    expect(readRefreshConfig(env)).to.have.all.keys(Object.keys(env));
    for (const name of Object.keys(env)) {
      expect(() => readRefreshConfig({ ...env, [name]: undefined }), name).to.throw(
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

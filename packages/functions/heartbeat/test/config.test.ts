import { ConfigurationError } from '@sessions/core/lambda';
import { expect } from 'chai';
import { readHeartbeatConfig } from '../src/config.ts';

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
  CONNECTION_MAX_DURATION_HOURS: '2',
  CONNECTION_REFRESH_MINUTES: '100',
  CONNECTION_WARNING_MINUTES: '105',
  RATE_LIMIT_HEARTBEATS_PER_MIN: '2',
};

describe('The configuration of the heartbeat function', () => {
  it('needs every one of its variables, and names the one that is missing', () => {
    expect(readHeartbeatConfig(env)).to.have.all.keys(Object.keys(env));
    for (const name of Object.keys(env)) {
      expect(() => readHeartbeatConfig({ ...env, [name]: undefined }), name).to.throw(
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

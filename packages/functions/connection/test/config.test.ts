import { ConfigurationError } from '@sessions/core/lambda';
import { expect } from 'chai';
import { readConnectionConfig } from '../src/config.ts';

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
  MAX_LISTENERS_PER_SESSION: '500',
  SESSION_MAX_DURATION_HOURS: '2',
  HEARTBEAT_INTERVAL_SECONDS: '30',
  RATE_LIMIT_SESSIONS_PER_HOUR: '50',
  RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN: '12000',
  RATE_LIMIT_WRONG_IDS_PER_MIN: '30',
  SESSION_ID_VOCABULARY: 'biblical',
  AWS_LAMBDA_FUNCTION_NAME: 'connection',
};

describe('The configuration of the connection function', () => {
  it('needs every one of its variables, and names the one that is missing', () => {
    expect(readConnectionConfig(env)).to.have.all.keys(Object.keys(env));
    expect(readConnectionConfig(env)).to.include({ SESSION_MAX_DURATION_HOURS: 2, SESSION_ID_VOCABULARY: 'biblical' });
    for (const name of Object.keys(env)) {
      expect(() => readConnectionConfig({ ...env, [name]: undefined }), name).to.throw(
        ConfigurationError,
        `Environment variables: ${name} is missing`,
      );
    }
  });

  it('knows the vocabularies', () => {
    expect(() => readConnectionConfig({ ...env, SESSION_ID_VOCABULARY: 'latin' })).to.throw(
      'SESSION_ID_VOCABULARY must be biblical or nature',
    );
  });
});

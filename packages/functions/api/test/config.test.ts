import { ConfigurationError } from '@sessions/core/lambda';
import { expect } from 'chai';
import { readApiConfig } from '../src/config.ts';

const env = {
  SESSIONS_TABLE: 'sessions',
  RATE_LIMITS_TABLE: 'rate-limits',
  MESSAGES_TABLE: 'messages',
  HMAC_KEY: 'a-key-for-tests-of-32-characters',
  MAX_LISTENERS_PER_SESSION: '500',
  MAX_SCHEDULED_SESSIONS: '20',
  RATE_LIMIT_SESSIONS_PER_HOUR: '50',
  RATE_LIMIT_WRONG_IDS_PER_MIN: '30',
  CIRCUIT_BREAKER_SECONDS: '30',
  SESSION_ID_VOCABULARY: 'biblical',
};

describe('The configuration of the api function', () => {
  it('needs every one of its variables, and names the one that is missing', () => {
    expect(readApiConfig(env)).to.have.all.keys(Object.keys(env));
    for (const name of Object.keys(env)) {
      expect(() => readApiConfig({ ...env, [name]: undefined }), name).to.throw(
        ConfigurationError,
        `Environment variables: ${name} is missing`,
      );
    }
  });

  it('knows its vocabularies', () => {
    expect(() => readApiConfig({ ...env, SESSION_ID_VOCABULARY: 'latin' })).to.throw('SESSION_ID_VOCABULARY must be');
  });

  it('is read when the function is loaded, which fails without it', async () => {
    const error = await import('../src/index.ts').catch((reason: unknown) => reason);
    expect(error).to.have.property('name', 'ConfigurationError');
  });
});

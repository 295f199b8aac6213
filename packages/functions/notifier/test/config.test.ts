import { ConfigurationError } from '@sessions/core/lambda';
import { expect } from 'chai';
import { readNotifierConfig } from '../src/config.ts';

const env = {
  SESSIONS_TABLE: 'sessions',
  DELIVERER_FUNCTION: 'deliverer',
  EVENT_BUS_NAME: 'default',
  EVENT_SOURCE: 'sessions.prod',
  SPEAKER_GRACE_SECONDS: '30',
  CIRCUIT_BREAKER_SECONDS: '30',
};

describe('The configuration of the notifier function', () => {
  it('needs every one of its variables, and names the one that is missing', () => {
    expect(readNotifierConfig(env)).to.have.all.keys(Object.keys(env));
    for (const name of Object.keys(env)) {
      expect(() => readNotifierConfig({ ...env, [name]: undefined }), name).to.throw(
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

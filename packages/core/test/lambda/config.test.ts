import { expect } from 'chai';
import { ConfigurationError, pickSettings, readConfig } from '../../src/lambda/index.ts';

const schema = pickSettings(
  'SESSIONS_TABLE',
  'MANAGEMENT_ENDPOINT',
  'HEARTBEAT_TIMEOUT_SECONDS',
  'MAX_LISTENERS_PER_SESSION',
);
const good = {
  SESSIONS_TABLE: 'sessions',
  MANAGEMENT_ENDPOINT: 'https://example.test/prod',
  HEARTBEAT_TIMEOUT_SECONDS: '0.5',
  MAX_LISTENERS_PER_SESSION: '500',
};

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('reads texts, addresses and numbers, and nothing else', () => {
    expect(readConfig(schema, { ...good, HOME: '/root' })).to.deep.equal({
      SESSIONS_TABLE: 'sessions',
      MANAGEMENT_ENDPOINT: 'https://example.test/prod',
      HEARTBEAT_TIMEOUT_SECONDS: 0.5,
      MAX_LISTENERS_PER_SESSION: 500,
    });
  });

  it('names every variable that is missing; one that is empty is missing', () => {
    expect(problemsOf({ ...good, SESSIONS_TABLE: undefined, MANAGEMENT_ENDPOINT: '' })).to.deep.equal([
      'SESSIONS_TABLE is missing',
      'MANAGEMENT_ENDPOINT is missing',
    ]);
  });

  it('says what a variable must be', () => {
    expect(problemsOf({ ...good, MANAGEMENT_ENDPOINT: 'ws://example.test' })).to.deep.equal([
      'MANAGEMENT_ENDPOINT must be an http(s) address',
    ]);
    for (const value of ['ten', '-1', '1e3', ' 5', '0x10', 'NaN']) {
      expect(problemsOf({ ...good, HEARTBEAT_TIMEOUT_SECONDS: value }), value).to.deep.equal([
        'HEARTBEAT_TIMEOUT_SECONDS must be a number from 0.1 to 7200',
      ]);
    }
    expect(problemsOf({ ...good, MAX_LISTENERS_PER_SESSION: '1.5' })).to.deep.equal([
      'MAX_LISTENERS_PER_SESSION must be a whole number from 1 to 100000',
    ]);
    expect(problemsOf({ ...good, MAX_LISTENERS_PER_SESSION: '0' })).to.deep.equal([
      'MAX_LISTENERS_PER_SESSION must be a whole number from 1 to 100000',
    ]);
    expect(problemsOf({ ...good, HEARTBEAT_TIMEOUT_SECONDS: '7201' })).to.deep.equal([
      'HEARTBEAT_TIMEOUT_SECONDS must be a number from 0.1 to 7200',
    ]);
  });

  it('takes no HMAC key that is short', () => {
    const keyed = pickSettings('HMAC_KEY');
    expect(() => readConfig(keyed, { HMAC_KEY: 'k'.repeat(31) })).to.throw(
      'Environment variables: HMAC_KEY must be at least 32 characters',
    );
    expect(readConfig(keyed, { HMAC_KEY: 'k'.repeat(32) })).to.deep.equal({ HMAC_KEY: 'k'.repeat(32) });
  });

  it('puts all of it into the message', () => {
    expect(() => readConfig(schema, {})).to.throw(
      ConfigurationError,
      'Environment variables: SESSIONS_TABLE is missing; MANAGEMENT_ENDPOINT is missing; HEARTBEAT_TIMEOUT_SECONDS is missing; MAX_LISTENERS_PER_SESSION is missing',
    );
  });
});

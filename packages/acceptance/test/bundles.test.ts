import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { buildLambda } from '../../../scripts/build.ts';
import { lambdaNames } from '../../../scripts/lambdas.ts';
import { bundleUrl } from './bundles/built-bundle.ts';

const run = promisify(execFile);

/** What every function needs that refuses messages, or closes connections. */
const base = {
  SESSIONS_TABLE: 'sessions',
  CONNECTIONS_TABLE: 'connections',
  MANAGEMENT_ENDPOINT: 'https://api.example.com/dev',
  CIRCUIT_BREAKER_SECONDS: '30',
};
const requests = {
  ...base,
  RATE_LIMITS_TABLE: 'rate-limits',
  RATE_LIMIT_REFUSALS_PER_MIN: '60',
  MAX_ROLELESS_SECONDS: '120',
  SPEAKER_GRACE_SECONDS: '30',
};

/** What every function needs that sends clients what they have missed. */
const replays = { MESSAGES_TABLE: 'messages', DELIVERER_FUNCTION: 'sessions-dev-deliverer', HISTORY_SECONDS: '120' };
const HMAC_KEY = '0123456789abcdef0123456789abcdef';

/** Every variable that a function cannot start without. */
const variables: Record<string, Record<string, string>> = {
  api: {
    SESSIONS_TABLE: 'sessions',
    RATE_LIMITS_TABLE: 'rate-limits',
    MESSAGES_TABLE: 'messages',
    HMAC_KEY,
    MAX_LISTENERS_PER_SESSION: '500',
    MAX_SCHEDULED_SESSIONS: '20',
    RATE_LIMIT_SESSIONS_PER_HOUR: '50',
    RATE_LIMIT_WRONG_IDS_PER_MIN: '30',
    CIRCUIT_BREAKER_SECONDS: '30',
    SESSION_ID_VOCABULARY: 'biblical',
  },
  authorizer: { USER_POOL_ID: 'us-east-1_AbCdEfGhI', USER_POOL_CLIENT_ID: 'client' },
  connection: {
    ...requests,
    ...replays,
    MAX_LISTENERS_PER_SESSION: '500',
    SESSION_MAX_DURATION_HOURS: '2',
    SESSION_ID_VOCABULARY: 'biblical',
    HEARTBEAT_INTERVAL_SECONDS: '30',
    RATE_LIMIT_SESSIONS_PER_HOUR: '50',
    RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN: '12000',
    RATE_LIMIT_WRONG_IDS_PER_MIN: '30',
    HMAC_KEY,
    AWS_LAMBDA_FUNCTION_NAME: 'sessions-dev-connection',
  },
  heartbeat: {
    ...requests,
    MESSAGES_TABLE: 'messages',
    CONNECTION_MAX_DURATION_HOURS: '2',
    CONNECTION_REFRESH_MINUTES: '100',
    CONNECTION_WARNING_MINUTES: '105',
    RATE_LIMIT_HEARTBEATS_PER_MIN: '2',
  },
  publisher: { ...requests, ...replays, MESSAGE_MAX_AGE_SECONDS: '10', RATE_LIMIT_PUBLISH_PER_MIN: '120' },
  refresh: {
    ...requests,
    ...replays,
    HMAC_KEY,
    SESSION_MAX_DURATION_HOURS: '2',
    HEARTBEAT_INTERVAL_SECONDS: '30',
    RATE_LIMIT_RECOVERIES_PER_MIN: '30',
  },
  status: { ...requests, RATE_LIMIT_STATUS_PER_MIN: '12' },
  disconnect: requests,
  sweeper: {
    ...base,
    DELIVERER_FUNCTION: 'sessions-dev-deliverer',
    HEARTBEAT_TIMEOUT_SECONDS: '90',
    SPEAKER_GRACE_SECONDS: '30',
  },
  notifier: {
    SESSIONS_TABLE: 'sessions',
    CIRCUIT_BREAKER_SECONDS: '30',
    DELIVERER_FUNCTION: 'sessions-dev-deliverer',
    EVENT_BUS_NAME: 'default',
    EVENT_SOURCE: 'sessions.dev',
    SPEAKER_GRACE_SECONDS: '30',
  },
  deliverer: { ...base, MESSAGES_TABLE: 'messages', DELIVERER_FUNCTION: 'sessions-dev-deliverer' },
};

describe('a bundle', () => {
  const names = lambdaNames();

  for (const name of names) {
    it(`of ${name} loads in a bare Node.js 22 with the function's variables, and names each one that is missing`, async () => {
      const needed = variables[name] ?? {};
      const { stdout } = await run(
        process.execPath,
        [join(import.meta.dirname, 'bundles/load-handler.mjs'), bundleUrl(name), JSON.stringify(needed)],
        { env: { AWS_REGION: 'us-east-1' } },
      );

      const { node, handler, without } = JSON.parse(stdout);

      expect(node).to.match(/^v22\./);
      expect(handler).to.equal('function');
      expect(without).to.have.all.keys(Object.keys(needed));
      for (const [missing, outcome] of Object.entries(without)) {
        expect(outcome).to.match(new RegExp(`^ConfigurationError: Environment variables: .*\\b${missing}\\b`));
      }
    });
  }

  describe('built twice', () => {
    let folder = '';

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bundles-'));
    });

    after(() => rm(folder, { recursive: true }));

    for (const name of names) {
      it(`of ${name} gives the same function.zip, byte by byte`, async () => {
        const builds = [join(folder, name, 'once'), join(folder, name, 'twice')];
        const zips: Buffer[] = [];
        for (const out of builds) {
          await buildLambda(name, out);
          zips.push(await readFile(join(out, 'function.zip')));
        }

        expect(zips[0]?.byteLength).to.be.above(10_000);
        expect(zips[0]?.equals(zips[1] ?? Buffer.of())).to.equal(true);
      });
    }
  });
});

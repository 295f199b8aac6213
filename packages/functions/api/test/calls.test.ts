import { createJoinKeys, type Session } from '@sessions/core/sessions';
import { expect } from 'chai';
import { type AwsCalls, type Stored, startAwsCalls } from '../../../core/test/support/aws-calls.ts';
import { useEnvironment } from '../../../core/test/support/environment.ts';
import { lambdaContext } from '../../../core/test/support/events.ts';
import { httpEvent, type TestRequest } from '../../../core/test/support/http-events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { sampleScheduled, sampleSession, sampleShard } from '../../../core/test/support/samples.ts';
import { createHandler } from '../src/handler.ts';
import { wire } from '../src/wire.ts';

const HMAC_KEY = 'a-key-for-tests-of-32-characters';
const id = 'faithful-shepherd-427';
const now = Date.now();
const claims = { sub: 'user-1', token_use: 'access', exp: String(Math.floor(now / 1000) + 3600) };
const path = { sessionId: id };
const session: Session = sampleSession({ createdAt: now, expiresAt: now + 3_600_000 });
const scheduled = sampleScheduled({ createdAt: now, startsAt: now + 60_000, expiresAt: now + 3_600_000 });
const shard = sampleShard({ placeShard: `${now}#0`, capacity: 4 });
const k = createJoinKeys(HMAC_KEY).joinKeyOf(id);

/** What each request calls. `packages/core/test/calls.test.ts` does the same for messages. */
const rows: readonly {
  readonly operation: string;
  readonly given?: readonly Stored[];
  readonly request: TestRequest;
  readonly status: number;
  readonly calls: readonly string[];
}[] = [
  {
    operation: 'POST /sessions',
    request: { route: 'POST /sessions', claims, body: { sourceLanguage: 'en' } },
    status: 201,
    calls: [
      'UpdateItem RateLimits',
      'GetItem Sessions',
      'Transaction: 2 x Put Sessions, ConditionCheck Sessions, 40 x Put Sessions',
    ],
  },
  {
    operation: 'POST /sessions that is refused for what it says',
    request: { route: 'POST /sessions', claims, body: { sourceLanguage: 'en', startsAt: 1 } },
    status: 400,
    calls: [],
  },
  {
    operation: 'GET /sessions',
    given: [session, shard],
    request: { route: 'GET /sessions', claims },
    status: 200,
    calls: ['Query Sessions'],
  },
  {
    operation: 'GET /sessions/{sessionId} with a join key',
    given: [session, shard],
    request: { route: 'GET /sessions/{sessionId}', path, query: { k } },
    status: 200,
    calls: ['Query Sessions'],
  },
  {
    operation: 'GET /sessions/{sessionId} of a typed ID',
    given: [scheduled, shard],
    request: { route: 'GET /sessions/{sessionId}', path },
    status: 200,
    calls: ['GetItem RateLimits', 'Query Sessions'],
  },
  {
    operation: 'GET /sessions/{sessionId} of a wrong ID',
    request: { route: 'GET /sessions/{sessionId}', path },
    status: 404,
    calls: ['GetItem RateLimits', 'Query Sessions', 'UpdateItem RateLimits'],
  },
  {
    operation: 'DELETE /sessions/{sessionId}',
    given: [session, shard],
    request: { route: 'DELETE /sessions/{sessionId}', path, claims },
    status: 204,
    calls: ['GetItem Sessions', 'UpdateItem Sessions'],
  },
  {
    operation: 'GET /sessions/{sessionId}/messages of a channel without any',
    given: [session, shard],
    request: { route: 'GET /sessions/{sessionId}/messages', path, claims, query: { channel: 'es' } },
    status: 200,
    calls: ['BatchGetItem Sessions, Messages'],
  },
  { operation: 'GET /health', request: { route: 'GET /health' }, status: 200, calls: ['GetItem Sessions'] },
];

describe('The calls to AWS of', () => {
  let aws: AwsCalls;
  before(async () => {
    aws = await startAwsCalls();
  });
  after(() => aws.stop());
  afterEach(() => aws.clear());
  useEnvironment(() => ({
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...aws.environment,
    POWERTOOLS_METRICS_NAMESPACE: 'Test',
    POWERTOOLS_SERVICE_NAME: 'test',
  }));

  const createApi = () =>
    createHandler(
      wire({
        SESSIONS_TABLE: 'Sessions',
        RATE_LIMITS_TABLE: 'RateLimits',
        MESSAGES_TABLE: 'Messages',
        HMAC_KEY,
        MAX_LISTENERS_PER_SESSION: 500,
        MAX_SCHEDULED_SESSIONS: 2,
        RATE_LIMIT_SESSIONS_PER_HOUR: 50,
        RATE_LIMIT_WRONG_IDS_PER_MIN: 30,
        CIRCUIT_BREAKER_SECONDS: 30,
        SESSION_ID_VOCABULARY: 'biblical',
      }),
    );
  /** @returns the status of the answer, and what was called, reads at the same moment in the order of their names */
  async function callsOf(handle: ReturnType<typeof createApi>, request: TestRequest) {
    let status = 0;
    const calls = await aws.during(() =>
      captureOutput(async () => {
        status = (await handle(httpEvent(request), lambdaContext())).statusCode;
      }),
    );
    const [first, second] = calls;
    const isTogether = first === 'Query Sessions' && second === 'GetItem RateLimits';
    return { status, calls: isTogether ? [second, first, ...calls.slice(2)] : calls };
  }

  for (const { operation, given = [], request, status, calls } of rows) {
    it(operation, async () => {
      await aws.store(given);
      expect(await callsOf(createApi(), request)).to.deep.equal({ status, calls });
    });
  }

  it('POST /sessions of a user who has as many as one may have: each of them is looked at', async () => {
    const api = createApi();
    const request: TestRequest = { route: 'POST /sessions', claims, body: { sourceLanguage: 'en' } };
    for (const _ of [1, 2]) await captureOutput(async () => api(httpEvent(request), lambdaContext()));
    expect(await callsOf(api, request)).to.deep.equal({
      status: 409,
      calls: ['UpdateItem RateLimits', 'GetItem Sessions', 'GetItem Sessions', 'GetItem Sessions'],
    });
  });

  it('GET /health, asked again: none', async () => {
    const api = createApi();
    const request: TestRequest = { route: 'GET /health' };
    await callsOf(api, request);
    expect(await callsOf(api, request)).to.deep.equal({ status: 200, calls: [] });
  });
});

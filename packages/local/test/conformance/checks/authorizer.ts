import { expect } from 'chai';
import { check, section } from '../check.ts';
import { handshake, type Steps, statusOf, visit } from '../clients.ts';

const policy = (...statements: object[]) => ({
  principalId: 'user-1',
  policyDocument: {
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Action: 'execute-api:Invoke', ...statement })),
  },
});
const allowing = { Effect: 'Allow', Resource: 'METHOD_ARN' };

const decisions = () => {
  check(
    'auth-allow',
    'A policy that allows the method lets the client in, and only then $connect runs',
    { source: 'facts §1 DOC S1' },
    async () => {
      const { status, ran } = await handshake('main', { auth: { returns: policy(allowing) } });
      expect(status).to.equal(101);
      expect((await ran()).slice(0, 2)).to.deep.equal(['authorizer', '$connect']);
    },
  );
  check(
    'auth-deny',
    'A policy that denies refuses with 403, and $connect does not run',
    { source: 'facts §1 DOC S1 S3' },
    async () => {
      const returns = policy({ Effect: 'Deny', Resource: 'METHOD_ARN' });
      const { status, ran } = await handshake('main', { auth: { returns } });
      expect(status).to.equal(403);
      expect(await ran()).to.deep.equal(['authorizer']);
    },
  );
  check(
    'auth-other-arn',
    'A policy that does not cover the ARN refuses with 403',
    { source: 'facts §1 DOC S1 S3' },
    async () => {
      const returns = policy({ Effect: 'Allow', Resource: 'METHOD_ARN/more' });
      expect(await statusOf('main', { auth: { returns } })).to.equal(403);
    },
  );
  check(
    'auth-other-action',
    'A policy for another action refuses with 403',
    { source: 'facts §3 DOC S3' },
    async () => {
      const returns = policy({ ...allowing, Action: 'execute-api:ManageConnections' });
      expect(await statusOf('main', { auth: { returns } })).to.equal(403);
    },
  );
  check(
    'auth-deny-wins',
    'An explicit Deny wins over an Allow',
    { source: 'AWS: Policy evaluation logic' },
    async () => {
      const returns = policy({ Effect: 'Allow', Resource: '*' }, { Effect: 'Deny', Resource: 'METHOD_ARN' });
      expect(await statusOf('main', { auth: { returns } })).to.equal(403);
    },
  );
  check(
    'auth-wildcards',
    'Wildcards and lists in the policy are understood',
    { source: 'facts §3 DOC S3' },
    async () => {
      const returns = policy({
        Effect: 'Allow',
        Action: ['execute-api:*'],
        Resource: ['arn:aws:execute-api:*:*:*/*/$connect'],
      });
      expect(await statusOf('main', { auth: { returns } })).to.equal(101);
    },
  );
  check(
    'auth-unauthorized',
    'Throwing exactly Unauthorized refuses with 401',
    { source: 'facts §1 DOC S4 S3' },
    async () => {
      const { status, ran } = await handshake('main', { auth: { throws: 'Unauthorized' } });
      expect(status).to.equal(401);
      expect(await ran()).to.deep.equal(['authorizer']);
    },
  );
  for (const [id, throws] of [
    ['else', 'boom'],
    ['lowercase', 'unauthorized'],
    ['longer', 'Unauthorized: expired'],
  ] as const) {
    check(
      `auth-throws-${id}`,
      `Throwing "${throws}" refuses with 500`,
      { source: 'facts §1 DOC S3, CAP S6' },
      async () => {
        expect(await statusOf('main', { auth: { throws } })).to.equal(500);
      },
    );
  }
  check(
    'auth-timeout',
    'An authorizer that times out refuses with 500',
    { source: 'facts §1 COMM S7, §16.3', confirmed: false, api: 'mixed' },
    async () => {
      expect(await statusOf('mixed', { auth: { hang: true } })).to.equal(500);
    },
  );
  check(
    'auth-no-permission',
    'An authorizer that may not be invoked refuses with 500',
    { source: 'facts §1, §8.4 CAP S8', api: 'no-authorizer-permission' },
    async () => {
      expect(await statusOf('no-authorizer-permission', { userAgent: null })).to.equal(500);
    },
  );
};

const malformed: readonly [id: string, what: string, auth: Steps, source: string, confirmed: boolean][] = [
  ['nothing', 'nothing', { returns: null }, 'facts §1 CAP S6', true],
  ['text', 'a text', { returns: 'allow' }, 'facts §1 CAP S6', true],
  ['no-policy', 'no policyDocument', { returns: { principalId: 'p' } }, 'facts §1 DOC S3, CAP S6', true],
  [
    'no-principal',
    'no principalId',
    { returns: { ...policy(allowing), principalId: undefined } },
    'facts §3 DOC S3',
    true,
  ],
  ['no-resource', 'a statement without Resource', { returns: policy({ Effect: 'Allow' }) }, 'facts §1 DOC S3', true],
  ['simple', 'the simple response of HTTP APIs', { returns: { isAuthorized: true } }, 'facts §3 DOC S21', true],
  ['context-object', 'an object in its context', { context: { claims: { sub: '1' } } }, 'facts §3 DOC S3', true],
  ['context-array', 'an array in its context', { context: { groups: ['a'] } }, 'facts §3 DOC S3', true],
  [
    'long-resource',
    'a Resource of more than 512 characters',
    { returns: policy({ Effect: 'Allow', Resource: `*${'x'.repeat(512)}` }) },
    'facts §3 DOC S3',
    false,
  ],
];

const results = () => {
  for (const [id, what, auth, source, confirmed] of malformed) {
    check(
      `auth-malformed-${id}`,
      `An authorizer that returns ${what} refuses with 500`,
      { source, confirmed },
      async () => {
        expect(await statusOf('main', { auth })).to.equal(500);
      },
    );
  }
  check('auth-result-size', 'A result of almost 8 KB is taken', { source: 'facts §3, §7 DOC S22' }, async () => {
    expect(await statusOf('main', { auth: { contextBytes: 7900 } })).to.equal(101);
  });
  check(
    'auth-result-too-large',
    'A larger result refuses with 500',
    { source: 'facts §3, §7 DOC S22', confirmed: false },
    async () => {
      expect(await statusOf('main', { auth: { contextBytes: 8192 } })).to.equal(500);
    },
  );
  check('auth-not-cached', 'Every connection asks the authorizer anew', { source: 'facts §3 DOC S21' }, async () => {
    for (const _ of [1, 2]) {
      const { ran } = await handshake('main', { query: 'token=same' });
      expect(await ran()).to.include('authorizer');
    }
  });
  check(
    'auth-connect-only',
    'The policy is asked at $connect only: messages of other routes pass',
    { source: 'facts §3 CAP S24' },
    async () => {
      const visitor = await visit('main', { auth: { returns: policy(allowing) } });
      expect(await visitor.ask({ body: 'through' })).to.equal('through');
    },
  );
};

const identitySources = () => {
  const api = 'identity';
  const headers = { 'X-Client': 'web' };
  check(
    'identity-none-configured',
    'Without an identity source anonymous clients reach the authorizer',
    { source: 'facts §3 DOC S21' },
    async () => {
      const { told } = await handshake('main');
      expect((await told('authorizer')).event.queryStringParameters).not.to.have.property('token');
    },
  );
  for (const [id, what, options] of [
    ['query-missing', 'A missing query parameter', { headers }],
    ['query-empty', 'An empty query parameter', { query: 'token=', headers }],
    ['header-missing', 'A missing header', { query: 'token=t' }],
    ['header-empty', 'An empty header', { query: 'token=t', headers: { 'X-Client': '' } }],
  ] as const) {
    check(
      `identity-${id}`,
      `${what} refuses with 401, and the authorizer is not asked`,
      { source: 'facts §1 DOC S4 S5', api },
      async () => {
        const { status, ran } = await handshake('identity', options);
        expect(status).to.equal(401);
        expect(await ran()).to.deep.equal([]);
      },
    );
  }
  check(
    'identity-complete',
    'With all identity sources the authorizer decides',
    { source: 'facts §3 DOC S21 S4', api },
    async () => {
      const { status, ran } = await handshake('identity', { query: 'token=t', headers });
      expect(status).to.equal(101);
      expect((await ran()).slice(0, 2)).to.deep.equal(['authorizer', '$connect']);
    },
  );
  check(
    'identity-header-case',
    'A header of an identity source counts in any case',
    { source: 'RFC 9110 §5.1', confirmed: false, api },
    async () => {
      expect(await statusOf('identity', { query: 'token=t', headers: { 'x-cLIENT': 'web' } })).to.equal(101);
    },
  );
};

export function authorizerChecks(): void {
  section('Authorizer: decisions', decisions);
  section('Authorizer: results', results);
  section('Authorizer: identity sources', identitySources);
}

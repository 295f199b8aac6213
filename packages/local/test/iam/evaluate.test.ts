import { expect } from 'chai';
import { evaluate } from '../../src/iam/evaluate.ts';
import { compilePolicy } from '../../src/iam/policy.ts';
import type { PolicyStatement } from '../../src/stack/model.ts';

const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders';
const index = `${table}/index/by-day`;

type Statement = Partial<PolicyStatement>;

/** What a role with these statements is told. */
function decide(statements: readonly Statement[], action: string, resource: string, keys: Record<string, string> = {}) {
  const Statement = statements.map((changes) => ({
    Effect: 'Allow' as const,
    Action: [],
    Resource: ['*'],
    ...changes,
  }));
  const policy = compilePolicy({ address: 'aws_iam_role_policy.p.policy', Version: '2012-10-17', Statement });
  return evaluate([policy], { action, resource, context: () => new Map(Object.entries(keys)) });
}
const kindOf = (...args: Parameters<typeof decide>) => decide(...args).kind;

describe('The evaluation of policies', () => {
  it('denies what nothing allows', () => {
    expect(kindOf([], 'dynamodb:GetItem', table)).to.equal('implicitDeny');
    expect(kindOf([{ Action: ['dynamodb:PutItem'] }], 'dynamodb:GetItem', table)).to.equal('implicitDeny');
  });

  it('tells the first statement, action and resource that allow', () => {
    const statements = [
      { Action: ['dynamodb:PutItem'], Resource: [table] },
      { Action: ['dynamodb:PutItem', 'dynamodb:Query'], Resource: [table, index] },
      { Action: ['*'] },
    ];

    expect(decide(statements, 'dynamodb:Query', index)).to.deep.equal({
      kind: 'allowed',
      by: { policy: 0, statement: 1, action: 1, resource: 1 },
    });
  });

  it('denies what one statement denies, whatever another allows, before or after it', () => {
    const allow = { Action: ['dynamodb:*'] };
    const deny = { Effect: 'Deny' as const, Action: ['dynamodb:DeleteItem'], Resource: [table] };

    expect(kindOf([allow, deny], 'dynamodb:DeleteItem', table)).to.equal('explicitDeny');
    expect(kindOf([deny, allow], 'dynamodb:DeleteItem', table)).to.equal('explicitDeny');
    expect(kindOf([deny, allow], 'dynamodb:DeleteItem', index)).to.equal('allowed');
  });

  it('compares actions without regard to case, and resources with', () => {
    const statements = [{ Action: ['DynamoDB:get*'], Resource: [table] }];

    expect(kindOf(statements, 'dynamodb:GetItem', table)).to.equal('allowed');
    expect(kindOf(statements, 'dynamodb:GetItem', table.replace('orders', 'Orders'))).to.equal('implicitDeny');
  });

  it('knows NotAction and NotResource', () => {
    const statements = [{ NotAction: ['dynamodb:Delete*'], Resource: [], NotResource: [index] }];

    expect(kindOf(statements, 'dynamodb:GetItem', table)).to.equal('allowed');
    expect(kindOf(statements, 'dynamodb:DeleteTable', table)).to.equal('implicitDeny');
    expect(kindOf(statements, 'dynamodb:GetItem', index)).to.equal('implicitDeny');
  });

  const resources: [string, string, boolean][] = [
    ['*', table, true],
    ['arn:aws:dynamodb:*:*:table/orders', table, true],
    ['arn:aws:dynamodb:us-east-?:000000000000:table/*', table, true],
    ['arn:aws:dynamodb:us-east-1:000000000000:table/orders/index/*', index, true],
    ['arn:aws:dynamodb:us-east-1:000000000000:table/orders', index, false],
    ['arn:aws:dynamodb:*:*:table/order?', table, true],
    ['arn:aws:dynamodb:*:*:table/order', table, false],
    // A star stays within its field; a pattern with too few fields is completed.
    ['arn:aws:dynamodb:*:table/orders', table, false],
    ['arn:aws:dynamodb', table, true],
    ['arn:aws:logs:*:*:log-group:/aws/lambda/*', 'arn:aws:logs:a:1:log-group:/aws/lambda/x:log-stream:y', true],
  ];
  for (const [pattern, resource, matches] of resources) {
    it(`${matches ? 'covers' : 'does not cover'} ${resource} by ${pattern}`, () => {
      const decision = kindOf([{ Action: ['*'], Resource: [pattern] }], 'any:Thing', resource);
      expect(decision).to.equal(matches ? 'allowed' : 'implicitDeny');
    });
  }

  it('allows only while every condition holds', () => {
    const statements = [
      {
        Action: ['*'],
        Condition: {
          StringEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] },
          Bool: { 'aws:SecureTransport': ['true'] },
        },
      },
    ];
    const decideWith = (keys: Record<string, string>) => kindOf(statements, 'a:B', table, keys);

    expect(decideWith({ 'aws:requestedregion': 'eu-west-1', 'aws:securetransport': 'true' })).to.equal('allowed');
    expect(decideWith({ 'aws:requestedregion': 'ap-east-1', 'aws:securetransport': 'true' })).to.equal('implicitDeny');
    expect(decideWith({ 'aws:requestedregion': 'eu-west-1', 'aws:securetransport': 'false' })).to.equal('implicitDeny');
  });
});

import { expect } from 'chai';
import { boundaryPolicy } from '../../src/bootstrap/boundary-policy.ts';
import { deployPolicies } from '../../src/bootstrap/deploy-policies.ts';
import { planPolicy } from '../../src/bootstrap/plan-policy.ts';
import { arnsOf, type Policy, type Scope } from '../../src/bootstrap/scope.ts';
import { environmentNames } from '../../src/index.ts';

/** With all that is optional, and long names. */
const scopeOf = (environment: Scope['environment']): Scope => ({
  accountId: '123456789012',
  region: 'ap-southeast-1',
  environment,
  stateBucketArn: `arn:aws:s3:::${'b'.repeat(63)}`,
  stateKeyPrefix: 'states/of/sessions',
  stateKmsKeyArn: 'arn:aws:kms:ap-southeast-1:123456789012:key/11111111-2222-3333-4444-555555555555',
  kmsKeyArns: ['arn:aws:kms:ap-southeast-1:123456789012:key/11111111-2222-3333-4444-555555555555'],
  hostedZoneIds: ['Z0123456789ABCDEFGHIJ'],
  extraFunctionArns: [`arn:aws:lambda:ap-southeast-1:123456789012:function:${'f'.repeat(64)}`],
});

/** Actions that cannot be restricted to a resource in AWS, and that change something. */
const onEverything = [
  'logs:CreateLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:PutResourcePolicy',
  'sns:SetSubscriptionAttributes',
  'sns:Unsubscribe',
  'cognito-idp:CreateUserPool', // by its tags
  'lambda:CreateEventSourceMapping', // by its function
];

for (const environment of environmentNames) {
  describe(`the policies of the pipeline for ${environment}`, () => {
    const scope = scopeOf(environment);
    const { resources, access, read } = deployPolicies(scope);
    const plan = planPolicy(scope);
    const boundary = boundaryPolicy(scope);
    const all: Record<string, Policy> = { resources, access, read, plan, boundary };
    const deploy = [resources, access, read].flatMap(({ Statement }) => Statement);

    it('fit what AWS takes, and have each statement once', () => {
      for (const [name, policy] of Object.entries(all)) {
        expect(JSON.stringify(policy).length, name).to.be.at.most(6144);
        const sids = policy.Statement.map(({ Sid }) => Sid);
        expect(new Set(sids).size, name).to.equal(sids.length);
      }
    });

    it('name every action, and change without a resource only what has none', () => {
      for (const [name, { Statement }] of Object.entries(all)) {
        const allowed = Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);
        expect(allowed.join(), name).to.not.include('*');
      }
      const changes = deploy
        .filter(({ Resource }) => Resource.includes('*'))
        .flatMap(({ Action }) => Action)
        .filter((action) => !/:(Get|List|Describe)/.test(action));
      expect(changes).to.have.members(onEverything);
    });

    it('let the deploy role give permissions only to roles of the stack that have the boundary', () => {
      const { roles, boundary: boundaryArn } = arnsOf(scope);
      const giving = deploy.filter(({ Action }) =>
        Action.some((action) => /^iam:(Create|Put|Attach)Role?/.test(action)),
      );
      const ofRoles = giving.filter(({ Sid }) => Sid !== 'ServiceLinkedRole');

      expect(ofRoles.map(({ Sid }) => Sid)).to.deep.equal(['BoundedRoles', 'LoggingRole']);
      for (const { Resource, Condition } of ofRoles) {
        expect(Resource).to.deep.equal([roles]);
        expect(Condition?.StringEquals).to.deep.equal({ 'iam:PermissionsBoundary': boundaryArn });
      }
    });

    it('let the deploy role do no more to functions of others than let API Gateway invoke them', () => {
      const ofOthers = deploy.filter(({ Resource }) => Resource.includes(String(scope.extraFunctionArns[0])));
      const without = deployPolicies({ ...scope, extraFunctionArns: [] });

      expect(ofOthers.flatMap(({ Action }) => Action)).to.deep.equal([
        'lambda:AddPermission',
        'lambda:RemovePermission',
        'lambda:GetPolicy',
      ]);
      expect(ofOthers[0]?.Condition).to.deep.equal({
        StringEquals: { 'lambda:Principal': 'apigateway.amazonaws.com' },
      });
      expect(JSON.stringify(without)).to.not.include('ExtraRoutes');
    });

    it('have nothing of IAM in plan and boundary but reading the configuration of roles', () => {
      const iam = (policy: Policy) =>
        policy.Statement.flatMap(({ Action }) => Action).filter((action) => /^(iam|sts):/.test(action));

      expect(iam(boundary)).to.deep.equal([]);
      expect(iam(plan).filter((action) => !/^iam:(Get|List)/.test(action))).to.deep.equal([]);
    });
  });
}

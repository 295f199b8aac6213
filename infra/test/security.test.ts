import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { environmentNames } from '../src/index.ts';
import { readStack, type Values } from './support.ts';

interface Statement {
  Effect: string;
  Action: string[];
  Resource?: string[];
  Principal?: Record<string, string> | string;
  Condition?: Record<string, Record<string, string>>;
}

/** Where a policy names a resource by pattern, and why there is no finer one. */
const patterns: readonly [RegExp, string][] = [
  [/^<[\w-]+\/log arn>:\*$/, 'the streams of one log group: Lambda names them'],
  [
    /^<api\/api execution_arn>\/\w+\/(POST|GET|DELETE)\/@connections\/\*$/,
    'connections of one stage: not known beforehand',
  ],
];
/** What has no resource level in AWS: `*` is all that there is. */
const withoutResources = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'dynamodb:ListStreams'];
/** Attached as they are, since AWS asks for them. */
const managedPolicies = ['arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs'];

const statementsOf = (policy: unknown): Statement[] => JSON.parse(String(policy)).Statement as Statement[];

for (const environment of environmentNames) {
  describe(`the stack of ${environment}, for security,`, () => {
    const stack = readStack(environment);
    const all = (type: string): [string, Values][] => Object.entries(stack.resources(type));
    const types = Object.keys(stack.json.resource);
    const permissions = all('aws_iam_role_policy').flatMap(([place, { policy }]) =>
      statementsOf(policy).map((statement) => ({ place, ...statement })),
    );

    it('allows named actions on named resources, and patterns only where AWS has nothing finer', () => {
      expect(permissions).to.not.be.empty;
      for (const { place, Effect, Action, Resource = [] } of permissions) {
        expect(Effect, place).to.equal('Allow');
        expect(Action.join(), place).to.not.include('*');
        expect(Resource, place).to.not.be.empty;
        for (const resource of Resource.filter((each) => each.includes('*'))) {
          const isKnown = patterns.some(([pattern]) => pattern.test(resource));
          const hasNone = resource === '*' && Action.every((action) => withoutResources.includes(action));
          expect(isKnown || hasNone, `${place}: ${Action} on ${resource}`).to.equal(true);
        }
      }
    });

    it('has no other way to allow anything: no managed policies but those that AWS asks for, no inline ones', () => {
      expect(
        types.filter((type) => ['aws_iam_policy', 'aws_iam_user', 'aws_iam_access_key'].includes(type)),
      ).to.deep.equal([]);
      expect(all('aws_iam_role_policy_attachment').map(([, { policy_arn }]) => policy_arn)).to.deep.equal(
        managedPolicies,
      );
      for (const [place, role] of all('aws_iam_role')) {
        expect(role, place).to.not.have.any.keys('inline_policy', 'managed_policy_arns');
      }
    });

    it('lets each role be taken by one service only: Lambda, or API Gateway for its logs', () => {
      const trusted = all('aws_iam_role').map(([place, { assume_role_policy }]) => [
        place,
        statementsOf(assume_role_policy),
      ]);
      for (const [place, statements] of trusted) {
        const Service = place === 'logging/role' ? 'apigateway.amazonaws.com' : 'lambda.amazonaws.com';
        expect(statements, String(place)).to.deep.equal([
          { Effect: 'Allow', Action: ['sts:AssumeRole'], Principal: { Service } },
        ]);
      }
    });

    it('lets only its own APIs and schedule invoke functions', () => {
      for (const [place, { principal, source_arn }] of all('aws_lambda_permission')) {
        expect(principal, place).to.be.oneOf(['apigateway.amazonaws.com', 'events.amazonaws.com']);
        expect(source_arn, place).to.match(/^<((http\/)?api\/api execution_arn>\/[^*]+|sweep\/rule arn>)$/);
      }
      expect(types).to.not.include('aws_lambda_function_url');
    });

    it('encrypts every table, queue, log and environment, with the key that is given', () => {
      const key = `\${var.kms_key_arn == "" ? null : var.kms_key_arn}`;

      for (const [place, table] of all('aws_dynamodb_table')) {
        expect(table.server_side_encryption, place).to.deep.equal({ enabled: true, kms_key_arn: key });
      }
      for (const [place, queue] of all('aws_sqs_queue')) {
        expect(queue.kms_master_key_id, place).to.equal(key);
        // Else with SQS's own key; it takes one of the two.
        expect(queue.sqs_managed_sse_enabled, place).to.equal(`\${var.kms_key_arn == "" ? true : null}`);
      }
      for (const [place, group] of all('aws_cloudwatch_log_group')) expect(group.kms_key_id, place).to.equal(key);
      for (const [place, lambda] of all('aws_lambda_function')) expect(lambda.kms_key_arn, place).to.equal(key);
      for (const [place, topic] of all('aws_sns_topic')) expect(topic.kms_master_key_id, place).to.equal(key);
    });

    const via = (service: string) => ({
      StringEquals: { 'kms:ViaService': `${service}.\${var.aws_region}.amazonaws.com` },
    });

    it('lets a function use that key only if there is one, and beyond its own environment only through DynamoDB and SQS', () => {
      const usesOfKey = permissions.filter(({ Action }) => Action.some((action) => action.startsWith('kms:')));

      for (const { place, Action, Resource, Condition } of usesOfKey) {
        expect(stack.resources('aws_iam_role_policy')[place]?.count).to.equal(`\${var.kms_key_arn == "" ? 0 : 1}`);
        expect(Resource).to.deep.equal([`\${var.kms_key_arn}`]);
        if (!Condition) expect(Action).to.deep.equal(['kms:Decrypt']);
        else if (JSON.stringify(Condition).includes('sqs')) {
          expect(Condition).to.deep.equal(via('sqs'));
          expect(Action).to.deep.equal(['kms:GenerateDataKey']);
        } else expect(Condition).to.deep.equal(via('dynamodb'));
      }
      const placesVia = (service: string) =>
        usesOfKey.filter((each) => isDeepStrictEqual(each.Condition, via(service))).map(({ place }) => place);
      expect(placesVia('dynamodb')).to.not.include('authorizer/encryption/policy');
      expect(placesVia('dynamodb')).to.include('connection/encryption/policy');
      expect(placesVia('sqs')).to.have.members(['notifier/encryption/policy', 'deliverer/encryption/policy']);
    });

    it('opens no queue: each keeps to the roles of the account, speaks TLS alone, and forgets after two weeks', () => {
      const queues = all('aws_sqs_queue');

      expect(queues.map(([place]) => place)).to.have.members(['changes-failed/queue', 'deliveries-failed/queue']);
      for (const [place, { policy, message_retention_seconds }] of queues) {
        expect(policy, place).to.equal(undefined);
        expect(message_retention_seconds, place).to.equal(1_209_600);
      }
      const policies = all('aws_sqs_queue_policy').map(([, values]) => values);
      expect(policies.map(({ queue_url }) => queue_url)).to.have.members(queues.map(([place]) => `<${place} url>`));
      for (const { policy } of policies) {
        expect(statementsOf(policy).map(({ Resource: _, ...rest }) => rest)).to.deep.equal([
          {
            Sid: 'TlsOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: 'sqs:*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ]);
      }
      expect(policies.flatMap(({ policy }) => statementsOf(policy).map(({ Resource }) => Resource))).to.have.members(
        queues.map(([place]) => `<${place} arn>`),
      );
    });

    it('makes its key for HMACs by chance, keeps it, and shows it in no plan, output or parameter', () => {
      const key = stack.resources('terraform_data')['hmac-key/key'];
      const [, uniqueId] = /(terraform_data\.hmac-key_\w+)/.exec(JSON.stringify(stack.json.resource)) ?? [];
      const shown = JSON.stringify([stack.json.output, stack.json.resource.aws_ssm_parameter]);

      expect(key).to.deep.equal({
        input: `\${join("", [uuid(), uuid()])}`,
        triggers_replace: `\${var.hmac_key_version}`,
        lifecycle: { ignore_changes: ['input'] },
      });
      expect(uniqueId).to.match(/^terraform_data\.hmac-key_[0-9A-F]{8}$/);
      expect(shown).to.not.include(uniqueId);
      const uses = JSON.stringify(stack.json.resource.aws_lambda_function).match(/[^"]*hmac-key_[^"]*/g) ?? [];
      expect(new Set(uses)).to.deep.equal(new Set([`\${sensitive(${uniqueId}.output)}`]));
      expect(uses).to.have.lengthOf(3); // connection, refresh, api
    });

    it('forgets every log', () => {
      for (const [place, { retention_in_days }] of all('aws_cloudwatch_log_group')) {
        expect(retention_in_days, place).to.match(/^\$\{var\.data_retention_hours <= 24 \? 1 : /);
      }
    });

    it('speaks TLS 1.2', () => {
      const [[, domain] = []] = all('aws_apigatewayv2_domain_name');

      expect(domain?.domain_name_configuration).to.deep.include({
        endpoint_type: 'REGIONAL',
        security_policy: 'TLS_1_2',
      });
    });

    it('has no secrets: neither in environments, nor in parameters, nor any that Terraform would keep', () => {
      const secret = /secret|password|private|credential|api_?key|access_?key|token(?!_minutes)/i;

      for (const [place, { environment }] of all('aws_lambda_function')) {
        const { variables } = environment as { variables: Record<string, string> };
        expect(
          Object.keys(variables).filter((name) => secret.test(name)),
          place,
        ).to.deep.equal([]);
      }
      expect(Object.keys(stack.json.output).filter((name) => secret.test(name))).to.deep.equal([]);
      // A refresh token's lifetime is no token.
      const named = Object.keys(stack.json.variable).filter((name) => secret.test(name));
      expect(named).to.deep.equal(['refresh_token_days']);
      expect(stack.resources('aws_cognito_user_pool_client')['user-pool/client']?.generate_secret).to.equal(false);
      expect(JSON.stringify(stack.json.provider)).to.not.match(/access_key|secret_key|token/);
      expect(
        types.filter((type) =>
          ['aws_secretsmanager_secret_version', 'tls_private_key', 'random_password'].includes(type),
        ),
      ).to.deep.equal([]);
    });

    it('leaves the logging role of the whole account alone unless asked', () => {
      expect(stack.json.variable.manage_api_gateway_account?.default).to.equal(false);
      for (const [place, { count }] of [
        ...all('aws_api_gateway_account'),
        ...all('aws_iam_role_policy_attachment'),
        ...all('aws_iam_role').filter(([each]) => each === 'logging/role'),
      ]) {
        expect(count, place).to.equal(`\${var.manage_api_gateway_account ? 1 : 0}`);
      }
    });

    it('gives accounts only by an administrator, with passwords of some length', () => {
      expect(stack.resources('aws_cognito_user_pool')['user-pool/pool']).to.deep.include({
        admin_create_user_config: { allow_admin_create_user_only: true },
        password_policy: {
          minimum_length: 12,
          require_lowercase: true,
          require_uppercase: true,
          require_numbers: true,
          require_symbols: false,
          temporary_password_validity_days: 7,
        },
      });
    });

    it('tags everything', () => {
      expect(JSON.stringify(stack.json.provider)).to.include('merge(var.tags, { Project = ');
    });
  });
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Plan, startTerraform, type TerraformFolder, type VariableValues } from '../../scripts/terraform.ts';
import { needTools } from '../../scripts/tools/need-tools.ts';
import { terraformWithProvider } from '../../scripts/tools/terraform.ts';
import type { SynthesizedStack } from '../src/index.ts';
import { makeFolder, synthesizeInto } from './support.ts';

const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const ingestionArn = 'arn:aws:lambda:us-east-1:111122223333:function:ingestion';
const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/1234abcd-12ab-34cd-56ef-1234567890ab';

describe('Terraform, of what is optional in a stack,', function () {
  this.timeout(180_000); // see terraform.test.ts

  let remove: (() => void) | undefined;
  let terraform: TerraformFolder;
  let dev: SynthesizedStack;
  let prod: SynthesizedStack;

  before(async function () {
    const [found] = await needTools(this, 'Terraform tests', terraformWithProvider);
    const { folder, remove: removeFolder } = makeFolder();
    remove = removeFolder;
    [dev, prod] = synthesizeInto(folder, ['dev', 'prod']) as [SynthesizedStack, SynthesizedStack];
    terraform = await startTerraform(found, dev);
  });

  after(async () => {
    await terraform?.stop();
    remove?.();
  });

  type Values = Record<string, unknown>;
  const planned = ({ resource_changes }: Plan, type: string): Values[] =>
    resource_changes.filter((each) => each.type === type).map(({ change }) => change.after);
  const parameters = (plan: Plan) => planned(plan, 'aws_ssm_parameter').map(({ name }) => name);
  const functionOf = (plan: Plan, name: string) =>
    planned(plan, 'aws_lambda_function').find(({ function_name }) => String(function_name).endsWith(`-${name}`));
  const endpointOf = (plan: Plan, name: string) =>
    (functionOf(plan, name)?.environment as [{ variables?: Record<string, string> }] | undefined)?.[0].variables
      ?.MANAGEMENT_ENDPOINT;

  it('makes none of it by default, protects production, and publishes what there is', async () => {
    const plan = await terraform.plan(prod);

    for (const type of [
      'aws_apigatewayv2_domain_name',
      'aws_apigatewayv2_api_mapping',
      'aws_route53_record',
      'aws_api_gateway_account',
      'aws_budgets_budget',
    ]) {
      expect(planned(plan, type), type).to.be.empty;
    }
    expect(planned(plan, 'aws_iam_role_policy').map(({ name }) => name)).to.not.include('sessions-prod-heartbeat-kms');
    expect(functionOf(plan, 'heartbeat')).to.include({ reserved_concurrent_executions: -1 });
    expect(functionOf(plan, 'heartbeat')?.kms_key_arn ?? null).to.equal(null);
    expect(functionOf(plan, 'heartbeat')?.tags_all).to.deep.equal({ Environment: 'prod', Project: 'sessions' });
    for (const table of planned(plan, 'aws_dynamodb_table')) {
      expect(table.deletion_protection_enabled).to.equal(true);
      const enabled = table.name !== 'sessions-prod-messages';
      expect((table.point_in_time_recovery as [Values])[0], String(table.name)).to.include({ enabled });
    }
    expect(planned(plan, 'aws_cognito_user_pool')[0]).to.include({ deletion_protection: 'ACTIVE' });
    expect(planned(plan, 'aws_cognito_user_pool_client')[0]).to.include({
      access_token_validity: 60,
      refresh_token_validity: 30,
    });
    expect(planned(plan, 'aws_cloudwatch_log_group')[0]).to.include({ retention_in_days: 30 });
    expect(parameters(plan)).to.include('/sessions/prod/user_pool_id');
    expect(parameters(plan)).to.not.include('/sessions/prod/custom_domain_target');
  });

  it('makes all of it: a domain with its record, a key, tags, concurrency, the role for logs', async () => {
    const plan = await terraform.plan(dev, {
      domain_name: 'ws.example.com',
      certificate_arn: certificateArn,
      http_domain_name: 'api.example.com',
      http_certificate_arn: certificateArn,
      http_allowed_origins: '["https://app.example.com"]',
      hosted_zone_id: 'Z0123456789ABCDEFGHIJ',
      extra_routes: `{ audioChunk = { function_arn = "${ingestionArn}" }, help = { function_arn = "${ingestionArn}", reply = true } }`,
      kms_key_arn: keyArn,
      tags: '{ Team = "audio" }',
      reserved_concurrency: '{ heartbeat = 100 }',
      manage_api_gateway_account: 'true',
      access_logs: 'true',
      ip_address_type: 'dualstack',
      alarm_email: 'ops@example.com',
      monthly_budget_usd: 250,
      monthly_budget_scope: 'environment',
      point_in_time_recovery: 'true',
      access_token_minutes: 5,
    });

    const domains = planned(plan, 'aws_apigatewayv2_domain_name');
    expect(domains.map(({ domain_name }) => domain_name)).to.have.members(['ws.example.com', 'api.example.com']);
    const domain = domains.find(({ domain_name }) => domain_name === 'ws.example.com');
    expect((domain?.domain_name_configuration as Values[] | undefined)?.[0]).to.include({
      certificate_arn: certificateArn,
      endpoint_type: 'REGIONAL',
      security_policy: 'TLS_1_2',
    });
    expect(planned(plan, 'aws_apigatewayv2_api_mapping')).to.have.lengthOf(2);
    expect(planned(plan, 'aws_route53_record').map(({ name, type }) => [name, type])).to.have.deep.members([
      ['ws.example.com', 'A'],
      ['ws.example.com', 'AAAA'],
      ['api.example.com', 'A'],
      ['api.example.com', 'AAAA'],
    ]);
    expect((domain?.domain_name_configuration as Values[] | undefined)?.[0]).to.include({
      ip_address_type: 'dualstack',
    });
    const apis = planned(plan, 'aws_apigatewayv2_api');
    expect(apis.map(({ ip_address_type }) => ip_address_type)).to.deep.equal(['dualstack', 'dualstack']);
    const [cors] = (apis.find(({ protocol_type }) => protocol_type === 'HTTP')?.cors_configuration ?? []) as Values[];
    expect(cors).to.deep.include({ allow_origins: ['https://app.example.com'], max_age: 3600 });
    const extras = planned(plan, 'aws_apigatewayv2_route').filter(({ route_key }) =>
      ['audioChunk', 'help'].includes(String(route_key)),
    );
    expect(
      extras.map(({ route_key, route_response_selection_expression: reply }) => [route_key, reply ?? null]),
    ).to.have.deep.members([
      ['audioChunk', null],
      ['help', '$default'],
    ]);
    expect(
      planned(plan, 'aws_lambda_permission').filter(({ function_name }) => function_name === ingestionArn),
    ).to.have.lengthOf(2);
    // The functions stay at API Gateway's own address, which is known only when the API is there.
    expect(endpointOf(plan, 'heartbeat')).to.equal(undefined);
    const values = planned(plan, 'aws_ssm_parameter').map(({ name, value }) => [name, value]);
    expect(values).to.deep.include(['/sessions/dev/websocket_url', 'wss://ws.example.com']);
    expect(values).to.deep.include(['/sessions/dev/http_api_url', 'https://api.example.com']);
    expect(parameters(plan)).to.include('/sessions/dev/custom_domain_target');

    for (const table of planned(plan, 'aws_dynamodb_table')) {
      expect((table.server_side_encryption as [Values])[0]).to.include({ enabled: true, kms_key_arn: keyArn });
    }
    for (const group of planned(plan, 'aws_cloudwatch_log_group')) expect(group.kms_key_id).to.equal(keyArn);
    expect(functionOf(plan, 'heartbeat')).to.include({ kms_key_arn: keyArn, reserved_concurrent_executions: 100 });
    expect(functionOf(plan, 'refresh')).to.include({ reserved_concurrent_executions: -1 });
    expect(functionOf(plan, 'heartbeat')?.tags_all).to.deep.equal({
      Environment: 'dev',
      Project: 'sessions',
      Team: 'audio',
    });
    const access = planned(plan, 'aws_iam_role_policy').find(({ name }) => name === 'sessions-dev-heartbeat-kms');
    expect(String(access?.policy)).to.include(`"Resource":["${keyArn}"]`);
    expect(planned(plan, 'aws_api_gateway_account')).to.have.lengthOf(1);
    expect(planned(plan, 'aws_cognito_user_pool_client')[0]).to.include({ access_token_validity: 5 });
    const [budget] = planned(plan, 'aws_budgets_budget');
    expect(budget).to.include({ name: 'sessions-dev', limit_amount: '250', limit_unit: 'USD', time_unit: 'MONTHLY' });
    expect(budget?.cost_filter).to.deep.equal([{ name: 'TagKeyValue', values: ['user:Environment$dev'] }]);
    for (const each of (budget?.notification ?? []) as Values[]) {
      expect(each.subscriber_email_addresses).to.deep.equal(['ops@example.com']);
    }
  });

  it('throttles the stage below what AWS allows an account in the Region, unless told otherwise', async () => {
    const throttling = async (variables: VariableValues) => {
      const stages = planned(await terraform.plan(dev, variables), 'aws_apigatewayv2_stage');
      return ['dev', '$default'].flatMap((name) => {
        const stage = stages.find((each) => each.name === name);
        const [settings] = (stage?.default_route_settings ?? []) as Values[];
        return [settings?.throttling_rate_limit, settings?.throttling_burst_limit];
      });
    };

    expect(await throttling({})).to.deep.equal([5000, 2500, 1000, 500]);
    expect(await throttling({ aws_region: 'eu-south-2' })).to.deep.equal([1250, 625, 250, 125]);
    const given = { aws_region: 'eu-south-2', stage_throttle_rate_limit: 9000, http_throttle_burst_limit: 7 };
    expect(await throttling(given)).to.deep.equal([9000, 625, 250, 7]);
  });

  it('takes deletion_protection from files only: prevent_destroy must not contradict it', async () => {
    const refusal = await terraform.plan(prod, { deletion_protection: false }).then(
      () => 'accepted',
      ({ message }: Error) => message.replaceAll(/[\s│]+/g, ' '),
    );

    expect(refusal).to.include(
      'deletion_protection must be true, as when the stack was synthesized: set it in terraform.tfvars or terraform.<environment>.tfvars, not by --var.',
    );
  });

  it('warns of production without access logs and an alarm address, and of nothing else', async () => {
    const warnings = async (stack: SynthesizedStack, ...variables: string[]) => {
      await terraform.load(stack);
      const options = ['-input=false', '-no-color', '-lock=false', ...variables.map((each) => `-var=${each}`)];
      const printed = (await terraform.run('plan', ...options)).replaceAll(/[\s│]+/g, ' ');
      return printed.match(/(access_logs is false|alarm_email and alarm_topic_arn are empty): /g) ?? [];
    };

    expect(await warnings(prod)).to.have.members([
      'access_logs is false: ',
      'alarm_email and alarm_topic_arn are empty: ',
    ]);
    expect(await warnings(prod, 'access_logs=true', 'alarm_email=ops@example.com')).to.deep.equal([]);
    expect(await warnings(dev)).to.deep.equal([]);
  });

  it('leaves DNS to others, and publishes no user pool where there is none', async () => {
    const plan = await terraform.plan(dev, {
      domain_name: 'ws.example.com',
      certificate_arn: certificateArn,
      oidc_issuer: 'https://login.example.com/realm',
      oidc_audience: 'sessions',
    });

    expect(planned(plan, 'aws_apigatewayv2_domain_name')).to.have.lengthOf(1);
    expect(planned(plan, 'aws_route53_record')).to.be.empty;
    const speaker = planned(plan, 'aws_apigatewayv2_authorizer').find(
      ({ authorizer_type }) => authorizer_type === 'JWT',
    );
    expect(speaker?.jwt_configuration).to.deep.equal([
      { audience: ['sessions'], issuer: 'https://login.example.com/realm' },
    ]);
    expect(parameters(plan)).to.not.include.members(['/sessions/dev/user_pool_id']);
    expect(parameters(plan)).to.not.include.members(['/sessions/dev/user_pool_client_id']);
  });

  it('takes the example with every default written out', async () => {
    const example = readFileSync(join(import.meta.dirname, '..', '..', 'terraform.tfvars.example'), 'utf8');
    const everything = example.replaceAll(/^# (\w+ = .*)$/gm, '$1');
    const file = join(terraform.path, 'example.tfvars');
    writeFileSync(file, everything);
    await terraform.load(dev);

    const output = await terraform.run('plan', '-input=false', '-no-color', '-lock=false', `-var-file=${file}`);

    expect(everything.match(/^\w+ = /gm)).to.have.length.above(40);
    expect(output).to.match(/Plan: \d+ to add, 0 to change, 0 to destroy/);
    expect(output).to.not.include('undeclared');
  });

  it('refuses what is wrong, and says what is allowed', async () => {
    const refusal = await terraform
      .plan(dev, {
        state_bucket: 'Our State',
        tags: '{ "aws:team" = "audio" }',
        reserved_concurrency: '{ heart = 100 }',
        kms_key_arn: keyArn.replace('us-east-1', 'eu-west-1'),
        domain_name: 'ws.example.com',
        hosted_zone_id: 'example.com',
        access_token_minutes: 4,
        monthly_budget_usd: 10,
        ip_address_type: 'ipv6',
        refresh_token_days: 0.5,
        http_certificate_arn: certificateArn,
        http_allowed_origins: '["https://app.example.com/"]',
        extra_routes: `{ publish = { function_arn = "${ingestionArn}" } }`,
      })
      .then(
        () => 'accepted',
        ({ message }: Error) => message.replaceAll(/[\s│]+/g, ' '),
      );

    expect(refusal).to.include("state_bucket must be a bucket's name (3 to 63 lower-case letters, digits, dots,");
    expect(refusal).to.include('tags must be at most 48 tags with keys of 1 to 128');
    expect(refusal).to.include(
      'reserved_concurrency must be whole numbers from 1 to 10000 (instances) for any of auth',
    );
    expect(refusal).to.include('kms_key_arn must be a key in aws_region.');
    expect(refusal).to.include('certificate_arn must be given together with domain_name, or not at all.');
    expect(refusal).to.include('hosted_zone_id must be the id of a hosted zone, such as Z0123456789ABCDEFGHIJ, or');
    expect(refusal).to.include('access_token_minutes must be a whole number from 5 to 1440 (minutes).');
    expect(refusal).to.include('monthly_budget_usd must be 0 without alarm_email and alarm_topic_arn: a budget that');
    expect(refusal).to.include('ip_address_type must be one of ipv4, dualstack.');
    expect(refusal).to.include('http_certificate_arn must be given together with http_domain_name, or not at all.');
    expect(refusal).to.include('http_allowed_origins must be origins (https://, a host, and a port if there is one;');
    expect(refusal).to.include('extra_routes must be actions (1 to 64 letters, digits and . _ -, and none of ours:');
    expect(refusal).to.include('refresh_token_days must be a whole number from 1 to 3650 (days).');
  });
});

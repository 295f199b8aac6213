import { expect } from 'chai';
import { type Plan, startTerraform, type TerraformFolder } from '../../scripts/terraform.ts';
import { needTools } from '../../scripts/tools/need-tools.ts';
import { terraformWithProvider } from '../../scripts/tools/terraform.ts';
import type { SynthesizedStack } from '../src/index.ts';
import { makeFolder, synthesizeInto } from './support.ts';

describe('Terraform, with the real AWS provider,', function () {
  this.timeout(180_000); // each call starts a provider of 700 MB; on two busy cores one can take half a minute

  let remove: (() => void) | undefined;
  let terraform: TerraformFolder;
  let stack: SynthesizedStack;

  before(async function () {
    const [found] = await needTools(this, 'Terraform tests', terraformWithProvider);
    const { folder, remove: removeFolder } = makeFolder();
    remove = removeFolder;
    [stack] = synthesizeInto(folder, ['dev']) as [SynthesizedStack];
    terraform = await startTerraform(found, stack);
  });

  after(async () => {
    await terraform?.stop();
    remove?.();
  });

  const planned = ({ resource_changes }: Plan, type: string) =>
    resource_changes.filter((each) => each.type === type).map(({ change }) => change.after);

  it('accepts the stack', async () => {
    await terraform.validate(stack);
  });

  it('plans it without an account, and makes a user pool', async () => {
    const plan = await terraform.plan(stack);

    expect(new Set(plan.resource_changes.flatMap(({ change }) => change.actions))).to.deep.equal(new Set(['create']));
    expect(planned(plan, 'aws_lambda_function')).to.have.lengthOf(11);
    expect(planned(plan, 'aws_cognito_user_pool')).to.have.lengthOf(1);
    expect(planned(plan, 'aws_cloudwatch_log_group')[0]).to.include({ retention_in_days: 1 });
    const stage = planned(plan, 'aws_apigatewayv2_stage').find(({ name }) => name === 'dev');
    expect(stage?.default_route_settings).to.deep.include({
      data_trace_enabled: false,
      detailed_metrics_enabled: false,
      throttling_burst_limit: 2500,
      throttling_rate_limit: 5000,
    });
  });

  it('takes settings: a given user pool, fractions of a second, logs for a day and an hour', async () => {
    const plan = await terraform.plan(stack, {
      user_pool_id: 'eu-central-1_Given1234',
      user_pool_client_id: 'given5678',
      connection_refresh_minutes: 0.005,
      data_retention_hours: 25,
    });

    const environments = planned(plan, 'aws_lambda_function').map(
      // Not known as a whole where one of them is sensitive and made only by the apply.
      ({ environment }) => (environment as [{ variables?: Record<string, string> }])[0].variables,
    );
    const of = (name: string) => environments.find((each) => each?.POWERTOOLS_SERVICE_NAME === name);
    expect(planned(plan, 'aws_cognito_user_pool')).to.be.empty;
    expect(of('authorizer')).to.deep.equal({
      ENVIRONMENT: 'dev',
      POWERTOOLS_SERVICE_NAME: 'authorizer',
      POWERTOOLS_METRICS_NAMESPACE: 'Sessions/dev',
      POWERTOOLS_LOG_LEVEL: 'INFO',
      USER_POOL_ID: 'eu-central-1_Given1234',
      USER_POOL_CLIENT_ID: 'given5678',
      OIDC_ISSUER: '',
      OIDC_AUDIENCE: '',
      OIDC_JWKS_URI: '',
    });
    expect(planned(plan, 'aws_cloudwatch_log_group')[0]).to.include({ retention_in_days: 3 });
    expect(planned(plan, 'aws_cognito_user_pool_client')).to.be.empty;
  });

  it('takes another issuer instead of a user pool', async () => {
    const plan = await terraform.plan(stack, {
      oidc_issuer: 'https://login.example.com/realm',
      oidc_audience: 'sessions',
      data_retention_hours: 87_672,
    });

    expect(planned(plan, 'aws_cognito_user_pool')).to.be.empty;
    const environments = planned(plan, 'aws_lambda_function').map(({ environment }) => JSON.stringify(environment));
    expect(environments.find((each) => each.includes('login.example.com'))).to.include('"USER_POOL_ID":""');
    expect(planned(plan, 'aws_cloudwatch_log_group')[0]).to.include({ retention_in_days: 3653 });
  });

  it('refuses wrong settings, and says what is allowed', async () => {
    const wrong = {
      max_listeners_per_session: 1.5,
      speaker_grace_seconds: -1,
      session_id_vocabulary: 'slang',
      heartbeat_timeout_seconds: 20,
      user_pool_id: 'eu-central-1_Given1234',
      lambda_runtime: 'nodejs18.x',
    };

    const refusal = await terraform.plan(stack, wrong).then(
      () => 'accepted',
      ({ message }: Error) => message.replaceAll(/\s+/g, ' '),
    );

    expect(refusal).to.include('max_listeners_per_session must be a whole number from 1 to 10000 (listeners).');
    expect(refusal).to.include('speaker_grace_seconds must be a number from 0 to 3600 (seconds).');
    expect(refusal).to.include('session_id_vocabulary must be one of biblical, nature.');
    expect(refusal).to.include('heartbeat_timeout_seconds must be longer than heartbeat_interval_seconds');
    expect(refusal).to.include('user_pool_id must be given together with user_pool_client_id, or not at all.');
    expect(refusal).to.include('lambda_runtime must be nodejs22.x or a later Node.js runtime');
  });
});

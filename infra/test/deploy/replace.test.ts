import { expect } from 'chai';
import { leaveForTheNight, needTools } from '../../../scripts/tools/need-tools.ts';
import { moto } from '../../../scripts/tools/python.ts';
import { terraformWithProvider } from '../../../scripts/tools/terraform.ts';
import { type Aws, startAws } from './aws.ts';
import { type Bundles, copyBundles } from './bundles.ts';
import { type Clients, createClients } from './clients.ts';
import { Deployment } from './deployment.ts';
import { idsOf, jwtAuthorizerOf, withNamedIds } from './named-ids.ts';
import { readBack } from './read-back.ts';

/** What is replaced, by type and the beginning of its name in the stack; and, of its kind, what is replaced with it. */
const replacements: readonly (readonly [what: string, type: string, name: string, alsoReplaced: readonly string[]])[] =
  [
    [
      'a function',
      'aws_lambda_function',
      'connection_function',
      ['aws_lambda_permission', 'aws_lambda_function_event_invoke_config'],
    ],
    [
      'the function of the schedule',
      'aws_lambda_function',
      'sweeper_function',
      ['aws_lambda_permission', 'aws_lambda_function_event_invoke_config'],
    ],
    [
      'a role',
      'aws_iam_role',
      'disconnect_role',
      ['aws_iam_role_policy', 'aws_lambda_function', 'aws_lambda_permission'],
    ],
    ['the table with the stream', 'aws_dynamodb_table', 'tables_sessions', ['aws_lambda_event_source_mapping']],
    [
      'the function that reads the stream',
      'aws_lambda_function',
      'notifier_function',
      ['aws_lambda_event_source_mapping'],
    ],
    ['a table', 'aws_dynamodb_table', 'tables_connections', []],
    ['a queue', 'aws_sqs_queue', 'changes-failed_queue', ['aws_sqs_queue_policy']],
    ['the key for HMACs', 'terraform_data', 'hmac-key', []],
    ['a log group', 'aws_cloudwatch_log_group', 'heartbeat_log', []],
    ['a route', 'aws_apigatewayv2_route', 'on-heartbeat_route', ['aws_apigatewayv2_route_response']],
    [
      'an integration',
      'aws_apigatewayv2_integration',
      'to-connection_integration',
      ['aws_apigatewayv2_route', 'aws_apigatewayv2_route_response'],
    ],
    [
      'the authorizer',
      'aws_apigatewayv2_authorizer',
      'authorization_authorizer',
      ['aws_apigatewayv2_route', 'aws_lambda_permission'],
    ],
    ['a route of the HTTP API', 'aws_apigatewayv2_route', 'http_get-health_route', []],
    ['its authorizer', 'aws_apigatewayv2_authorizer', 'http_speaker_authorizer', ['aws_apigatewayv2_route']],
  ];

/** Of the replacements, each of which takes half a minute. */
const BY_DAY = 2;

describe('in a deployment of development, to an emulator of AWS,', function () {
  this.timeout(300_000); // as in deploy.test.ts

  let aws: Aws;
  let clients: Clients;
  let bundles: Bundles;
  let deployment: Deployment;

  before(async function () {
    const [terraform, { python }] = await needTools(this, 'deploy tests', terraformWithProvider, moto);
    bundles = copyBundles();
    aws = await startAws(python, '000000000000');
    clients = createClients(aws.url);
    deployment = await Deployment.start(terraform, bundles.synthesize('dev'), aws.url);
    await deployment.set({ reserved_concurrency: { connection: 50 } });
    await deployment.apply();
  });

  after(async () => {
    await deployment?.stop();
    await aws?.stop();
    bundles?.remove();
  });

  /** What AWS has, but for the ids that it makes. */
  async function deployed() {
    const state = await deployment.state();
    const { id, httpId: _, ...read } = await readBack(clients, state);
    return withNamedIds(read, {
      api: id,
      authorizer: read.routes.$connect?.authorizer?.id,
      'JWT authorizer': jwtAuthorizerOf(read.httpRoutes),
      pool: String(state.outputs.user_pool_id),
      client: String(state.outputs.user_pool_client_id),
      ...idsOf(state.outputs, read.functions['sessions-dev-connection']),
    });
  }

  for (const [at, [what, type, name, alsoReplaced]] of replacements.entries()) {
    it(`${what} is replaced, with all that belongs to it, and nothing is left to do`, async function () {
      if (at >= BY_DAY) leaveForTheNight(this, `replacing ${what}`);
      const before = await deployed();
      const { resources } = await deployment.state();
      const found = resources.find((each) => each.type === type && each.name.startsWith(name));
      const replace = `-replace=${type}.${found?.name}`;

      const plan = await deployment.plan(replace, '-refresh=false');
      const outcome = await deployment.applyPlan();

      const replaced = Object.entries(plan).filter(([, actions]) => actions !== 'update');
      expect(new Set(replaced.map(([, actions]) => actions))).to.deep.equal(new Set(['delete, create']));
      expect(new Set(replaced.map(([address]) => address.split('.')[0]))).to.include.keys(type, ...alsoReplaced);
      expect(outcome).to.match(new RegExp(`^${replaced.length} added, \\d+ changed, ${replaced.length} destroyed$`));
      expect(await deployed()).to.deep.equal(before);
      expect(await deployment.plan()).to.deep.equal({});
    });
  }
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { readStack } from '../../src/stack/read-stack.ts';
import { failureOf, read, removeTemporaryFolders, shop, shopWith, temporaryFolder, writeStack } from './set-up.ts';

const options = { apiEndpoint: () => 'ws://127.0.0.1:4510' };

describe('readStack', () => {
  after(removeTemporaryFolders);

  it('resolves a function with its environment, role, policies and permissions', async () => {
    const { functions, apis } = await read(shop());
    const [buy] = functions;

    expect(buy?.arn).to.equal('arn:aws:lambda:eu-west-1:000000000000:function:shop-buy');
    expect(buy?.environment).to.deep.equal({
      TABLE: 'shop-orders',
      MANAGEMENT: 'http://127.0.0.1:4510/dev',
      ATTEMPTS: '3',
    });
    expect(buy?.packageFile).to.match(/function\.zip$/);
    expect({ timeoutSeconds: buy?.timeoutSeconds, memoryMb: buy?.memoryMb }).to.deep.equal({
      timeoutSeconds: 5,
      memoryMb: 128,
    });
    expect(buy?.asyncInvoke).to.deep.equal({ maximumRetryAttempts: 1, maximumEventAgeSeconds: 21_600 });
    expect(buy?.permissions).to.deep.equal([
      {
        principal: 'apigateway.amazonaws.com',
        action: 'lambda:InvokeFunction',
        sourceArn: `arn:aws:execute-api:eu-west-1:000000000000:${apis[0]?.id}/dev/buy`,
      },
    ]);
    expect(buy?.role.name).to.equal('shop-buy');
    expect(buy?.role.policies.map(({ Statement }) => Statement)).to.deep.equal([
      [
        {
          Effect: 'Allow',
          Action: ['dynamodb:GetItem'],
          Resource: [
            'arn:aws:dynamodb:eu-west-1:000000000000:table/shop-orders',
            'arn:aws:dynamodb:eu-west-1:000000000000:table/shop-orders/index/*',
          ],
          Condition: { StringEquals: { 'aws:RequestedRegion': ['eu-west-1'] } },
        },
      ],
      [
        {
          Effect: 'Allow',
          Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: ['*'],
        },
      ],
    ]);
  });

  it('resolves the API: routes, authorizer, route response, throttling', async () => {
    const [api] = (await read(shop())).apis;
    const functionArn = 'arn:aws:lambda:eu-west-1:000000000000:function:shop-buy';

    expect(api?.id).to.match(/^[a-z0-9]{10}$/);
    expect(api?.routeSelectionExpression).to.equal('$request.body.action');
    expect(api?.routes.get('buy')).to.deep.equal({
      routeKey: 'buy',
      functionArn,
      integrationTimeoutMs: 29_000,
      hasRouteResponse: true,
    });
    const connect = api?.routes.get('$connect');
    expect(connect?.hasRouteResponse).to.equal(false);
    expect(connect?.authorizer?.functionArn).to.equal(functionArn);
    expect(connect?.authorizer?.identitySources).to.deep.equal(['route.request.querystring.token']);
    expect(api?.stages).to.deep.equal([
      { name: 'dev', variables: {}, defaultThrottling: { rateLimit: 100, burstLimit: 50 }, routeThrottling: new Map() },
    ]);
  });

  it('resolves tables, schedules, user pools and outputs', async () => {
    const { tables, schedules, userPools, outputs, name, region, accountId } = await read(shop());

    expect({ name, region, accountId }).to.deep.equal({
      name: 'shop-dev',
      region: 'eu-west-1',
      accountId: '000000000000',
    });
    expect(tables).to.deep.equal([
      {
        name: 'shop-orders',
        arn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/shop-orders',
        ttlAttribute: 'expiresAt',
        createTable: {
          TableName: 'shop-orders',
          AttributeDefinitions: [
            { AttributeName: 'orderId', AttributeType: 'S' },
            { AttributeName: 'day', AttributeType: 'N' },
          ],
          KeySchema: [{ AttributeName: 'orderId', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          GlobalSecondaryIndexes: [
            {
              IndexName: 'by-day',
              KeySchema: [{ AttributeName: 'day', KeyType: 'HASH' }],
              Projection: { ProjectionType: 'KEYS_ONLY' },
            },
          ],
        },
      },
    ]);
    expect(schedules).to.deep.equal([
      {
        name: 'shop-nightly',
        arn: 'arn:aws:events:eu-west-1:000000000000:rule/shop-nightly',
        intervalMs: 7_200_000,
        functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:shop-buy',
        input: { clean: true },
        principal: 'events.amazonaws.com',
      },
    ]);
    expect(userPools[0]?.id).to.match(/^eu-west-1_[0-9a-zA-Z]{9}$/);
    expect(userPools[0]?.clients[0]?.id).to.match(/^[a-z0-9]{26}$/);
    expect(userPools[0]?.clients[0]?.accessTokenSeconds).to.equal(1200);
    expect(outputs).to.deep.equal({ url: 'ws://127.0.0.1:4510/dev' });
  });

  it('gives the same ids in every run', async () => {
    const first = await read(shop());
    const second = await read(shop());

    expect(first.apis[0]?.id).to.equal(second.apis[0]?.id);
    expect(first.userPools).to.deep.equal(second.userPools);
  });

  it('takes a route response only with its selection expression', async () => {
    const parts = shopWith('aws_apigatewayv2_route', 'buy', { route_response_selection_expression: null });

    expect((await read(parts)).apis[0]?.routes.get('buy')?.hasRouteResponse).to.equal(false);
  });

  it('throttles everything when the settings name no limit, as the provider does', async () => {
    const parts = shopWith('aws_apigatewayv2_stage', 'dev', { default_route_settings: { logging_level: 'INFO' } });

    expect((await read(parts)).apis[0]?.stages[0]?.defaultThrottling).to.deep.equal({ rateLimit: 0, burstLimit: 0 });
  });

  it('carries resources of other types along, unless something needs what only AWS knows', async () => {
    const parts = shopWith('aws_lambda_function', 'buy', {
      environment: { variables: { TOPIC: '${aws_sns_topic.t.arn}', OWNER: '${aws_sns_topic.t.owner}' } },
    });
    Object.assign(parts.resource as object, { aws_sns_topic: { t: { name: 't' } } });

    expect(await failureOf(read(parts))).to.equal(
      'ExpressionError: aws_lambda_function.buy.environment.variables.OWNER: aws_sns_topic.t has no attribute owner that is known here (src/stack/resources computes them)',
    );
  });

  const broken: readonly [string, Record<string, unknown>, string][] = [
    [
      'a route without its integration',
      shopWith('aws_apigatewayv2_route', 'buy', { target: 'integrations/gone' }),
      'StackResourceError: aws_apigatewayv2_route.buy.target: the API has no integration "integrations/gone" (expected integrations/<id>)',
    ],
    [
      'a function ARN where the invoke ARN belongs',
      shopWith('aws_apigatewayv2_integration', 'buy', { integration_uri: '${aws_lambda_function.buy.arn}' }),
      'StackResourceError: aws_apigatewayv2_integration.buy.integration_uri: arn:aws:lambda:eu-west-1:000000000000:function:shop-buy is not the invoke_arn of a function',
    ],
    [
      'an authorizer on another route than $connect',
      shopWith('aws_apigatewayv2_route', 'buy', { authorization_type: 'CUSTOM' }),
      'StackResourceError: aws_apigatewayv2_route.buy.authorization_type: API Gateway authorizes $connect only',
    ],
    [
      'a key that only API Gateway may use',
      shopWith('aws_apigatewayv2_route', 'buy', { route_key: '$buy' }),
      'StackResourceError: aws_apigatewayv2_route.buy.route_key: $buy: only $connect, $disconnect and $default may start with $',
    ],
    [
      'a model to validate messages by',
      shopWith('aws_apigatewayv2_route', 'buy', { model_selection_expression: '$request.body.action' }),
      'StackResourceError: aws_apigatewayv2_route.buy.model_selection_expression: validation of messages cannot be run here: remove it',
    ],
    [
      'a timeout beyond that of API Gateway',
      shopWith('aws_apigatewayv2_integration', 'buy', { timeout_milliseconds: 30_000 }),
      'StackResourceError: aws_apigatewayv2_integration.buy.timeout_milliseconds: 30000: a WebSocket API takes 50 to 29000 ms',
    ],
    [
      'a stage to which nothing is deployed',
      shopWith('aws_apigatewayv2_stage', 'dev', { auto_deploy: false }),
      'StackResourceError: aws_apigatewayv2_stage.dev.deployment_id: nothing is deployed to the stage: set deployment_id or auto_deploy',
    ],
    [
      'a domain',
      (() => {
        const parts = shop();
        Object.assign(parts.resource as object, {
          aws_apigatewayv2_domain_name: { own: { count: 1, domain_name: 'ws.example.com' } },
        });
        return parts;
      })(),
      'StackResourceError: aws_apigatewayv2_domain_name.own[0].domain_name: a domain cannot be run here: leave it out',
    ],
    [
      'a cron schedule',
      shopWith('aws_cloudwatch_event_rule', 'nightly', { schedule_expression: 'cron(0 3 * * ? *)' }),
      'StackResourceError: aws_cloudwatch_event_rule.nightly.schedule_expression: cron(0 3 * * ? *) cannot be run here, only rate(…) in minutes, hours or days',
    ],
    [
      'a policy that is not JSON',
      shopWith('aws_iam_role_policy', 'buy', { policy: '{}' }),
      'StackResourceError: aws_iam_role_policy.buy.policy: not an IAM policy (expected an object, found null)',
    ],
    [
      'a managed policy whose content is unknown',
      shopWith('aws_iam_role_policy_attachment', 'buy', { policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
      'StackResourceError: aws_iam_role_policy_attachment.buy.policy_arn: the content of arn:aws:iam::aws:policy/AdministratorAccess is not known here (add it to src/stack/build/policies.ts)',
    ],
    [
      'a missing argument',
      shopWith('aws_lambda_function', 'buy', { handler: null }),
      'StackResourceError: aws_lambda_function.buy.handler: it is not set',
    ],
    [
      'an argument of the wrong type',
      shopWith('aws_lambda_function', 'buy', { timeout: 'soon' }),
      'StackResourceError: aws_lambda_function.buy.timeout: expected a number, found "soon"',
    ],
  ];
  for (const [what, parts, line] of broken) {
    it(`refuses ${what} in one line`, async () => {
      expect(await failureOf(read(parts))).to.equal(line);
    });
  }

  it('names the function whose package is missing', async () => {
    const parts = shopWith('aws_lambda_function', 'buy', { filename: 'gone.zip' });

    expect(await failureOf(read(parts))).to.match(
      /^StackBundleError: The package of function shop-buy does not exist: .*gone\.zip/,
    );
  });

  it('tells a missing file, broken JSON and any other JSON apart', async () => {
    const folder = temporaryFolder();
    const broken = join(folder, 'broken.json');
    const other = join(folder, 'other.json');
    writeFileSync(broken, '{');
    writeFileSync(other, '{"resource": []}');

    expect(await failureOf(readStack(join(folder, 'none.json'), options))).to.contain(
      'StackFileError: The stack file does not exist',
    );
    expect(await failureOf(readStack(broken, options))).to.contain('StackFileError: The stack file is not JSON');
    expect(await failureOf(readStack(other, options))).to.contain('StackFileError: Not a synthesized Terraform stack');
  });

  it('takes the folder that archive_file would zip for the package of a function', async () => {
    const withArchive = (archive: object) => {
      const parts = shopWith('aws_lambda_function', 'buy', { filename: '${data.archive_file.buy.output_path}' });
      const archives = { buy: { type: 'zip', output_path: '${path.module}/build/buy.zip', ...archive } };
      return writeStack({ ...parts, data: { ...(parts.data as object), archive_file: archives } });
    };
    const file = withArchive({ source_dir: '${path.module}/src' });
    mkdirSync(join(dirname(file), 'src'));

    const { functions } = await readStack(file, options);

    expect(functions[0]?.packageFile).to.equal(join(dirname(file), 'src'));
    expect(await failureOf(readStack(withArchive({ source_dir: '${path.module}/src' }), options))).to.contain(
      'StackBundleError: The package of function shop-buy does not exist: ',
    );
    expect(await failureOf(readStack(withArchive({ source_file: 'index.mjs' }), options))).to.equal(
      'StackResourceError: data.archive_file.buy.source_file: it cannot be run here: use source_dir alone',
    );
  });

  it('reads a stack without anything', async () => {
    const stack = await readStack(writeStack({}), options);

    expect({ ...stack, name: '' }).to.deep.equal({
      name: '',
      region: 'us-east-1',
      accountId: '000000000000',
      functions: [],
      apis: [],
      httpApis: [],
      tables: [],
      schedules: [],
      eventBuses: [{ name: 'default', arn: 'arn:aws:events:us-east-1:000000000000:event-bus/default' }],
      eventRules: [],
      userPools: [],
      parameters: [],
      queues: [],
      eventSourceMappings: [],
      outputs: {},
    });
  });
});

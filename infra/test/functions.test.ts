import { expect } from 'chai';
import { lambdas, readStack, type Values } from './support.ts';

interface Statement {
  Effect: string;
  Action: string[];
  Resource: string[];
}

describe('the functions of a stack', () => {
  const stack = readStack('dev');
  const functions: Record<string, Values & { environment?: { variables: Record<string, string> } }> =
    stack.resources('aws_lambda_function');
  const policies = stack.resources('aws_iam_role_policy');

  const environmentOf = (name: string) => functions[`${name}/function`]?.environment?.variables ?? {};
  const statementsOf = (name: string): Statement[] =>
    JSON.parse(String(policies[`${name}/policy`]?.policy)).Statement as Statement[];
  const allowedOf = (name: string) => statementsOf(name).map(({ Action, Resource }) => [...Action, 'on', ...Resource]);
  const log = (name: string) => ['logs:CreateLogStream', 'logs:PutLogEvents', 'on', `<${name}/log arn>:*`];
  const post = ['execute-api:ManageConnections', 'on', '<api/api execution_arn>/dev/POST/@connections/*'];
  const close = ['execute-api:ManageConnections', 'on', '<api/api execution_arn>/dev/DELETE/@connections/*'];
  const common = (name: string) => ({
    ENVIRONMENT: 'dev',
    POWERTOOLS_SERVICE_NAME: name,
    POWERTOOLS_METRICS_NAMESPACE: 'Sessions/dev',
    POWERTOOLS_LOG_LEVEL: `\${var.log_level}`,
  });
  const withoutHash = (environment: Record<string, string>) =>
    JSON.parse(JSON.stringify(environment).replace(/api_[0-9A-F]{8}/, 'api')) as Record<string, string>;
  // API Gateway's own address, with a domain or without.
  const managementEndpoint = `\${join("/", [replace(aws_apigatewayv2_api.api.api_endpoint, "/^ws/", "http"), "dev"])}`;

  const expectedId = (name: string): string => {
    const [id] = Object.entries(stack.json.resource.aws_lambda_function ?? {}).find(
      ([, values]) => (values as Values).function_name === `sessions-dev-${name}`,
    ) ?? ['none'];
    return `aws_lambda_function.${id}.id`;
  };

  it('are the seven Lambdas, on arm64, with the bundle and its hash', () => {
    expect(Object.values(functions).map((each) => each.function_name)).to.have.members([
      'sessions-dev-authorizer',
      'sessions-dev-connection',
      'sessions-dev-heartbeat',
      'sessions-dev-refresh',
      'sessions-dev-status',
      'sessions-dev-disconnect',
      'sessions-dev-sweeper',
    ]);
    expect(functions['heartbeat/function']).to.include({
      handler: 'index.handler',
      runtime: `\${var.lambda_runtime}`,
      memory_size: 512,
      timeout: 10,
      role: '<heartbeat/role arn>',
      // SHA-256 of the text "heartbeat", which is the bundle of these tests
      source_code_hash: 'ayDpt0LkSKUEDQJqwlQ7fhkBcxtQeQ7qKE9XW/zLqUM=',
    });
    expect(functions['heartbeat/function']?.architectures).to.deep.equal(['arm64']);
    expect(functions['heartbeat/function']?.filename).to.match(/^assets\/.*\/function\.zip$/);
  });

  it('answer API Gateway within its 29 seconds, and the sweeper before the next sweep', () => {
    const timeouts = Object.fromEntries(lambdas.map((name) => [name, functions[`${name}/function`]?.timeout]));

    expect(timeouts).to.deep.equal({
      authorizer: 10,
      connection: 10,
      heartbeat: 10,
      refresh: 29,
      status: 10,
      disconnect: 29,
      sweeper: 60,
    });
  });

  it('have a whole core where they deliver to every listener', () => {
    const memory = Object.fromEntries(lambdas.map((name) => [name, functions[`${name}/function`]?.memory_size]));

    expect(memory).to.deep.equal({
      authorizer: 512,
      connection: 512,
      heartbeat: 512,
      refresh: 1769,
      status: 512,
      disconnect: 1769,
      sweeper: 1769,
    });
  });

  it('get exactly the environment that each needs', () => {
    expect(withoutHash(environmentOf('connection'))).to.deep.equal({
      ...common('connection'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      RATE_LIMITS_TABLE: '<tables/rate-limits name>',
      MANAGEMENT_ENDPOINT: managementEndpoint,
      MAX_LISTENERS_PER_SESSION: `\${var.max_listeners_per_session}`,
      SESSION_MAX_DURATION_HOURS: `\${var.session_max_duration_hours}`,
      SESSION_ID_VOCABULARY: `\${var.session_id_vocabulary}`,
      HEARTBEAT_INTERVAL_SECONDS: `\${var.heartbeat_interval_seconds}`,
      STATUS_PUSH_SECONDS: `\${var.status_push_seconds}`,
      RATE_LIMIT_SESSIONS_PER_HOUR: `\${var.rate_limit_sessions_per_hour}`,
      RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN: `\${var.rate_limit_connection_attempts_per_min}`,
      RATE_LIMIT_LISTENER_JOINS_PER_MIN: `\${var.rate_limit_listener_joins_per_min}`,
      CIRCUIT_BREAKER_SECONDS: `\${var.circuit_breaker_seconds}`,
    });
    expect(withoutHash(environmentOf('heartbeat'))).to.deep.equal({
      ...common('heartbeat'),
      CONNECTIONS_TABLE: '<tables/connections name>',
      MANAGEMENT_ENDPOINT: managementEndpoint,
      CONNECTION_MAX_DURATION_HOURS: `\${var.connection_max_duration_hours}`,
      CONNECTION_REFRESH_MINUTES: `\${var.connection_refresh_minutes}`,
      CONNECTION_WARNING_MINUTES: `\${var.connection_warning_minutes}`,
      RATE_LIMIT_HEARTBEATS_PER_MIN: `\${var.rate_limit_heartbeats_per_min}`,
      CIRCUIT_BREAKER_SECONDS: `\${var.circuit_breaker_seconds}`,
    });
    expect(withoutHash(environmentOf('refresh'))).to.deep.equal({
      ...common('refresh'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      MANAGEMENT_ENDPOINT: managementEndpoint,
      SESSION_MAX_DURATION_HOURS: `\${var.session_max_duration_hours}`,
      CIRCUIT_BREAKER_SECONDS: `\${var.circuit_breaker_seconds}`,
    });
    expect(withoutHash(environmentOf('status'))).to.deep.equal({
      ...common('status'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      RATE_LIMIT_STATUS_PER_MIN: `\${var.rate_limit_status_per_min}`,
      CIRCUIT_BREAKER_SECONDS: `\${var.circuit_breaker_seconds}`,
    });
    expect(withoutHash(environmentOf('disconnect'))).to.deep.equal({
      ...common('disconnect'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      MANAGEMENT_ENDPOINT: managementEndpoint,
      SPEAKER_GRACE_SECONDS: `\${var.speaker_grace_seconds}`,
      STATUS_PUSH_SECONDS: `\${var.status_push_seconds}`,
      CIRCUIT_BREAKER_SECONDS: `\${var.circuit_breaker_seconds}`,
    });
    expect(withoutHash(environmentOf('sweeper'))).to.deep.equal({
      ...common('sweeper'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      MANAGEMENT_ENDPOINT: managementEndpoint,
      HEARTBEAT_TIMEOUT_SECONDS: `\${var.heartbeat_timeout_seconds}`,
      SPEAKER_GRACE_SECONDS: `\${var.speaker_grace_seconds}`,
      RECONCILE_AFTER_SECONDS: `\${var.reconcile_after_seconds}`,
      CIRCUIT_BREAKER_SECONDS: `\${var.circuit_breaker_seconds}`,
    });
  });

  it('let the authorizer know who issues tokens, and nothing else', () => {
    expect(Object.keys(environmentOf('authorizer'))).to.have.members([
      ...Object.keys(common('authorizer')),
      'USER_POOL_ID',
      'USER_POOL_CLIENT_ID',
      'OIDC_ISSUER',
      'OIDC_AUDIENCE',
      'OIDC_JWKS_URI',
    ]);
    expect(environmentOf('authorizer')).to.include({ OIDC_ISSUER: `\${var.oidc_issuer}` });
  });

  it('may do exactly what each needs', () => {
    expect(allowedOf('authorizer')).to.deep.equal([log('authorizer')]);
    expect(allowedOf('connection')).to.deep.equal([
      log('connection'),
      [
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
        'on',
        '<tables/sessions arn>',
      ],
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'on', '<tables/connections arn>'],
      ['dynamodb:Query', 'on', '<tables/connections arn>/index/sessionId-targetLanguage-index'],
      ['dynamodb:UpdateItem', 'on', '<tables/rate-limits arn>'],
      ['lambda:InvokeFunction', 'on', '<connection/function arn>'],
      post,
      close,
    ]);
    expect(allowedOf('heartbeat')).to.deep.equal([
      log('heartbeat'),
      ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'on', '<tables/connections arn>'],
      post,
    ]);
    expect(allowedOf('refresh')).to.deep.equal([
      log('refresh'),
      ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'on', '<tables/sessions arn>'],
      [
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
        'on',
        '<tables/connections arn>',
      ],
      ['dynamodb:Query', 'on', '<tables/connections arn>/index/sessionId-targetLanguage-index'],
      post,
    ]);
    expect(allowedOf('status')).to.deep.equal([
      log('status'),
      ['dynamodb:GetItem', 'on', '<tables/sessions arn>'],
      ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'on', '<tables/connections arn>'],
      ['dynamodb:Query', 'on', '<tables/connections arn>/index/sessionId-targetLanguage-index'],
    ]);
    expect(allowedOf('disconnect')).to.deep.equal([
      log('disconnect'),
      ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'on', '<tables/sessions arn>'],
      ['dynamodb:GetItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem', 'on', '<tables/connections arn>'],
      ['dynamodb:Query', 'on', '<tables/connections arn>/index/sessionId-targetLanguage-index'],
      post,
    ]);
    expect(allowedOf('sweeper')).to.deep.equal([
      log('sweeper'),
      ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:Scan', 'on', '<tables/sessions arn>'],
      ['dynamodb:DeleteItem', 'dynamodb:BatchWriteItem', 'dynamodb:Scan', 'on', '<tables/connections arn>'],
      ['dynamodb:Query', 'on', '<tables/connections arn>/index/sessionId-targetLanguage-index'],
      post,
      close,
    ]);
  });

  it('have wildcards only where nothing finer is known beforehand: log streams and connections', () => {
    const statements = lambdas.flatMap(statementsOf);

    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).to.deep.equal([]);
    for (const resource of statements.flatMap(({ Resource }) => Resource).filter((each) => each.includes('*'))) {
      expect(resource).to.match(/^<\w+\/log arn>:\*$|^<api\/api execution_arn>\/dev\/(POST|DELETE)\/@connections\/\*$/);
    }
    expect(statements.map(({ Effect }) => Effect)).to.not.include('Deny');
  });

  it('log to groups of their own, which forget', () => {
    const groups = stack.resources('aws_cloudwatch_log_group');

    expect(Object.values(groups).map(({ name }) => name)).to.have.members([
      '/aws/lambda/sessions-dev-authorizer',
      '/aws/lambda/sessions-dev-connection',
      '/aws/lambda/sessions-dev-heartbeat',
      '/aws/lambda/sessions-dev-refresh',
      '/aws/lambda/sessions-dev-status',
      '/aws/lambda/sessions-dev-disconnect',
      '/aws/lambda/sessions-dev-sweeper',
      '/aws/apigateway/sessions-dev',
    ]);
    for (const name of lambdas) {
      expect(groups[`${name}/log`]?.retention_in_days).to.match(/^\$\{var\.data_retention_hours <= 24 \? 1 : /);
      expect(functions[`${name}/function`]?.depends_on).to.include(`<${name}/log>`);
    }
  });

  it('drop events that nobody waits for any more', () => {
    expect(stack.resources('aws_lambda_function_event_invoke_config')).to.deep.equal({
      'connection/async-invoke': {
        function_name: '<connection/function function_name>',
        maximum_retry_attempts: 1,
        maximum_event_age_in_seconds: 60,
        lifecycle: { replace_triggered_by: [expectedId('connection')] },
      },
      'sweeper/async-invoke': {
        function_name: '<sweeper/function function_name>',
        maximum_retry_attempts: 0,
        maximum_event_age_in_seconds: 60,
        lifecycle: { replace_triggered_by: [expectedId('sweeper')] },
      },
    });
  });

  it('run the sweeper every minute, and let only that rule do so', () => {
    expect(stack.resources('aws_cloudwatch_event_rule')['sweep/rule']).to.include({
      name: 'sessions-dev-sweep',
      schedule_expression: 'rate(1 minute)',
    });
    expect(stack.resources('aws_cloudwatch_event_target')['sweep/target']).to.include({
      rule: '<sweep/rule name>',
      arn: '<sweeper/function arn>',
    });
    expect(stack.resources('aws_lambda_permission')['sweep/permission']).to.deep.equal({
      action: 'lambda:InvokeFunction',
      function_name: '<sweeper/function function_name>',
      principal: 'events.amazonaws.com',
      source_arn: '<sweep/rule arn>',
      lifecycle: { replace_triggered_by: [expectedId('sweeper')] },
    });
  });
});

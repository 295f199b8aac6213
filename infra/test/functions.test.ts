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

  /** The WebSocket API has the id `api`. */
  const placeOf = (name: string) => (name === 'api' ? 'api-function' : name);
  const environmentOf = (name: string) => functions[`${placeOf(name)}/function`]?.environment?.variables ?? {};
  const statementsOf = (name: string): Statement[] =>
    JSON.parse(String(policies[`${placeOf(name)}/policy`]?.policy)).Statement as Statement[];
  const allowedOf = (name: string) => statementsOf(name).map(({ Action, Resource }) => [...Action, 'on', ...Resource]);
  const log = (name: string) => ['logs:CreateLogStream', 'logs:PutLogEvents', 'on', `<${placeOf(name)}/log arn>:*`];
  const post = ['execute-api:ManageConnections', 'on', '<api/api execution_arn>/dev/POST/@connections/*'];
  const inspect = ['execute-api:ManageConnections', 'on', '<api/api execution_arn>/dev/GET/@connections/*'];
  const close = ['execute-api:ManageConnections', 'on', '<api/api execution_arn>/dev/DELETE/@connections/*'];
  const common = (name: string) => ({
    ENVIRONMENT: 'dev',
    POWERTOOLS_SERVICE_NAME: name,
    POWERTOOLS_METRICS_NAMESPACE: 'Sessions/dev',
    POWERTOOLS_LOG_LEVEL: `\${var.log_level}`,
  });
  const withoutHash = (environment: Record<string, string>) =>
    JSON.parse(JSON.stringify(environment).replaceAll(/(api|hmac-key)_[0-9A-F]{8}/g, '$1')) as Record<string, string>;
  const hmacKey = `\${sensitive(terraform_data.hmac-key.output)}`;
  const refusals = {
    RATE_LIMIT_REFUSALS_PER_MIN: `\${var.rate_limit_refusals_per_min}`,
    MAX_ROLELESS_SECONDS: `\${var.max_roleless_seconds}`,
    SPEAKER_GRACE_SECONDS: `\${var.speaker_grace_seconds}`,
    CIRCUIT_BREAKER_SECONDS: `\${var.circuit_breaker_seconds}`,
  };
  // API Gateway's own address, with a domain or without.
  const managementEndpoint = `\${join("/", [replace(aws_apigatewayv2_api.api.api_endpoint, "/^ws/", "http"), "dev"])}`;

  const expectedId = (name: string): string => {
    const [id] = Object.entries(stack.json.resource.aws_lambda_function ?? {}).find(
      ([, values]) => (values as Values).function_name === `sessions-dev-${name}`,
    ) ?? ['none'];
    return `aws_lambda_function.${id}.id`;
  };

  it('are the eleven Lambdas, on arm64, with the bundle and its hash', () => {
    expect(Object.values(functions).map((each) => each.function_name)).to.have.members([
      'sessions-dev-authorizer',
      'sessions-dev-connection',
      'sessions-dev-heartbeat',
      'sessions-dev-refresh',
      'sessions-dev-status',
      'sessions-dev-disconnect',
      'sessions-dev-publisher',
      'sessions-dev-api',
      'sessions-dev-deliverer',
      'sessions-dev-notifier',
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
    const timeouts = Object.fromEntries(lambdas.map((name) => [name, functions[`${placeOf(name)}/function`]?.timeout]));

    expect(timeouts).to.deep.equal({
      authorizer: 10,
      connection: 10,
      heartbeat: 10,
      refresh: 10,
      status: 10,
      disconnect: 29,
      publisher: 29,
      api: 10,
      deliverer: 60,
      notifier: 30,
      sweeper: 60,
    });
  });

  it('have a whole core where they post to every listener, or close many connections', () => {
    const memory = Object.fromEntries(
      lambdas.map((name) => [name, functions[`${placeOf(name)}/function`]?.memory_size]),
    );

    expect(memory).to.deep.equal({
      authorizer: 512,
      connection: 512,
      heartbeat: 512,
      refresh: 512,
      status: 512,
      disconnect: 512,
      publisher: 512,
      api: 512,
      deliverer: 1769,
      notifier: 512,
      sweeper: 1769,
    });
  });

  it('get exactly the environment that each needs', () => {
    expect(withoutHash(environmentOf('connection'))).to.deep.equal({
      ...common('connection'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      RATE_LIMITS_TABLE: '<tables/rate-limits name>',
      MESSAGES_TABLE: '<tables/messages name>',
      DELIVERER_FUNCTION: 'sessions-dev-deliverer',
      HISTORY_SECONDS: `\${var.history_seconds}`,
      MANAGEMENT_ENDPOINT: managementEndpoint,
      MAX_LISTENERS_PER_SESSION: `\${var.max_listeners_per_session}`,
      SESSION_MAX_DURATION_HOURS: `\${var.session_max_duration_hours}`,
      SESSION_ID_VOCABULARY: `\${var.session_id_vocabulary}`,
      HEARTBEAT_INTERVAL_SECONDS: `\${var.heartbeat_interval_seconds}`,
      RATE_LIMIT_SESSIONS_PER_HOUR: `\${var.rate_limit_sessions_per_hour}`,
      RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN: `\${var.rate_limit_connection_attempts_per_min}`,
      RATE_LIMIT_WRONG_IDS_PER_MIN: `\${var.rate_limit_wrong_ids_per_min}`,
      HMAC_KEY: hmacKey,
      ...refusals,
    });
    expect(withoutHash(environmentOf('heartbeat'))).to.deep.equal({
      ...common('heartbeat'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      RATE_LIMITS_TABLE: '<tables/rate-limits name>',
      MESSAGES_TABLE: '<tables/messages name>',
      MANAGEMENT_ENDPOINT: managementEndpoint,
      CONNECTION_MAX_DURATION_HOURS: `\${var.connection_max_duration_hours}`,
      CONNECTION_REFRESH_MINUTES: `\${var.connection_refresh_minutes}`,
      CONNECTION_WARNING_MINUTES: `\${var.connection_warning_minutes}`,
      RATE_LIMIT_HEARTBEATS_PER_MIN: `\${var.rate_limit_heartbeats_per_min}`,
      ...refusals,
    });
    expect(withoutHash(environmentOf('refresh'))).to.deep.equal({
      ...common('refresh'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      RATE_LIMITS_TABLE: '<tables/rate-limits name>',
      MESSAGES_TABLE: '<tables/messages name>',
      DELIVERER_FUNCTION: 'sessions-dev-deliverer',
      HISTORY_SECONDS: `\${var.history_seconds}`,
      HEARTBEAT_INTERVAL_SECONDS: `\${var.heartbeat_interval_seconds}`,
      RATE_LIMIT_RECOVERIES_PER_MIN: `\${var.rate_limit_recoveries_per_min}`,
      HMAC_KEY: hmacKey,
      MANAGEMENT_ENDPOINT: managementEndpoint,
      SESSION_MAX_DURATION_HOURS: `\${var.session_max_duration_hours}`,
      ...refusals,
    });
    expect(withoutHash(environmentOf('status'))).to.deep.equal({
      ...common('status'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      RATE_LIMITS_TABLE: '<tables/rate-limits name>',
      MANAGEMENT_ENDPOINT: managementEndpoint,
      RATE_LIMIT_STATUS_PER_MIN: `\${var.rate_limit_status_per_min}`,
      ...refusals,
    });
    expect(withoutHash(environmentOf('disconnect'))).to.deep.equal({
      ...common('disconnect'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      RATE_LIMITS_TABLE: '<tables/rate-limits name>',
      MANAGEMENT_ENDPOINT: managementEndpoint,
      ...refusals,
    });
    expect(withoutHash(environmentOf('deliverer'))).to.deep.equal({
      ...common('deliverer'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      MESSAGES_TABLE: '<tables/messages name>',
      MANAGEMENT_ENDPOINT: managementEndpoint,
      DELIVERER_FUNCTION: 'sessions-dev-deliverer',
      CIRCUIT_BREAKER_SECONDS: `\${var.circuit_breaker_seconds}`,
    });
    expect(withoutHash(environmentOf('publisher'))).to.deep.equal({
      ...common('publisher'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      RATE_LIMITS_TABLE: '<tables/rate-limits name>',
      MESSAGES_TABLE: '<tables/messages name>',
      DELIVERER_FUNCTION: 'sessions-dev-deliverer',
      HISTORY_SECONDS: `\${var.history_seconds}`,
      MANAGEMENT_ENDPOINT: managementEndpoint,
      MESSAGE_MAX_AGE_SECONDS: `\${var.message_max_age_seconds}`,
      RATE_LIMIT_PUBLISH_PER_MIN: `\${var.rate_limit_publish_per_min}`,
      ...refusals,
    });
    expect(withoutHash(environmentOf('api'))).to.deep.equal({
      ...common('api'),
      SESSIONS_TABLE: '<tables/sessions name>',
      RATE_LIMITS_TABLE: '<tables/rate-limits name>',
      MESSAGES_TABLE: '<tables/messages name>',
      MAX_LISTENERS_PER_SESSION: `\${var.max_listeners_per_session}`,
      SESSION_ID_VOCABULARY: `\${var.session_id_vocabulary}`,
      MAX_SCHEDULED_SESSIONS: `\${var.max_scheduled_sessions}`,
      RATE_LIMIT_SESSIONS_PER_HOUR: `\${var.rate_limit_sessions_per_hour}`,
      RATE_LIMIT_WRONG_IDS_PER_MIN: `\${var.rate_limit_wrong_ids_per_min}`,
      CIRCUIT_BREAKER_SECONDS: `\${var.circuit_breaker_seconds}`,
      HMAC_KEY: hmacKey,
    });
    expect(environmentOf('notifier')).to.deep.equal({
      ...common('notifier'),
      SESSIONS_TABLE: '<tables/sessions name>',
      DELIVERER_FUNCTION: 'sessions-dev-deliverer',
      EVENT_BUS_NAME: `\${var.event_bus_name}`,
      EVENT_SOURCE: 'sessions.dev',
      SPEAKER_GRACE_SECONDS: `\${var.speaker_grace_seconds}`,
      CIRCUIT_BREAKER_SECONDS: `\${var.circuit_breaker_seconds}`,
    });
    expect(withoutHash(environmentOf('sweeper'))).to.deep.equal({
      ...common('sweeper'),
      SESSIONS_TABLE: '<tables/sessions name>',
      CONNECTIONS_TABLE: '<tables/connections name>',
      MANAGEMENT_ENDPOINT: managementEndpoint,
      DELIVERER_FUNCTION: 'sessions-dev-deliverer',
      HEARTBEAT_TIMEOUT_SECONDS: `\${var.heartbeat_timeout_seconds}`,
      SPEAKER_GRACE_SECONDS: `\${var.speaker_grace_seconds}`,
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
    const table = (name: string, ...actions: string[]) => [
      ...actions.map((action) => `dynamodb:${action}`),
      'on',
      `<tables/${name} arn>`,
    ];
    const index = (action: string, of: string) => [`dynamodb:${action}`, 'on', `<tables/${of.replace('/', ' arn>/')}`];
    const invoke = (name: string) => ['lambda:InvokeFunction', 'on', `<${name}/function arn>`];
    const send = (queue: string) => ['sqs:SendMessage', 'on', `<${queue}-failed/queue arn>`];

    expect(allowedOf('authorizer')).to.deep.equal([log('authorizer')]);
    expect(allowedOf('connection')).to.deep.equal([
      log('connection'),
      table('sessions', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'ConditionCheckItem'),
      table('connections', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
      table('rate-limits', 'GetItem', 'UpdateItem'),
      table('messages', 'GetItem', 'BatchGetItem'),
      invoke('connection'),
      invoke('deliverer'),
      post,
      close,
    ]);
    expect(allowedOf('heartbeat')).to.deep.equal([
      log('heartbeat'),
      table('sessions', 'BatchGetItem', 'UpdateItem'),
      table('connections', 'GetItem', 'UpdateItem', 'DeleteItem'),
      table('rate-limits', 'UpdateItem'),
      table('messages', 'BatchGetItem'),
      post,
      close,
    ]);
    expect(allowedOf('refresh')).to.deep.equal([
      log('refresh'),
      table('sessions', 'BatchGetItem', 'UpdateItem', 'ConditionCheckItem'),
      table('connections', 'GetItem', 'PutItem', 'DeleteItem'),
      table('rate-limits', 'UpdateItem'),
      table('messages', 'GetItem', 'BatchGetItem'),
      invoke('deliverer'),
      post,
      close,
    ]);
    expect(allowedOf('status')).to.deep.equal([
      log('status'),
      table('sessions', 'GetItem', 'Query', 'UpdateItem'),
      table('connections', 'GetItem', 'UpdateItem', 'DeleteItem'),
      table('rate-limits', 'UpdateItem'),
      post,
      close,
    ]);
    expect(allowedOf('disconnect')).to.deep.equal([
      log('disconnect'),
      table('sessions', 'GetItem', 'UpdateItem'),
      table('connections', 'GetItem', 'DeleteItem'),
      table('rate-limits', 'UpdateItem'),
      post,
      close,
    ]);
    expect(allowedOf('deliverer')).to.deep.equal([
      log('deliverer'),
      table('sessions', 'GetItem', 'Query', 'UpdateItem'),
      table('connections', 'GetItem', 'DeleteItem'),
      index('Query', 'connections/index/sessionId-targetLanguage-index'),
      table('messages', 'Query', 'BatchWriteItem'),
      invoke('deliverer'),
      post,
      close,
      send('deliveries'),
    ]);
    expect(allowedOf('publisher')).to.deep.equal([
      log('publisher'),
      table('sessions', 'BatchGetItem', 'UpdateItem'),
      table('connections', 'GetItem', 'DeleteItem'),
      table('rate-limits', 'UpdateItem'),
      table('messages', 'GetItem', 'BatchGetItem', 'PutItem'),
      invoke('deliverer'),
      post,
      close,
    ]);
    expect(allowedOf('api')).to.deep.equal([
      log('api'),
      table('sessions', 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'ConditionCheckItem'),
      index('Query', 'sessions/index/speakerUserId-openSince-index'),
      table('rate-limits', 'GetItem', 'UpdateItem'),
      table('messages', 'BatchGetItem', 'Query'),
    ]);
    expect(allowedOf('notifier')).to.deep.equal([
      log('notifier'),
      table('sessions', 'GetItem', 'Query', 'PutItem'),
      invoke('deliverer'),
      ['events:PutEvents', 'on', `\${local.event_bus_arn}`],
      [
        ...['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
        'on',
        '<tables/sessions stream_arn>',
      ],
      ['dynamodb:ListStreams', 'on', '*'],
      send('changes'),
    ]);
    expect(allowedOf('sweeper')).to.deep.equal([
      log('sweeper'),
      table('sessions', 'UpdateItem'),
      index('Scan', 'sessions/index/speakerUserId-openSince-index'),
      table('connections', 'DeleteItem', 'Scan'),
      invoke('deliverer'),
      inspect,
      close,
    ]);
  });

  it('have wildcards only where nothing finer is known beforehand: log streams, connections, streams to list', () => {
    const statements = lambdas.flatMap(statementsOf);

    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).to.deep.equal([]);
    for (const resource of statements.flatMap(({ Resource }) => Resource).filter((each) => each.includes('*'))) {
      expect(resource).to.match(
        /^<[\w-]+\/log arn>:\*$|^<api\/api execution_arn>\/dev\/(POST|GET|DELETE)\/@connections\/\*$|^\*$/,
      );
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
      '/aws/lambda/sessions-dev-deliverer',
      '/aws/lambda/sessions-dev-notifier',
      '/aws/lambda/sessions-dev-sweeper',
      '/aws/lambda/sessions-dev-publisher',
      '/aws/lambda/sessions-dev-api',
      '/aws/apigateway/sessions-dev',
      '/aws/apigateway/sessions-dev-http',
    ]);
    for (const name of lambdas) {
      expect(groups[`${placeOf(name)}/log`]?.retention_in_days).to.match(
        /^\$\{var\.data_retention_hours <= 24 \? 1 : /,
      );
      expect(functions[`${placeOf(name)}/function`]?.depends_on).to.include(`<${placeOf(name)}/log>`);
    }
  });

  it('drop events that no client waits for any more, and keep deliveries that failed', () => {
    expect(stack.resources('aws_lambda_function_event_invoke_config')).to.deep.equal({
      'connection/async-invoke': {
        function_name: '<connection/function function_name>',
        maximum_retry_attempts: 1,
        maximum_event_age_in_seconds: 60,
        lifecycle: { replace_triggered_by: [expectedId('connection')] },
      },
      'deliverer/async-invoke': {
        function_name: '<deliverer/function function_name>',
        maximum_retry_attempts: 2,
        maximum_event_age_in_seconds: 300,
        destination_config: { on_failure: { destination: '<deliveries-failed/queue arn>' } },
        depends_on: ['<deliverer/policy>', '<deliverer/encryption/policy>'],
        lifecycle: { replace_triggered_by: [expectedId('deliverer')] },
      },
      'publisher/async-invoke': {
        function_name: '<publisher/function function_name>',
        maximum_retry_attempts: 2,
        maximum_event_age_in_seconds: 120,
        lifecycle: { replace_triggered_by: [expectedId('publisher')] },
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

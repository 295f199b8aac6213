import { expect } from 'chai';
import { readStack, type Values } from './support.ts';

describe('the WebSocket API of a stack', () => {
  const stack = readStack('dev');
  /** Without those that variables add, which `extra-routes.test.ts` is about, and those of the HTTP API. */
  const ownOf = (type: string): Record<string, Values> =>
    Object.fromEntries(
      Object.entries(stack.resources(type)).filter(([place]) => !/^(http|extra-routes)\//.test(place)),
    );
  const routes = ownOf('aws_apigatewayv2_route');
  const permissions = ownOf('aws_lambda_permission');

  it('routes each message by its action to its function', () => {
    expect(stack.resources('aws_apigatewayv2_api')['api/api']).to.deep.equal({
      name: 'sessions-dev',
      protocol_type: 'WEBSOCKET',
      route_selection_expression: '$request.body.action',
      ip_address_type: `\${var.ip_address_type}`,
    });
    const targets = Object.fromEntries(Object.values(routes).map(({ route_key, target }) => [route_key, target]));
    expect(targets).to.deep.equal({
      $connect: 'integrations/<to-connection/integration id>',
      $disconnect: 'integrations/<to-disconnect/integration id>',
      $default: 'integrations/<to-connection/integration id>',
      createSession: 'integrations/<to-connection/integration id>',
      joinSession: 'integrations/<to-connection/integration id>',
      changeLanguage: 'integrations/<to-connection/integration id>',
      heartbeat: 'integrations/<to-heartbeat/integration id>',
      refreshConnection: 'integrations/<to-refresh/integration id>',
      recover: 'integrations/<to-refresh/integration id>',
      publish: 'integrations/<to-publisher/integration id>',
      getSessionStatus: 'integrations/<to-status/integration id>',
      setBroadcastState: 'integrations/<to-status/integration id>',
      endSession: 'integrations/<to-disconnect/integration id>',
    });
    expect(ownOf('aws_apigatewayv2_integration')).to.deep.include({
      'to-heartbeat/integration': {
        api_id: '<api/api id>',
        integration_type: 'AWS_PROXY',
        integration_method: 'POST',
        integration_uri: '<heartbeat/function invoke_arn>',
      },
    });
  });

  it('replies on every message route: both parts of a response are there', () => {
    const responses = ownOf('aws_apigatewayv2_route_response');
    const messages = [
      'createSession',
      'joinSession',
      'changeLanguage',
      'heartbeat',
      'refreshConnection',
      'recover',
      'publish',
      'getSessionStatus',
      'setBroadcastState',
      'endSession',
    ];
    for (const id of ['default', ...messages]) {
      expect(routes[`on-${id}/route`]?.route_response_selection_expression, id).to.equal('$default');
      expect(responses[`on-${id}/response`], id).to.deep.equal({
        api_id: '<api/api id>',
        route_id: `<on-${id}/route id>`,
        route_response_key: '$default',
      });
    }
    expect(Object.keys(responses)).to.have.lengthOf(11);
    expect(routes['on-connect/route']).to.not.have.property('route_response_selection_expression');
    expect(routes['on-disconnect/route']).to.not.have.property('route_response_selection_expression');
  });

  it('asks the authorizer on $connect, also for clients without a token', () => {
    expect(routes['on-connect/route']).to.include({
      authorization_type: 'CUSTOM',
      authorizer_id: '<authorization/authorizer id>',
    });
    expect(stack.resources('aws_apigatewayv2_authorizer')['authorization/authorizer']).to.deep.equal({
      api_id: '<api/api id>',
      name: 'speaker-or-listener',
      authorizer_type: 'REQUEST',
      authorizer_uri: '<authorizer/function invoke_arn>',
      identity_sources: [],
    });
    for (const [place, route] of Object.entries(routes)) {
      if (place !== 'on-connect/route') expect(route, place).to.not.have.property('authorizer_id');
    }
  });

  it('may invoke a function from the routes that lead to it, and from nowhere else', () => {
    const allowed = Object.values(permissions)
      .filter(({ principal }) => principal === 'apigateway.amazonaws.com')
      .map(({ function_name, source_arn }) => [function_name, source_arn]);

    expect(allowed).to.have.deep.members([
      ['<connection/function function_name>', '<api/api execution_arn>/dev/$connect'],
      ['<disconnect/function function_name>', '<api/api execution_arn>/dev/$disconnect'],
      ['<connection/function function_name>', '<api/api execution_arn>/dev/$default'],
      ['<connection/function function_name>', '<api/api execution_arn>/dev/createSession'],
      ['<connection/function function_name>', '<api/api execution_arn>/dev/joinSession'],
      ['<connection/function function_name>', '<api/api execution_arn>/dev/changeLanguage'],
      ['<heartbeat/function function_name>', '<api/api execution_arn>/dev/heartbeat'],
      ['<refresh/function function_name>', '<api/api execution_arn>/dev/refreshConnection'],
      ['<refresh/function function_name>', '<api/api execution_arn>/dev/recover'],
      ['<publisher/function function_name>', '<api/api execution_arn>/dev/publish'],
      ['<status/function function_name>', '<api/api execution_arn>/dev/getSessionStatus'],
      ['<status/function function_name>', '<api/api execution_arn>/dev/setBroadcastState'],
      ['<disconnect/function function_name>', '<api/api execution_arn>/dev/endSession'],
      ['<authorizer/function function_name>', '<api/api execution_arn>/authorizers/<authorization/authorizer id>'],
    ]);
  });

  it('has a stage of the name of the environment, with throttling values', () => {
    expect(stack.resources('aws_apigatewayv2_stage')['stage/stage']).to.deep.include({
      name: 'dev',
      auto_deploy: true,
    });
    const { default_route_settings: throttling } = stack.resources('aws_apigatewayv2_stage')['stage/stage'] ?? {};
    expect(Object.keys(throttling ?? {})).to.deep.equal(['throttling_burst_limit', 'throttling_rate_limit']);
  });

  it('is deployed by API Gateway whenever a part changes, and opens when all is there', () => {
    const parts = [
      ...Object.keys(ownOf('aws_apigatewayv2_authorizer')),
      ...Object.keys(ownOf('aws_apigatewayv2_integration')),
      ...Object.keys(routes),
      ...Object.keys(ownOf('aws_apigatewayv2_route_response')),
    ];

    expect(parts).to.have.lengthOf(1 + 6 + 13 + 11);
    expect(stack.resources('aws_apigatewayv2_stage')['stage/stage']?.depends_on).to.include.members([
      ...parts.map((part) => `<${part}>`),
      '<authorization/permission>',
      '<on-connect/permission>',
      '<on-endSession/permission>',
      '<connection/policy>',
      '<refresh/policy>',
    ]);
  });

  it('has nothing that is created before what it replaces is destroyed: names are fixed', () => {
    expect(Object.keys(stack.json.resource)).to.not.include('aws_apigatewayv2_deployment');
    expect(JSON.stringify(stack.json.resource)).to.not.include('create_before_destroy');
  });

  it('says where it is, at its own domain if it has one', () => {
    expect(stack.json.output.websocket_url?.value).to.match(
      /^\$\{var\.domain_name == "" \? join\("\/", \[aws_apigatewayv2_api\.\w+\.api_endpoint, "dev"\]\) : join\("", \["wss:\/\/", var\.domain_name\]\)\}$/,
    );
  });
});

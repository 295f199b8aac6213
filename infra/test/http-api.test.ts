import { expect } from 'chai';
import { readStack, type Values } from './support.ts';

describe('the HTTP API of a stack', () => {
  const stack = readStack('dev');
  const ofHttp = (type: string): Record<string, Values> =>
    Object.fromEntries(Object.entries(stack.resources(type)).filter(([place]) => place.startsWith('http/')));
  const routes = ofHttp('aws_apigatewayv2_route');

  it('is a second API, whose pages may be anywhere that the variable says, and nowhere by default', () => {
    expect(stack.resources('aws_apigatewayv2_api')['http/api/api']).to.deep.equal({
      name: 'sessions-dev-http',
      protocol_type: 'HTTP',
      ip_address_type: `\${var.ip_address_type}`,
      dynamic: {
        cors_configuration: {
          for_each: `\${length(var.http_allowed_origins) > 0 ? [var.http_allowed_origins] : []}`,
          content: {
            allow_origins: `\${cors_configuration.value}`,
            allow_methods: ['GET', 'POST', 'DELETE'],
            allow_headers: ['authorization', 'content-type'],
            expose_headers: ['location', 'retry-after'],
            max_age: 3600,
          },
        },
      },
    });
    expect(stack.json.variable.http_allowed_origins?.default).to.deep.equal([]);
  });

  it('has each route, for a speaker, for a backend, or for everybody', () => {
    const authorizations = Object.values(routes).map((route) => [
      route.route_key,
      route.target,
      route.authorization_type,
      route.authorizer_id,
    ]);
    const toApi = 'integrations/<http/to-api/integration id>';
    const token = ['JWT', '<http/speaker/authorizer id>'];

    expect(authorizations).to.have.deep.members([
      ['POST /sessions', toApi, ...token],
      ['GET /sessions', toApi, ...token],
      ['GET /sessions/{sessionId}', toApi, 'NONE', undefined],
      ['DELETE /sessions/{sessionId}', toApi, ...token],
      ['GET /sessions/{sessionId}/messages', toApi, ...token],
      ['POST /sessions/{sessionId}/messages', 'integrations/<http/to-publisher/integration id>', 'AWS_IAM', undefined],
      ['GET /health', toApi, 'NONE', undefined],
    ]);
  });

  it('hands requests to the functions in the payload format 2.0', () => {
    expect(ofHttp('aws_apigatewayv2_integration')).to.deep.equal({
      'http/to-api/integration': {
        api_id: '<http/api/api id>',
        integration_type: 'AWS_PROXY',
        integration_method: 'POST',
        integration_uri: '<api-function/function invoke_arn>',
        payload_format_version: '2.0',
        timeout_milliseconds: 30_000,
      },
      'http/to-publisher/integration': {
        api_id: '<http/api/api id>',
        integration_type: 'AWS_PROXY',
        integration_method: 'POST',
        integration_uri: '<publisher/function invoke_arn>',
        payload_format_version: '2.0',
        timeout_milliseconds: 30_000,
      },
    });
  });

  it('may invoke a function from the routes that lead to it, and from nowhere else', () => {
    const allowed = Object.values(ofHttp('aws_lambda_permission')).map(({ principal, function_name, source_arn }) => [
      principal,
      function_name,
      source_arn,
    ]);
    const gateway = 'apigateway.amazonaws.com';
    const stage = '<http/api/api execution_arn>/$default';

    expect(allowed).to.have.deep.members([
      [gateway, '<api-function/function function_name>', `${stage}/POST/sessions`],
      [gateway, '<api-function/function function_name>', `${stage}/GET/sessions`],
      [gateway, '<api-function/function function_name>', `${stage}/GET/sessions/{sessionId}`],
      [gateway, '<api-function/function function_name>', `${stage}/DELETE/sessions/{sessionId}`],
      [gateway, '<api-function/function function_name>', `${stage}/GET/sessions/{sessionId}/messages`],
      [gateway, '<publisher/function function_name>', `${stage}/POST/sessions/{sessionId}/messages`],
      [gateway, '<api-function/function function_name>', `${stage}/GET/health`],
    ]);
  });

  it('has its stage deployed by API Gateway, throttled, and open when all is there', () => {
    const { depends_on, ...stage } = ofHttp('aws_apigatewayv2_stage')['http/stage/stage'] ?? {};
    const parts = [
      ...Object.keys(routes),
      ...Object.keys(ofHttp('aws_apigatewayv2_integration')),
      ...Object.keys(ofHttp('aws_apigatewayv2_authorizer')),
      ...Object.keys(ofHttp('aws_lambda_permission')),
    ];

    expect(stage).to.deep.include({ name: '$default', auto_deploy: true });
    expect(Object.keys((stage.default_route_settings as Values | undefined) ?? {})).to.deep.equal([
      'throttling_burst_limit',
      'throttling_rate_limit',
    ]);
    expect(parts).to.have.lengthOf(7 + 2 + 1 + 7);
    expect(depends_on).to.include.members([
      ...parts.map((part) => `<${part}>`),
      '<api-function/policy>',
      '<publisher/policy>',
      '<logging/account>',
    ]);
  });
});

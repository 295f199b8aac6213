// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { expect } from 'chai';
import { failureOf, removeTemporaryFolders, temporaryFolder } from '../../stack/set-up.ts';
import { ask, type HttpStackParts, type Json, startHttpStack, stopAll } from './set-up.ts';

/** The first list of server-sent events: what happened lately. The stream is then given up. */
async function firstEvents({ body }: Response): Promise<Json[]> {
  let text = '';
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString();
    const data = /^data: (.+)\n\n/m.exec(text)?.[1];
    if (data !== undefined) return JSON.parse(data);
  }
  throw new Error('the stream has ended');
}

describe('HTTP API: in the stack', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('has a port and an address of its own beside the WebSocket API', async () => {
    const { httpApiUrl, webSocketUrl, stack } = await startHttpStack();

    expect(httpApiUrl).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(new URL(httpApiUrl).port).not.to.equal(new URL(webSocketUrl).port);
    expect(stack.outputs).to.deep.equal({ endpoint: httpApiUrl, invoke_url: `${httpApiUrl}/` });
    expect(stack.functions.find(({ name }) => name === 'http')?.environment).to.deep.equal({ API: httpApiUrl });
    expect((await ask(httpApiUrl, '/_local/state')).json.rawPath).to.equal('/_local/state');
  });

  it('is told to the page, request by request', async () => {
    const { httpApiUrl, endpoint } = await startHttpStack(
      { routes: { 'GET /a': {} } },
      { pageFolder: temporaryFolder() },
    );
    await ask(httpApiUrl, '/a');
    await ask(httpApiUrl, '/b');

    const state = await ask(endpoint, '/_local/state');
    const events = await firstEvents(await fetch(`${endpoint}/_local/events`));

    expect(state.json.httpApiUrl).to.equal(httpApiUrl);
    expect((await ask(endpoint, '/config.json')).json.httpApiUrl).to.equal(httpApiUrl);
    expect(
      events.filter(({ type }) => type === 'httpRequest').map(({ atMs: _, durationMs: __, ...told }: Json) => told),
    ).to.deep.equal([
      { type: 'httpRequest', method: 'GET', statusCode: 200, routeKey: 'GET /a' },
      { type: 'httpRequest', method: 'GET', statusCode: 404, reason: 'no route matches' },
    ]);
  });

  it('listens where it is told to', async () => {
    const first = await startHttpStack();
    const port = Number(new URL(first.httpApiUrl).port);
    await stopAll();

    const second = await startHttpStack({}, { httpPort: port });

    expect(second.httpApiUrl).to.equal(first.httpApiUrl);
  });

  const change =
    (type: string, changes: object): NonNullable<HttpStackParts['change']> =>
    (resources) =>
      Object.assign(resources[type]?.http ?? {}, changes);
  const refused: readonly (readonly [string, HttpStackParts, string])[] = [
    [
      'payload format 1.0',
      { change: change('aws_apigatewayv2_integration', { payload_format_version: '1.0' }) },
      'aws_apigatewayv2_integration.http.payload_format_version: 1.0 cannot be run here: set it to "2.0"',
    ],
    [
      'another integration',
      { change: change('aws_apigatewayv2_integration', { integration_type: 'HTTP_PROXY' }) },
      'aws_apigatewayv2_integration.http.integration_type: HTTP_PROXY cannot be run here, only AWS_PROXY',
    ],
    [
      'a timeout above 30 s',
      { change: change('aws_apigatewayv2_integration', { timeout_milliseconds: 30_001 }) },
      'aws_apigatewayv2_integration.http.timeout_milliseconds: 30001: an HTTP API takes 50 to 30000 ms',
    ],
    [
      'a transformation',
      { change: change('aws_apigatewayv2_integration', { request_parameters: { 'append:header.a': 'b' } }) },
      'aws_apigatewayv2_integration.http.request_parameters: it cannot be run here: remove it',
    ],
    [
      'a definition in OpenAPI',
      { api: { body: '{}' } },
      'aws_apigatewayv2_api.http.body: it cannot be run here: remove it',
    ],
    [
      'a Lambda authorizer',
      { routes: { $default: { authorization_type: 'CUSTOM' } } },
      'aws_apigatewayv2_route.http0.authorization_type: CUSTOM cannot be run here, only JWT, AWS_IAM and NONE',
    ],
    [
      'a stage without a deployment',
      { stages: { $default: { auto_deploy: false } } },
      'aws_apigatewayv2_stage.http0.deployment_id: nothing is deployed to the stage: set deployment_id or auto_deploy',
    ],
    [
      'settings of a route that is not there',
      { stages: { $default: { route_settings: [{ route_key: 'GET /x', throttling_rate_limit: 1 }] } } },
      'aws_apigatewayv2_stage.http0.route_settings: the API has no route "GET /x"',
    ],
    [
      'credentials for every origin',
      { api: { cors_configuration: [{ allow_origins: ['*'], allow_credentials: true }] } },
      'aws_apigatewayv2_api.http.cors_configuration: allow_credentials is not supported if allow_origins is *: name the origins, or set allow_credentials = false',
    ],
  ];
  it('refuses a second HTTP API, and one without a stage', async () => {
    const second: HttpStackParts = {
      change: ({ aws_apigatewayv2_api: apis }) =>
        Object.assign(apis ?? {}, { second: { name: 'second', protocol_type: 'HTTP' } }),
    };

    expect(await failureOf(startHttpStack(second))).to.equal(
      'StackResourceError: aws_apigatewayv2_api: the stack has 2 HTTP APIs, and one can be run',
    );
    expect(await failureOf(startHttpStack({ stages: {} }))).to.equal(
      'StackResourceError: aws_apigatewayv2_stage: the API http has no stage',
    );
  });

  for (const [what, parts, message] of refused) {
    it(`refuses ${what} at the start`, async () => {
      expect(await failureOf(startHttpStack(parts))).to.equal(`StackResourceError: ${message}`);
    });
  }
});

import { expect } from 'chai';
import { removeTemporaryFolders } from '../../stack/set-up.ts';
import { addJwtAuthorizer, ask, askSigned, type HttpStackParts, jwtRoute, startHttpStack, stopAll } from './set-up.ts';

/** A stack whose access log has these variables, each in quotes. */
async function setUp(variables: readonly string[], parts: HttpStackParts) {
  const lines: string[][] = [];
  const format = JSON.stringify(variables.map((name) => `$context.${name}`));
  const stack = await startHttpStack(
    {
      stages: {
        $default: { access_log_settings: [{ destination_arn: 'arn:aws:logs:us-east-1:0:log-group:http', format }] },
      },
      ...parts,
    },
    { http: { onAccessLog: ({ line }) => lines.push(JSON.parse(line)) } },
  );
  return { ...stack, lines };
}

describe('HTTP API: access logs', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('write a line for each request in the stage’s own format, - for what there is not', async () => {
    const variables = ['requestId', 'routeKey', 'status', 'httpMethod', 'path', 'stage', 'integrationStatus'];
    const { httpApiUrl, lines } = await setUp([...variables, 'error.message', 'nothing'], {
      routes: { 'GET /a/{id}': {} },
    });

    const taken = await ask(httpApiUrl, '/a/1');
    const missed = await ask(httpApiUrl, '/b');

    expect(lines).to.deep.equal([
      [taken.headers['apigw-requestid'], 'GET /a/{id}', '200', 'GET', '/a/1', '$default', '200', '-', '-'],
      [missed.headers['apigw-requestid'], '-', '404', 'GET', '/b', '$default', '-', 'Not Found', '-'],
    ]);
  });

  it('tell why a function or an authorizer failed, which clients are not told', async () => {
    const variables = ['status', 'integrationErrorMessage', 'authorizer.error', 'error.responseType'];
    const { httpApiUrl, lines } = await setUp(variables, {
      routes: { 'GET /open': {}, 'GET /closed': jwtRoute },
      change: (resources) => addJwtAuthorizer(resources),
    });

    await ask(httpApiUrl, '/open', { headers: { 'x-throw': 'boom' } });
    await ask(httpApiUrl, '/closed');

    expect(lines).to.deep.equal([
      ['500', 'the function failed: Error: boom', '-', 'INTEGRATION_FAILURE'],
      ['401', '-', 'the request has no token', 'UNAUTHORIZED'],
    ]);
  });

  it('tell who has called', async () => {
    const { httpApiUrl, lines, tokens, credentials } = await setUp(
      ['authorizer.claims.username', 'identity.userArn', 'identity.sourceIp'],
      {
        routes: { 'GET /token': jwtRoute, 'GET /signed': { authorization_type: 'AWS_IAM' } },
        change: (resources) => addJwtAuthorizer(resources),
      },
    );

    await ask(httpApiUrl, '/token', { headers: { authorization: await tokens.issueToken({ username: 'maria' }) } });
    await askSigned(httpApiUrl, '/signed', credentials);

    expect(lines).to.deep.equal([
      ['maria', '-', '127.0.0.1'],
      ['-', 'arn:aws:iam::000000000000:root', '127.0.0.1'],
    ]);
  });
});

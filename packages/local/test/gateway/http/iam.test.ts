// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { expect } from 'chai';
import { failureOf, removeTemporaryFolders } from '../../stack/set-up.ts';
import {
  ask,
  askSigned,
  functionCredentials,
  type HttpStackParts,
  jwtRoute,
  startHttpStack,
  stopAll,
} from './set-up.ts';

const forbidden = { status: 403, json: { message: 'Forbidden' } };
const iam = { authorization_type: 'AWS_IAM' };

/** The function's role may call what this says, below the API's execution ARN. */
const allowing =
  (resource: string): NonNullable<HttpStackParts['change']> =>
  (resources) => {
    const statement = {
      Effect: 'Allow',
      Action: 'execute-api:Invoke',
      Resource: `\${aws_apigatewayv2_api.http.execution_arn}${resource}`,
    };
    resources.aws_iam_role_policy = {
      http: {
        name: 'http',
        role: '${aws_iam_role.http.name}',
        policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      },
    };
  };

const routes = { 'POST /orders/{orderId}/notes': iam, 'GET /{all+}': iam, 'GET /': {} };

describe('HTTP API: AWS_IAM', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('lets in whom the operator’s signature names, and tells who that is', async () => {
    const { httpApiUrl, credentials } = await startHttpStack({ routes });

    const { status, json: event } = await askSigned(httpApiUrl, '/orders/a%20b/notes?x=1&y=%2F', credentials, {
      method: 'POST',
      body: '{"text":"hé"}',
      headers: { 'content-type': 'application/json' },
    });

    expect(status).to.equal(200);
    expect(event.body).to.equal('{"text":"hé"}');
    expect(event.requestContext.authorizer).to.deep.equal({
      iam: {
        accessKey: credentials.accessKeyId,
        accountId: '000000000000',
        callerId: '000000000000',
        cognitoIdentity: null,
        principalOrgId: null,
        userArn: 'arn:aws:iam::000000000000:root',
        userId: '000000000000',
      },
    });
  });

  it('answers 403 to what is not signed, signed for something else, or by unknown keys', async () => {
    const { httpApiUrl, credentials } = await startHttpStack({ routes });
    const other = { ...credentials, secretAccessKey: 'wrong' };
    const unknown = { ...credentials, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' };

    expect(await ask(httpApiUrl, '/a')).to.deep.include(forbidden);
    expect(await ask(httpApiUrl, '/a', { headers: { authorization: 'Bearer token' } })).to.deep.include(forbidden);
    expect(await askSigned(httpApiUrl, '/a', other)).to.deep.include(forbidden);
    expect(await askSigned(httpApiUrl, '/a', unknown)).to.deep.include(forbidden);
    expect(await askSigned(httpApiUrl, '/a', credentials, { region: 'eu-west-1' })).to.deep.include(forbidden);
    expect((await askSigned(httpApiUrl, '/a', credentials)).status).to.equal(200);
  });

  it('answers 403 to a body that was changed after it was signed', async () => {
    const { httpApiUrl, credentials } = await startHttpStack({ routes });
    const path = '/orders/1/notes';
    const signed = await askSigned(httpApiUrl, path, credentials, { method: 'POST', body: 'one' });
    const { authorization, 'x-amz-date': date, 'x-amz-content-sha256': hash } = signed.json.headers;

    const replayed = (body: string) =>
      ask(httpApiUrl, path, {
        method: 'POST',
        body,
        headers: { authorization, 'x-amz-date': date, 'x-amz-content-sha256': hash },
      });

    expect((await replayed('one')).status).to.equal(200);
    expect(await replayed('two')).to.deep.include(forbidden);
  });

  it('asks the policies of the caller’s role for the stage, the method and the path', async () => {
    const stack = await startHttpStack({ routes, change: allowing('/$default/POST/orders/1/*') });
    const credentials = await functionCredentials(stack);
    const statusOf = async (method: string, path: string) =>
      (await askSigned(stack.httpApiUrl, path, credentials, { method })).status;

    expect(await statusOf('POST', '/orders/1/notes')).to.equal(200);
    expect(await statusOf('POST', '/orders/2/notes')).to.equal(403);
    expect(await statusOf('GET', '/orders/1/notes')).to.equal(403);
  });

  it('tells which role has called', async () => {
    const stack = await startHttpStack({ routes, change: allowing('/*') });
    const credentials = await functionCredentials(stack);

    const { json: event } = await askSigned(stack.httpApiUrl, '/a', credentials);

    expect(event.requestContext.authorizer.iam).to.include({
      accessKey: credentials.accessKeyId,
      callerId: 'http:http',
      userArn: 'arn:aws:sts::000000000000:assumed-role/http/http',
      userId: 'http:http',
    });
  });

  it('says why in the records, where the client is told nothing', async () => {
    const reasons: (string | undefined)[] = [];
    const stack = await startHttpStack(
      { routes, change: allowing('/*/PUT/*') },
      { http: { onHttpRequest: ({ statusCode, reason }) => void (statusCode === 403 && reasons.push(reason)) } },
    );
    const credentials = await functionCredentials(stack);

    await askSigned(stack.httpApiUrl, '/a', credentials);

    expect(reasons).to.deep.equal([
      `AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/http/http is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:000000000000:${stack.stack.httpApis[0]?.id}/$default/GET/a because no identity-based policy allows the execute-api:Invoke action`,
    ]);
  });

  it('refuses scopes at the start where nothing asks for them', async () => {
    const parts = { routes: { 'GET /': { ...iam, authorization_scopes: ['a'] } } };

    expect(await failureOf(startHttpStack(parts))).to.equal(
      'StackResourceError: aws_apigatewayv2_route.http0.authorization_scopes: only the authorization_type JWT has scopes: remove them',
    );
    expect(await failureOf(startHttpStack({ routes: { 'GET /': { ...jwtRoute, authorizer_id: 'x' } } }))).to.equal(
      'StackResourceError: aws_apigatewayv2_route.http0.authorizer_id: the API has no authorizer "x"',
    );
  });
});

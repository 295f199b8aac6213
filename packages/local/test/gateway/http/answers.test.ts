// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { expect } from 'chai';
import { removeTemporaryFolders } from '../../stack/set-up.ts';
import { ask, startHttpStack, stopAll } from './set-up.ts';

const internalError = { message: 'Internal Server Error' };

describe('HTTP API: answers', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  const returning = (value: unknown) => ({ headers: { 'x-return': JSON.stringify(value) } });

  it('takes a result with a statusCode at its word', async () => {
    const { httpApiUrl } = await startHttpStack();

    const answer = await ask(
      httpApiUrl,
      '/',
      returning({
        statusCode: 201,
        headers: { 'Content-Type': 'text/html', 'X-Count': 2 },
        cookies: ['a=1; HttpOnly', 'b=2'],
        body: 'aGVsbG8=',
        isBase64Encoded: true,
      }),
    );

    expect(answer).to.include({ status: 201, text: 'hello' });
    expect(answer.headers).to.include({ 'content-type': 'text/html', 'x-count': '2', 'content-length': '5' });
    expect(answer.headers['set-cookie']).to.deep.equal(['a=1; HttpOnly', 'b=2']);
  });

  it('makes a 200 in JSON of any other result', async () => {
    const { httpApiUrl } = await startHttpStack();

    const object = await ask(httpApiUrl, '/', returning({ body: 'mine' }));
    const text = await ask(httpApiUrl, '/', returning('hello'));

    expect(object).to.include({ status: 200, text: '{"body":"mine"}' });
    expect(object.headers['content-type']).to.equal('application/json');
    expect(text).to.include({ status: 200, text: 'hello' });
    expect(text.headers['content-type']).to.equal('application/json');
  });

  it('answers 204 without a body', async () => {
    const { httpApiUrl } = await startHttpStack();

    const answer = await ask(httpApiUrl, '/', returning({ statusCode: 204 }));

    expect(answer).to.include({ status: 204, text: '' });
    expect(answer.headers).not.to.have.any.keys('content-type', 'content-length');
  });

  for (const [what, result] of [
    ['a statusCode that is none', { statusCode: 'fine' }],
    ['a body that is no text', { statusCode: 200, body: { a: 1 } }],
    ['headers that are a list', { statusCode: 200, headers: ['a'] }],
    ['a header with a line break', { statusCode: 200, headers: { a: 'b\r\nc: d' } }],
    ['cookies that are a text', { statusCode: 200, cookies: 'a=1' }],
  ] as const) {
    it(`answers 500 to ${what}`, async () => {
      const { httpApiUrl } = await startHttpStack();

      expect(await ask(httpApiUrl, '/', returning(result))).to.deep.include({ status: 500, json: internalError });
    });
  }

  it('answers 500 to a function that throws, and tells nothing of the error', async () => {
    const { httpApiUrl } = await startHttpStack();

    const answer = await ask(httpApiUrl, '/', { headers: { 'x-throw': 'secret' } });

    expect(answer).to.deep.include({ status: 500, json: internalError });
    expect(answer.headers['content-type']).to.equal('application/json');
  });

  it('answers 503 when the integration takes longer than its timeout', async () => {
    const { httpApiUrl } = await startHttpStack(
      {
        change: ({ aws_apigatewayv2_integration: integrations }) =>
          Object.assign(integrations?.http ?? {}, { timeout_milliseconds: 50 }),
      },
      { computeFloorMs: 0 },
    );

    const answer = await ask(httpApiUrl, '/', { headers: { 'x-hang': '1' } });

    expect(answer).to.deep.include({ status: 503, json: { message: 'Service Unavailable' } });
  });

  it('answers 503 when the function is throttled', async () => {
    const { httpApiUrl } = await startHttpStack({
      change: ({ aws_lambda_function: functions }) =>
        Object.assign(functions?.http ?? {}, { reserved_concurrent_executions: 0 }),
    });

    expect(await ask(httpApiUrl, '/')).to.deep.include({ status: 503, json: { message: 'Service Unavailable' } });
  });

  it('invokes a function only if its permissions cover the route', async () => {
    const { httpApiUrl } = await startHttpStack({
      routes: { 'GET /orders/{orderId}': {}, 'POST /orders': {}, 'ANY /any': {}, $default: {} },
      change: ({ aws_lambda_permission: permissions }) => {
        const { http: permission, ...others } = permissions ?? {};
        const api = '${aws_apigatewayv2_api.http.execution_arn}';
        for (const [index, end] of ['/*/GET/orders/{orderId}', '/$default/GET/any', '/*/$default'].entries()) {
          others[`http${index}`] = { ...permission, source_arn: `${api}${end}` };
        }
        Object.assign(permissions ?? {}, { http: { ...permission, source_arn: `${api}/*/GET/nothing` } }, others);
      },
    });
    const statusOf = async (method: string, path: string) => (await ask(httpApiUrl, path, { method })).status;

    expect(await statusOf('GET', '/orders/1')).to.equal(200);
    expect(await statusOf('POST', '/orders')).to.equal(500);
    expect(await statusOf('GET', '/any')).to.equal(200);
    expect(await statusOf('POST', '/any')).to.equal(500);
    expect(await statusOf('GET', '/else')).to.equal(200);
  });
});

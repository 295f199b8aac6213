import { expect } from 'chai';
import { removeTemporaryFolders } from '../../stack/set-up.ts';
import { ask, startHttpStack, stopAll } from './set-up.ts';

describe('HTTP API: events (payload format 2.0)', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('tells the function all of a request, and nothing that it has not', async () => {
    const { httpApiUrl, stack } = await startHttpStack({ routes: { 'GET /orders/{orderId}': {} } });

    const {
      status,
      headers,
      json: event,
    } = await ask(httpApiUrl, '/orders/a%20b', { headers: { 'User-Agent': 'me' } });

    expect(status).to.equal(200);
    expect(headers['apigw-requestid']).to.equal(event.requestContext.requestId);
    expect(event).to.deep.equal({
      version: '2.0',
      routeKey: 'GET /orders/{orderId}',
      rawPath: '/orders/a b',
      rawQueryString: '',
      headers: {
        'content-length': '0',
        host: new URL(httpApiUrl).host,
        'user-agent': 'me',
        'x-amzn-trace-id': event.headers['x-amzn-trace-id'],
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': '443',
        'x-forwarded-proto': 'https',
      },
      requestContext: {
        accountId: '000000000000',
        apiId: stack.httpApis[0]?.id,
        domainName: new URL(httpApiUrl).host,
        domainPrefix: '127',
        http: {
          method: 'GET',
          path: '/orders/a b',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'me',
        },
        requestId: event.requestContext.requestId,
        routeKey: 'GET /orders/{orderId}',
        stage: '$default',
        time: event.requestContext.time,
        timeEpoch: event.requestContext.timeEpoch,
      },
      pathParameters: { orderId: 'a b' },
      isBase64Encoded: false,
    });
    expect(event.headers['x-amzn-trace-id']).to.match(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(event.requestContext.requestId).to.match(/^[\w-]{15}=$/);
    expect(event.requestContext.time).to.match(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(event.requestContext.timeEpoch).to.be.a('number');
  });

  it('joins repeated headers and query parameters by commas, and lists cookies apart', async () => {
    const { httpApiUrl } = await startHttpStack();

    const { json: event } = await ask(httpApiUrl, '/?a=1&a=2&b=%C3%A9+x', {
      headers: { 'X-Colour': ['red', 'blue'], cookie: 'one=1; two=2' },
    });

    expect(event.rawQueryString).to.equal('a=1&a=2&b=%C3%A9+x');
    expect(event.queryStringParameters).to.deep.equal({ a: '1,2', b: 'é x' });
    expect(event.headers).to.include({ 'x-colour': 'red,blue' });
    expect(event.headers).not.to.have.property('cookie');
    expect(event.cookies).to.deep.equal(['one=1', 'two=2']);
  });

  it('hands on text as it is, and every other body in base64', async () => {
    const { httpApiUrl } = await startHttpStack();
    const bodyAs = async (type?: string) => {
      const headers = type === undefined ? {} : { 'content-type': type };
      const { json } = await ask(httpApiUrl, '/', { method: 'POST', headers, body: 'hé' });
      return [json.body, json.isBase64Encoded, json.headers['content-length']];
    };

    expect(await bodyAs('application/json')).to.deep.equal(['hé', false, '3']);
    expect(await bodyAs('text/csv; charset=utf-8')).to.deep.equal(['hé', false, '3']);
    expect(await bodyAs('application/x-www-form-urlencoded')).to.deep.equal(['aMOp', true, '3']);
    expect(await bodyAs()).to.deep.equal(['aMOp', true, '3']);
  });

  it('serves a named stage below its name, which is part of rawPath, with its variables', async () => {
    const { httpApiUrl, stack } = await startHttpStack({
      routes: { 'GET /orders': {} },
      stages: { dev: { stage_variables: { colour: 'red' } } },
    });

    const { json: event } = await ask(httpApiUrl, '/dev/orders');

    expect(httpApiUrl).to.match(/^http:\/\/127\.0\.0\.1:\d+\/dev$/);
    expect(stack.outputs.invoke_url).to.equal(httpApiUrl);
    expect(event).to.deep.include({ rawPath: '/dev/orders', stageVariables: { colour: 'red' } });
    expect(event.requestContext).to.include({ stage: 'dev' });
    expect(event.requestContext.http).to.include({ path: '/dev/orders' });
    expect((await ask(httpApiUrl, '/orders')).status).to.equal(404);
  });
});

import { expect } from 'chai';
import { check, section } from '../check.ts';
import { askHttp, returning } from '../http-client.ts';

const LAMBDA = 'AWS: Create AWS Lambda proxy integrations for HTTP APIs in API Gateway';
const api = 'http';
const internalError = { status: 500, json: { message: 'Internal Server Error' } };

const events = () => {
  check('http-event-keys', 'The event has the keys of format 2.0', { source: LAMBDA, api }, async () => {
    const { json } = await askHttp('/pets/dog/2?a=1', { headers: { cookie: 'one=1' } });
    expect(Object.keys(json).sort()).to.deep.equal([
      ...['cookies', 'headers', 'isBase64Encoded', 'pathParameters', 'queryStringParameters', 'rawPath'],
      ...['rawQueryString', 'requestContext', 'routeKey', 'stageVariables', 'version'],
    ]);
    expect(json.version).to.equal('2.0');
  });
  check(
    'http-event-absent',
    'What a request does not have is left out of its event',
    { source: LAMBDA, api },
    async () => {
      const { json } = await askHttp('/echo');
      expect(json).not.to.have.any.keys('cookies', 'queryStringParameters', 'pathParameters', 'body');
      expect([json.rawQueryString, json.isBase64Encoded]).to.deep.equal(['', false]);
    },
  );
  check('http-event-context', 'Its requestContext tells of the request', { source: LAMBDA, api }, async () => {
    const { json, headers } = await askHttp('/echo', { method: 'PUT', headers: { 'user-agent': 'conformance' } });
    const { requestContext: context } = json;
    expect(context.http).to.deep.include({
      method: 'PUT',
      path: '/echo',
      protocol: 'HTTP/1.1',
      userAgent: 'conformance',
    });
    expect(context.http.sourceIp).to.match(/^[0-9a-f.:]+$/);
    expect(context.accountId).to.match(/^\d{12}$/);
    expect(context.apiId).to.match(/^[0-9a-z]{10}$/);
    expect(context.domainPrefix).to.equal(context.domainName.split('.')[0]);
    expect(context.requestId).to.equal(headers['apigw-requestid']);
    expect(context.time).to.match(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(context.timeEpoch).to.be.a('number');
  });
  check(
    'http-event-headers',
    'Names of headers are in lower case, repeated ones joined by commas',
    { source: LAMBDA, api },
    async () => {
      const { json } = await askHttp('/echo', { headers: { 'X-Colour': ['red', 'blue'] } });
      expect(json.headers['x-colour']).to.equal('red,blue');
    },
  );
  check(
    'http-event-query',
    'Query parameters are decoded, repeated ones joined by commas; rawQueryString is as it was sent',
    { source: LAMBDA, api },
    async () => {
      const { json } = await askHttp('/echo?a=1&a=%C3%A9');
      expect([json.queryStringParameters, json.rawQueryString]).to.deep.equal([{ a: '1,é' }, 'a=1&a=%C3%A9']);
    },
  );
  check('http-event-cookies', 'Cookies are a list, and no header', { source: LAMBDA, api }, async () => {
    const { json } = await askHttp('/echo', { headers: { cookie: 'one=1; two=2' } });
    expect(json.cookies).to.deep.equal(['one=1', 'two=2']);
    expect(json.headers).not.to.have.property('cookie');
  });
  check(
    'http-event-decoded',
    'rawPath and path parameters are decoded',
    { source: `${LAMBDA}; middleapi/standard-server PR 93 (live captures)`, api },
    async () => {
      const { json } = await askHttp('/pets/dog/a%20b');
      expect([json.rawPath, json.pathParameters]).to.deep.equal(['/pets/dog/a b', { id: 'a b' }]);
    },
  );
  for (const [id, type, isText] of [
    ['json', 'application/json', true],
    ['text', 'text/csv', true],
    ['form', 'application/x-www-form-urlencoded', false],
    ['bytes', 'application/octet-stream', false],
    ['none', undefined, false],
  ] as const) {
    check(
      `http-body-${id}`,
      `A body ${type === undefined ? 'without a type' : `of ${type}`} arrives ${isText ? 'as text' : 'in base64'}`,
      { source: `${LAMBDA}; ministackorg/ministack PR 766 (seen on AWS)`, api },
      async () => {
        const headers = type === undefined ? {} : { 'content-type': type };
        const { json } = await askHttp('/echo', { method: 'POST', headers, body: 'hello' });
        expect([json.body, json.isBase64Encoded]).to.deep.equal(isText ? ['hello', false] : ['aGVsbG8=', true]);
      },
    );
  }
};

const answers = () => {
  check(
    'http-answer-structured',
    'A result with a statusCode gives status, headers, cookies and body',
    { source: LAMBDA, api },
    async () => {
      const result = { statusCode: 201, headers: { 'X-Count': '2' }, cookies: ['a=1', 'b=2'], body: 'made' };
      const answer = await askHttp('/echo', returning(result));
      expect([answer.status, answer.text, answer.headers['x-count']]).to.deep.equal([201, 'made', '2']);
      expect(answer.headers['set-cookie']).to.deep.equal(['a=1', 'b=2']);
    },
  );
  check('http-answer-base64', 'A body in base64 is decoded', { source: LAMBDA, api }, async () => {
    const answer = await askHttp('/echo', returning({ statusCode: 200, body: 'aGVsbG8=', isBase64Encoded: true }));
    expect(answer.text).to.equal('hello');
  });
  check(
    'http-answer-inferred',
    'A result without a statusCode is the body of a 200 in JSON',
    { source: LAMBDA, api },
    async () => {
      const answer = await askHttp('/echo', returning({ message: 'hello' }));
      expect([answer.status, answer.headers['content-type'], answer.json]).to.deep.equal([
        200,
        'application/json',
        { message: 'hello' },
      ]);
    },
  );
  check('http-answer-text', 'A text is the body of a 200', { source: LAMBDA, api }, async () => {
    expect(await askHttp('/echo', returning('hello'))).to.include({ status: 200, text: 'hello' });
  });
  check(
    'http-answer-type',
    'Without a content type it is text/plain;charset=UTF-8',
    { source: LAMBDA, confirmed: false, api },
    async () => {
      const { headers } = await askHttp('/echo', returning({ statusCode: 200, body: 'a' }));
      expect(headers['content-type']).to.equal('text/plain;charset=UTF-8');
    },
  );
  const troubleshooting = 'AWS: Troubleshooting issues with HTTP API Lambda integrations';
  check(
    'http-answer-throws',
    'A function that throws is answered with 500, and nothing of its error',
    { source: troubleshooting, api },
    async () => {
      expect(await askHttp('/echo', { headers: { 'x-throw': 'secret' } })).to.deep.include(internalError);
    },
  );
  check(
    'http-answer-malformed',
    'A statusCode that is none is answered with 500',
    { source: troubleshooting, confirmed: false, api },
    async () => {
      expect(await askHttp('/echo', returning({ statusCode: 'fine' }))).to.deep.include(internalError);
    },
  );
  check(
    'http-answer-permission',
    'A function that API Gateway may not invoke is answered with 500',
    { source: troubleshooting, api },
    async () => {
      expect(await askHttp('/stranger')).to.deep.include(internalError);
    },
  );
  const unavailable = { status: 503, json: { message: 'Service Unavailable' } };
  check(
    'http-answer-timeout',
    'An integration that takes longer than its timeout is answered with 503',
    {
      source: 'AWS: Quotas for configuring and running an HTTP API in API Gateway; serverless/serverless issue 11222',
      api,
    },
    async () => {
      expect(await askHttp('/slow', { headers: { 'x-sleep': '5000' } })).to.deep.include(unavailable);
    },
  );
  check(
    'http-answer-concurrency',
    'A function without concurrency is answered with 503',
    { source: troubleshooting, confirmed: false, api },
    async () => {
      expect(await askHttp('/idle')).to.deep.include(unavailable);
    },
  );
};

export function httpEventChecks(): void {
  section('HTTP API: events', events);
  section('HTTP API: answers', answers);
}

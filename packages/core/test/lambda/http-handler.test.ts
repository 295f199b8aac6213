import { expect } from 'chai';
import * as z from 'zod/mini';
import {
  callerArn,
  createHttpHandler,
  createTelemetry,
  type HttpResult,
  type HttpRoute,
  isHttpEvent,
  jsonResult,
  parseBody,
  pathParameter,
} from '../../src/lambda/index.ts';
import { ServiceError } from '../../src/protocol/index.ts';
import { useEnvironment } from '../support/environment.ts';
import { lambdaContext, messageEvent } from '../support/events.ts';
import { HTTP_REQUEST_ID, httpEvent, type TestRequest } from '../support/http-events.ts';
import { captureOutput } from '../support/output.ts';

/** Invokes a handler with one route. @returns the result, its body, the log lines and the metrics */
async function invoke(route: HttpRoute, request: TestRequest, routeKey = request.route) {
  const { result, lines } = await captureOutput(async () => {
    const handle = createHttpHandler({ telemetry: createTelemetry() }, { [routeKey]: route });
    return (await handle(httpEvent(request), lambdaContext())) as HttpResult;
  });
  const written = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    result,
    body: result.body === undefined ? undefined : (JSON.parse(result.body) as Record<string, unknown>),
    text: lines.join('\n'),
    logs: written.filter((line) => !('_aws' in line)),
    metrics: written.filter((line) => '_aws' in line),
  };
}

const throwing =
  (error: unknown): HttpRoute =>
  async () => {
    throw error;
  };

const look: TestRequest = { route: 'GET /sessions/{sessionId}', path: { sessionId: 'faithful-shepherd-427' } };

describe('The handler of an HTTP function', () => {
  useEnvironment(() => ({
    POWERTOOLS_METRICS_NAMESPACE: 'Sessions',
    POWERTOOLS_SERVICE_NAME: 'test',
    POWERTOOLS_LOG_LEVEL: 'DEBUG',
  }));

  it('answers with what the route of the request returns', async () => {
    const { result } = await invoke(
      async (event) => jsonResult(200, { sessionId: pathParameter(event, 'sessionId') }),
      look,
    );

    expect(result).to.deep.equal({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: '{"sessionId":"faithful-shepherd-427"}',
    });
  });

  it('answers a refusal with a problem that has its code, its text and its facts', async () => {
    const error = new ServiceError('NOT_STARTED', 'The session starts later', {
      retryAfterSeconds: 60,
      startsAt: 1_800_000_000_000,
      details: [{ field: 'to', problem: 'is closed', allowed: ['all'] }],
    });

    const { result, body } = await invoke(throwing(error), look);

    expect(result.statusCode).to.equal(409);
    expect(result.headers).to.deep.equal({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'retry-after': '60',
    });
    expect(body).to.deep.equal({
      type: 'urn:sessions:error:NOT_STARTED',
      title: 'Not started',
      status: 409,
      detail: 'The session starts later',
      code: 'NOT_STARTED',
      retryAfter: 60,
      startsAt: 1_800_000_000_000,
      errors: [{ field: 'to', problem: 'is closed', allowed: ['all'] }],
    });
  });

  it('says with a 401 how to authenticate', async () => {
    const { result } = await invoke(throwing(new ServiceError('UNAUTHORIZED', 'no token')), look);

    expect(result.statusCode).to.equal(401);
    expect(result.headers).to.include({ 'www-authenticate': 'Bearer' });
  });

  it('answers a bug with a bare 500, an ID to report, and nothing internal', async () => {
    const { result, body, logs } = await invoke(throwing(new TypeError('secretTable of undefined')), look);

    expect(result.statusCode).to.equal(500);
    expect(body).to.deep.include({
      code: 'INTERNAL_ERROR',
      detail: 'The service failed; the error is in its log',
      errors: [{ problem: 'errorId 6bc28136-xmpl-4365-b021-0ce6b2e64ab0' }],
    });
    expect(result.body).to.not.contain('secretTable');
    expect(logs[0]).to.include({ level: 'ERROR' });
    expect(JSON.stringify(logs[0])).to.contain('secretTable of undefined');
  });

  it('fails for a route that it does not have', async () => {
    const { body } = await invoke(async () => jsonResult(200, {}), look, 'GET /health');
    expect(body).to.include({ code: 'INTERNAL_ERROR' });
  });

  it('logs the route and the request, and neither the address, the agent, the path nor the token', async () => {
    const { logs, text } = await invoke(throwing(new ServiceError('FORBIDDEN', 'not yours')), {
      ...look,
      headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.x' },
      claims: { sub: 'user-1' },
    });

    expect(logs).to.have.length(1);
    expect(logs[0]).to.include({ message: 'Refused', code: 'FORBIDDEN', requestId: HTTP_REQUEST_ID });
    expect(logs[0]).to.include({ route: 'GET /sessions/{sessionId}' });
    for (const secret of ['198.51.100.7', 'curl', 'faithful-shepherd-427', 'eyJ', 'user-1']) {
      expect(text).to.not.contain(secret);
    }
  });

  it('counts a refusal by its code', async () => {
    const { metrics } = await invoke(throwing(new ServiceError('FORBIDDEN', 'not yours')), look);
    expect(metrics).to.have.length(1);
    expect(metrics[0]).to.include({ ConnectionErrors: 1, code: 'FORBIDDEN', fault: 'client' });
  });

  it('names the caller that signed a request, and fails on a route without signatures', async () => {
    const userArn = 'arn:aws:sts::123456789012:assumed-role/backend/i-1';
    expect(callerArn(httpEvent({ ...look, userArn }))).to.equal(userArn);
    expect(() => callerArn(httpEvent(look))).to.throw('must have the authorization AWS_IAM');
  });

  it('tells a request from an event of the WebSocket API and from a direct invocation', () => {
    expect(isHttpEvent(httpEvent(look))).to.equal(true);
    expect(isHttpEvent(messageEvent({ route: 'publish', body: {} }))).to.equal(false);
    expect(isHttpEvent({ sessionId: 'faithful-shepherd-427', version: '2.0' })).to.equal(false);
    for (const other of [null, undefined, 'x', []]) expect(isHttpEvent(other)).to.equal(false);
  });
});

describe('The body of a request', () => {
  const schema = z.strictObject({ sourceLanguage: z.string(), count: z.optional(z.int()) });
  const parse = (request: Pick<TestRequest, 'body' | 'isBase64'>, maxBytes?: number) =>
    parseBody(schema, httpEvent({ route: 'POST /sessions', ...request }), maxBytes);
  const refusalOf = (parsing: () => unknown): ServiceError => {
    try {
      parsing();
    } catch (error) {
      if (error instanceof ServiceError) return error;
      throw error;
    }
    throw new Error('It was accepted');
  };

  it('is JSON, as text or in base64', () => {
    expect(parse({ body: { sourceLanguage: 'en' } })).to.deep.equal({ sourceLanguage: 'en' });
    expect(parse({ body: { sourceLanguage: '日本' }, isBase64: true })).to.deep.equal({ sourceLanguage: '日本' });
  });

  it('is refused with a detail for each field that is wrong', () => {
    const { code, message, details } = refusalOf(() => parse({ body: { count: 1.5, colour: 'red' } }));
    expect(code).to.equal('INVALID_PARAMETERS');
    expect(message).to.contain('sourceLanguage: is missing').and.to.contain('colour: ');
    expect(details.map(({ field }) => field)).to.have.members(['sourceLanguage', 'count', 'colour']);
  });

  it('is refused if it is no JSON object, or none at all', () => {
    for (const [body, problem] of [
      ['{"sourceLanguage":', 'not JSON'],
      ['[]', 'not a JSON object'],
      ['null', 'not a JSON object'],
      ['', 'empty'],
      [undefined, 'empty'],
    ] as const) {
      const { code, message } = refusalOf(() => parse({ body }));
      expect(code, body).to.equal('INVALID_MESSAGE');
      expect(message).to.equal(`The body is ${problem}; send one JSON object`);
    }
  });

  it('is refused if it is not UTF-8', () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]).toString('base64');
    const { code, message } = refusalOf(() => parseBody(schema, { body, isBase64Encoded: true }));
    expect(code).to.equal('INVALID_MESSAGE');
    expect(message).to.contain('not UTF-8');
  });

  it('is refused beyond the limit, which counts bytes as they were sent', () => {
    expect(parse({ body: '{"sourceLanguage":"日"}', isBase64: true }, 24)).to.deep.equal({ sourceLanguage: '日' });
    const { code, message } = refusalOf(() => parse({ body: '{"sourceLanguage":"日本"}' }, 24));
    expect(code).to.equal('MESSAGE_TOO_LARGE');
    expect(message).to.equal('The body of this request may have 24 bytes; this one has 27');
  });
});

import { expect } from 'chai';
import { parseAuthorization } from '../../local/src/aws/authorization.ts';
import { signatureProblem } from '../../local/src/aws/signature.ts';
import { createPublisher, PublishError } from '../src/index.ts';
import type { Timing } from '../src/retry.ts';
import { type Answer, json, problem, type Received, receipt, reset, type Service, startService } from './service.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE00000', secretAccessKey: 'the-secret', sessionToken: 'the-session' };
const caption = { sessionId: 'faithful-shepherd-427', to: 'es', name: 'caption', data: { text: 'Hola, ¿qué tal?' } };

/** Time that passes only while the publisher waits; the jitter is always the whole delay. */
function countedTiming() {
  const sleeps: number[] = [];
  let nowMs = 0;
  const timing: Timing = {
    nowMs: () => nowMs,
    random: () => 1,
    async sleep(ms) {
      sleeps.push(ms);
      nowMs += ms;
    },
  };
  return { timing, sleeps };
}

describe('publish by HTTP', () => {
  let service: Service;
  afterEach(() => service.stop());

  async function setUp(answers: readonly Answer[], { path = '', budgetMs = 30_000, attemptTimeoutMs = 15_000 } = {}) {
    service = await startService(...answers);
    const { timing, sleeps } = countedTiming();
    const publisher = createPublisher(
      { httpApiUrl: `${service.url}${path}`, region: 'eu-central-1', credentials, budgetMs, attemptTimeoutMs },
      timing,
    );
    return { publisher, sleeps };
  }
  const failureOf = async (publishing: Promise<unknown>): Promise<PublishError> => {
    const error = await publishing.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof PublishError)) throw new Error(`Not refused: ${error}`);
    return error;
  };

  it('posts the message to the session, and returns the receipt', async () => {
    const { publisher } = await setUp([json(201, receipt)], { path: '/dev/' });

    expect(await publisher.publish({ ...caption, id: 'c-1' })).to.deep.equal(receipt);

    const [{ method, url, headers, body } = nothing] = service.received;
    expect([method, url]).to.deep.equal(['POST', '/dev/sessions/faithful-shepherd-427/messages']);
    expect(headers['content-type']).to.equal('application/json');
    expect(JSON.parse(body.toString())).to.deep.equal({
      to: 'es',
      name: 'caption',
      data: { text: 'Hola, ¿qué tal?' },
      id: 'c-1',
    });
  });

  it('signs for API Gateway, so that an independent check of the signature agrees', async () => {
    const { publisher } = await setUp([json(201, receipt)], { path: '/dev' });

    await publisher.publish({ ...caption, sessionId: "Faithful Shepherd's" });

    const [request = nothing] = service.received;
    expect(request.url).to.equal('/dev/sessions/Faithful%20Shepherd%27s/messages');
    expect(request.headers['x-amz-security-token']).to.equal('the-session');
    const authorization = parseAuthorization(request.headers.authorization ?? '');
    if (!authorization) throw new Error(`No authorization: ${request.headers.authorization}`);
    const expected = { region: 'eu-central-1', service: 'execute-api' };
    expect(signatureProblem(request, authorization, 'the-secret', expected)).to.equal(undefined);
    const changed = { ...request, body: Buffer.from('{}') };
    expect(signatureProblem(changed, authorization, 'the-secret', expected)).to.contain('does not match');
  });

  it('takes Region and credentials from where AWS SDKs find them', async () => {
    service = await startService(json(201, receipt));
    const before = { ...process.env };
    Object.assign(process.env, { AWS_REGION: 'sa-east-1', AWS_ACCESS_KEY_ID: 'AKIDENVIRONMENT0' });
    process.env.AWS_SECRET_ACCESS_KEY = 'a-secret';
    try {
      await createPublisher({ httpApiUrl: service.url }).publish(caption);
    } finally {
      process.env = before;
    }

    const [{ headers } = nothing] = service.received;
    expect(headers.authorization).to.match(/Credential=AKIDENVIRONMENT0\/\d+\/sa-east-1\/execute-api\//);
  });

  it('retries 429, 5xx and a cut connection with the same generated id', async () => {
    const { publisher, sleeps } = await setUp([
      json(429, { message: 'Too Many Requests' }),
      json(503, { message: 'Service Unavailable' }),
      problem(500, { code: 'INTERNAL_ERROR', detail: 'A fault of the service' }),
      reset,
      json(200, { ...receipt, repeated: true }),
    ]);

    expect(await publisher.publish(caption)).to.deep.equal({ ...receipt, repeated: true });

    expect(sleeps).to.deep.equal([100, 200, 400, 800]);
    const ids = service.received.map(({ body }) => JSON.parse(body.toString()).id);
    expect(ids).to.have.length(5);
    expect(ids[0]).to.match(/^[0-9a-f-]{36}$/);
    expect(new Set(ids).size).to.equal(1);
  });

  it('keeps the connection', async () => {
    const { publisher } = await setUp([json(201, receipt)]);

    await publisher.publish(caption);
    await publisher.publish(caption);

    const ports = service.received.map(({ remotePort }) => remotePort);
    expect(ports).to.have.length(2);
    expect(ports[0]).to.equal(ports[1]);
  });

  it('gives each message an id of its own', async () => {
    const { publisher } = await setUp([json(201, receipt)]);

    await publisher.publish(caption);
    await publisher.publish(caption);

    const [first, second] = service.received.map(({ body }) => JSON.parse(body.toString()).id);
    expect(first).not.to.equal(second);
  });

  it('waits as long as the service asks for', async () => {
    const { publisher, sleeps } = await setUp([
      problem(503, { code: 'SERVICE_UNAVAILABLE', detail: 'DynamoDB does not answer', retryAfter: 5 }),
      json(201, receipt),
    ]);

    await publisher.publish(caption);

    expect(sleeps).to.deep.equal([5100]);
  });

  it('gives up at once when the service asks to wait for longer than the budget', async () => {
    const { publisher, sleeps } = await setUp(
      [problem(429, { code: 'RATE_LIMIT_EXCEEDED', detail: 'Too many', retryAfter: 40 })],
      { budgetMs: 30_000 },
    );

    const error = await failureOf(publisher.publish({ ...caption, id: 'c-1' }));

    expect(error).to.include({ code: 'RATE_LIMIT_EXCEEDED', retryAfterSeconds: 40, attempts: 1, isTransient: true });
    expect(error.id).to.equal('c-1');
    expect(sleeps).to.deep.equal([]);
  });

  it('gives up when the budget is used up', async () => {
    const { publisher, sleeps } = await setUp([json(503, { message: 'Service Unavailable' })], { budgetMs: 1000 });

    const error = await failureOf(publisher.publish(caption));

    expect(error).to.include({ code: 'NO_ANSWER', attempts: 4 });
    expect(error.message).to.contain('503').and.to.contain('Service Unavailable');
    expect(sleeps).to.deep.equal([100, 200, 400]);
  });

  it('says what a problem says, and does not retry what cannot succeed', async () => {
    const details = [{ field: 'to', problem: 'is no target language', allowed: ['es', 'fr'] }];
    const { publisher } = await setUp([
      problem(400, {
        type: 'urn:sessions:error:UNSUPPORTED_LANGUAGE',
        title: 'The language exists, but this service cannot speak it',
        status: 400,
        detail: 'Nobody can listen in tlh',
        code: 'UNSUPPORTED_LANGUAGE',
        errors: details,
      }),
    ]);

    const error = await failureOf(publisher.publish({ ...caption, to: 'tlh' }));

    expect(error).to.include({ code: 'UNSUPPORTED_LANGUAGE', message: 'Nobody can listen in tlh', isTransient: false });
    expect(error.details).to.deep.equal(details);
    expect(service.received).to.have.length(1);
  });

  it('says when a scheduled session starts, and does not wait for it', async () => {
    const { publisher } = await setUp([
      problem(409, { code: 'NOT_STARTED', detail: 'Not yet', retryAfter: 1, startsAt: 1_763_985_600_000 }),
    ]);

    const error = await failureOf(publisher.publish(caption));

    expect(error).to.include({ code: 'NOT_STARTED', startsAt: 1_763_985_600_000, retryAfterSeconds: 1 });
    expect(service.received).to.have.length(1);
  });

  it("says what to check when API Gateway refuses the caller, or is not the service's", async () => {
    const { publisher } = await setUp([json(403, { message: 'Forbidden' }), json(404, { message: 'Not Found' })]);

    const forbidden = await failureOf(publisher.publish(caption));
    const notFound = await failureOf(publisher.publish(caption));

    expect(forbidden.code).to.equal('NOT_AUTHORIZED');
    expect(forbidden.message).to.contain('"Forbidden"').and.to.contain('execute-api:Invoke');
    expect(notFound.code).to.equal('REJECTED');
    expect(notFound.message).to.contain('http_api_url');
  });

  it('gives an attempt up that is not answered, and repeats it', async () => {
    const { publisher } = await setUp([() => {}, json(201, receipt)], { attemptTimeoutMs: 50 });

    expect(await publisher.publish(caption)).to.deep.equal(receipt);
    expect(service.received).to.have.length(2);
  });

  it('stops when the caller does', async () => {
    const caller = new AbortController();
    const { publisher } = await setUp([() => caller.abort(new Error('The session has ended'))]);

    const outcome = await publisher.publish(caption, { signal: caller.signal }).catch((error: unknown) => error);

    expect(outcome).to.be.an('error').with.property('message', 'The session has ended');
    expect(service.received).to.have.length(1);
  });

  it('refuses what is no JSON, and an address that is none', async () => {
    const { publisher } = await setUp([json(201, receipt)]);

    const outcome = await publisher.publish({ ...caption, data: undefined }).catch((error: unknown) => error);

    expect(outcome).to.be.instanceOf(TypeError);
    expect(service.received).to.have.length(0);
    expect(() => createPublisher({ httpApiUrl: 'sessions.example' })).to.throw(TypeError, 'http_api_url');
  });
});

const nothing: Received = { method: '', url: '', headers: {}, body: Buffer.alloc(0), remotePort: undefined };

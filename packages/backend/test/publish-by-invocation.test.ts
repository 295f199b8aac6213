import { expect } from 'chai';
import { createPublisher, PublishError } from '../src/index.ts';
import { type Answer, json, receipt, type Service, startService } from './service.ts';

const caption = { sessionId: 'faithful-shepherd-427', to: 'es', data: 'Hola' };
const ENDPOINT = 'AWS_ENDPOINT_URL_LAMBDA';

describe('publish by invocation', () => {
  let service: Service;
  const endpoint = process.env[ENDPOINT];
  afterEach(async () => {
    if (endpoint === undefined) delete process.env[ENDPOINT];
    else process.env[ENDPOINT] = endpoint;
    await service.stop();
  });

  async function setUp(...answers: readonly Answer[]) {
    service = await startService(...answers);
    process.env[ENDPOINT] = service.url;
    return createPublisher(
      {
        functionName: 'sessions-dev-publisher',
        region: 'us-east-1',
        credentials: { accessKeyId: 'AKIDEXAMPLE00000', secretAccessKey: 'the-secret' },
        budgetMs: 2000,
      },
      { nowMs: () => 0, random: () => 0, sleep: async () => {} },
    );
  }
  const failureOf = (publishing: Promise<unknown>): Promise<PublishError> =>
    publishing.then(
      () => expect.fail('It was published'),
      (error: unknown) => {
        expect(error).to.be.instanceOf(PublishError);
        return error as PublishError;
      },
    );

  it('invokes the function with the message, and returns the receipt', async () => {
    const publisher = await setUp(json(200, receipt));

    expect(await publisher.publish({ ...caption, id: 'c-1' })).to.deep.equal(receipt);

    const [request] = service.received;
    expect(request?.url).to.equal('/2015-03-31/functions/sessions-dev-publisher/invocations');
    expect(JSON.parse(String(request?.body))).to.deep.equal({ ...caption, id: 'c-1' });
  });

  it('makes an error of a refusal, with what it says', async () => {
    const details = [{ field: 'data', problem: 'has 40,000 bytes' }];
    const publisher = await setUp(
      json(200, { error: { code: 'MESSAGE_TOO_LARGE', message: 'The message has 40,000 bytes', details } }),
    );

    const error = await failureOf(publisher.publish(caption));

    expect(error).to.include({ code: 'MESSAGE_TOO_LARGE', message: 'The message has 40,000 bytes' });
    expect(error.details).to.deep.equal(details);
    expect(service.received).to.have.length(1);
  });

  it('retries a failure of the function and throttling, with the same id', async () => {
    const publisher = await setUp(
      json(200, { errorType: 'ServiceError', errorMessage: 'DynamoDB does not answer' }, unhandled),
      json(429, { Type: 'User', message: 'Rate exceeded' }, { 'x-amzn-errortype': 'TooManyRequestsException' }),
      json(200, { error: { code: 'SERVICE_UNAVAILABLE', message: 'Later', retryAfter: 1 } }),
      json(200, receipt),
    );

    expect(await publisher.publish(caption)).to.deep.equal(receipt);

    const ids = service.received.map(({ body }) => JSON.parse(body.toString()).id);
    expect(ids).to.have.length(4);
    expect(new Set(ids).size).to.equal(1);
  });

  it('says what to check when Lambda refuses the caller, or the function is no publisher', async () => {
    const publisher = await setUp(
      json(403, { Message: 'not authorized' }, { 'x-amzn-errortype': 'AccessDeniedException' }),
      json(200, 'pong'),
    );

    const denied = await failureOf(publisher.publish(caption));
    const other = await failureOf(publisher.publish(caption));

    expect(denied.code).to.equal('NOT_AUTHORIZED');
    expect(denied.message).to.contain('lambda:InvokeFunction on sessions-dev-publisher');
    expect(other.code).to.equal('REJECTED');
    expect(other.message).to.contain('it is no publisher');
  });
});

const unhandled = { 'x-amz-function-error': 'Unhandled' };

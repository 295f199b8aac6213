import { expect } from 'chai';
import { createDeliverer, createLazyInvoker } from '../../src/invocations/index.ts';
import type { DeliveryTask } from '../../src/sessions/index.ts';
import { type AwsServer, refusedBy, startAwsServer } from '../support/aws-server.ts';
import { useEnvironment } from '../support/environment.ts';
import { refusal } from '../support/refusal.ts';

const task: DeliveryTask = {
  task: 'notifyListeners',
  sessionId: 'faithful-shepherd-427',
  message: { type: 'speakerReplaced', sessionId: 'faithful-shepherd-427', revision: 2 },
};
const outcome = '{"delivered":3,"gone":1,"failed":0}';
const THROTTLED = refusedBy(429, 'TooManyRequestsException');

describe('The deliverer, over Lambda', () => {
  let lambda: AwsServer;
  before(async () => {
    lambda = await startAwsServer();
  });
  after(() => lambda.stop());
  beforeEach(() => {
    lambda.requests.length = 0;
    lambda.answers.length = 0;
  });
  useEnvironment(() => ({
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
  }));
  const deliverer = () => createDeliverer(createLazyInvoker('sessions-prod-deliverer'));

  describe('handOver', () => {
    it('invokes the function asynchronously with the task as its event', async () => {
      lambda.answers.push({ status: 202 });
      await deliverer().handOver(task);
      expect(lambda.requests.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
        'POST /2015-03-31/functions/sessions-prod-deliverer/invocations',
      ]);
      expect(lambda.requests[0]?.headers).to.include({ 'x-amz-invocation-type': 'Event' });
      expect(JSON.parse(lambda.requests[0]?.body ?? '')).to.deep.equal(task);
    });

    it('tries again while Lambda throttles, fails or breaks the connection', async () => {
      for (const answer of [THROTTLED, refusedBy(500, 'ServiceException'), 'reset'] as const) {
        lambda.requests.length = 0;
        lambda.answers.push(answer, { status: 202 });
        await deliverer().handOver(task);
        expect(lambda.requests).to.have.length(2);
      }
    });

    it('asks for another attempt later when that goes on, and keeps the cause', async () => {
      for (const [answer, name] of [
        [THROTTLED, 'TooManyRequestsException'],
        [refusedBy(500, 'ServiceException'), 'ServiceException'],
      ] as const) {
        lambda.answers.push(answer, answer, answer);
        const error = await refusal(deliverer().handOver(task), 'SERVICE_UNAVAILABLE');
        expect(error.cause).to.have.property('name', name);
      }
      expect(lambda.answers).to.deep.equal([]);
    });

    it('does so when nobody listens there', async () => {
      const gone = await startAwsServer();
      await gone.stop();
      process.env.AWS_ENDPOINT_URL_LAMBDA = gone.endpoint;
      try {
        await refusal(deliverer().handOver(task), 'SERVICE_UNAVAILABLE');
      } finally {
        process.env.AWS_ENDPOINT_URL_LAMBDA = lambda.endpoint;
      }
    });

    it('lets through what trying again cannot help: a permission, a function that is not there, too much', async () => {
      for (const [status, type] of [
        [403, 'AccessDeniedException'],
        [404, 'ResourceNotFoundException'],
        [413, 'RequestTooLargeException'],
      ] as const) {
        lambda.requests.length = 0;
        lambda.answers.push(refusedBy(status, type));
        const error = await deliverer()
          .handOver(task)
          .catch((reason: unknown) => reason);
        expect(error).to.have.property('name', type);
        expect(lambda.requests).to.have.length(1);
      }
    });
  });

  describe('run', () => {
    it('waits for the function, and returns its outcome', async () => {
      lambda.answers.push({ status: 200, body: outcome });
      expect(await deliverer().run(task)).to.deep.equal({ delivered: 3, gone: 1, failed: 0 });
      expect(lambda.requests[0]?.headers).to.include({ 'x-amz-invocation-type': 'RequestResponse' });
      expect(JSON.parse(lambda.requests[0]?.body ?? '')).to.deep.equal(task);
    });

    it('hands on when the last delivery was', async () => {
      lambda.answers.push({ status: 200, body: '{"delivered":1,"gone":0,"failed":0,"lastDeliveredAt":2000120}' });
      expect(await deliverer().run(task)).to.include({ delivered: 1, lastDeliveredAt: 2_000_120 });
    });

    it('fails when the function does, although the invocation succeeded', async () => {
      lambda.answers.push({
        status: 200,
        headers: { 'x-amz-function-error': 'Unhandled' },
        body: '{"errorMessage":"Task timed out after 60.00 seconds"}',
      });
      const error = await refusal(deliverer().run(task), 'SERVICE_UNAVAILABLE');
      expect(error.message).to.equal('The function sessions-prod-deliverer failed: Unhandled');
    });

    it('fails for an answer that is no outcome', async () => {
      for (const body of ['', 'null', '{}', '{"delivered":1,"gone":0}', '"hello"', '<html>']) {
        lambda.answers.push({ status: 200, body });
        await refusal(deliverer().run(task), 'SERVICE_UNAVAILABLE');
      }
    });

    it('runs the task again when the answer was lost: every task may run twice', async () => {
      lambda.answers.push('reset', { status: 200, body: outcome });
      expect(await deliverer().run(task)).to.include({ delivered: 3 });
      expect(lambda.requests).to.have.length(2);
    });
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  InternalServerError,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { createDatabase, createRateLimiter, isInfrastructureFailure } from '../../src/dynamodb/index.ts';
import { fakeClock } from '../support/clock.ts';
import { refusal } from '../support/refusal.ts';
import { intercept, networkError } from '../support/sdk-faults.ts';

const get = new GetItemCommand({ TableName: 'Sessions', Key: { sessionId: { S: 'x' } } });
const metadata = { $metadata: {}, message: 'no' };

/** The time that the circuit goes by: it passes only when a test says so. */
function stopTime() {
  const { now } = Date;
  let nowMs = now();
  Date.now = () => nowMs;
  return {
    pass: (ms: number) => {
      nowMs += ms;
    },
    goOn: () => {
      Date.now = now;
    },
  };
}

/** A database whose every call ends as the test says. */
function setUp({ openMs = 30_000 } = {}) {
  const client = new DynamoDBClient({
    region: 'eu-central-1',
    endpoint: 'http://127.0.0.1:1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const state = { calls: 0, outcome: {} as object | Error };
  intercept(client, () => {
    state.calls++;
    return state.outcome;
  });
  return { state, database: createDatabase({ client, openMs }) };
}

describe('The circuit breaker', () => {
  it('opens after five failures in a row, and then refuses without a call', async () => {
    const { state, database } = setUp();
    state.outcome = networkError('ECONNREFUSED');
    for (let failure = 0; failure < 5; failure++) {
      const error = await refusal(database.send(get), 'SERVICE_UNAVAILABLE');
      expect(error.retryAfterSeconds).to.equal(1);
      expect(error.cause).to.equal(state.outcome);
    }

    const error = await refusal(database.send(get), 'SERVICE_UNAVAILABLE');

    expect(error.retryAfterSeconds).to.equal(30);
    expect(state.calls).to.equal(5);
  });

  it('stays closed while a success comes in between', async () => {
    const { state, database } = setUp();
    for (const outcome of [1, 2, 3, 4, 0, 1, 2, 3, 4, 0]) {
      state.outcome = outcome === 0 ? {} : networkError('ETIMEDOUT');
      await database.send(get).catch(() => {});
    }
    expect(state.calls).to.equal(10);
  });

  it('does not count conditions that did not hold, nor other faults of the request', async () => {
    const { state, database } = setUp();
    for (const error of [new ConditionalCheckFailedException(metadata), new ResourceNotFoundException(metadata)]) {
      state.outcome = error;
      for (let call = 0; call < 8; call++) {
        expect(await database.send(get).catch((reason: unknown) => reason)).to.equal(error);
      }
    }
    expect(state.calls).to.equal(16);
  });

  it('does not open for throttling: the database has answered', async () => {
    const { state, database } = setUp();
    state.outcome = new ProvisionedThroughputExceededException(metadata);
    for (let call = 0; call < 8; call++) {
      expect((await refusal(database.send(get), 'SERVICE_UNAVAILABLE')).retryAfterSeconds).to.equal(1);
    }
    expect(state.calls).to.equal(8);
  });

  describe('after its pause', () => {
    let time: ReturnType<typeof stopTime>;
    beforeEach(() => {
      time = stopTime();
    });
    afterEach(() => time.goOn());

    async function open() {
      const { state, database } = setUp({ openMs: 30_000 });
      state.outcome = networkError('ECONNRESET');
      for (let failure = 0; failure < 5; failure++) await refusal(database.send(get), 'SERVICE_UNAVAILABLE');
      time.pass(29_999);
      await refusal(database.send(get), 'SERVICE_UNAVAILABLE');
      expect(state.calls, 'no call before the pause is over').to.equal(5);
      time.pass(1);
      return { state, database };
    }

    it('lets one call through, and closes when that succeeds', async () => {
      const { state, database } = await open();
      state.outcome = {};

      await database.send(get);
      await database.send(get);

      expect(state.calls).to.equal(7);
    });

    it('lets one call through, and opens again when that fails', async () => {
      const { state, database } = await open();

      expect((await refusal(database.send(get), 'SERVICE_UNAVAILABLE')).retryAfterSeconds).to.equal(1);
      expect((await refusal(database.send(get), 'SERVICE_UNAVAILABLE')).retryAfterSeconds).to.equal(30);

      expect(state.calls).to.equal(6);
    });
  });
});

describe('isInfrastructureFailure', () => {
  it('is true for broken connections, timeouts, throttling and 5xx', () => {
    for (const code of [
      'ECONNREFUSED',
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
      'ENETUNREACH',
    ]) {
      expect(isInfrastructureFailure(networkError(code)), code).to.equal(true);
    }
    expect(isInfrastructureFailure(new InternalServerError(metadata))).to.equal(true);
    expect(isInfrastructureFailure(new ProvisionedThroughputExceededException(metadata))).to.equal(true);
    for (const name of ['ThrottlingException', 'RequestLimitExceeded', 'TimeoutError']) {
      expect(isInfrastructureFailure(Object.assign(new Error('no'), { name })), name).to.equal(true);
    }
    expect(isInfrastructureFailure(Object.assign(new Error('no'), { $metadata: { httpStatusCode: 503 } }))).to.equal(
      true,
    );
  });

  it('is false for faults of the request and for bugs', () => {
    expect(isInfrastructureFailure(new ConditionalCheckFailedException(metadata))).to.equal(false);
    expect(isInfrastructureFailure(new ResourceNotFoundException(metadata))).to.equal(false);
    expect(isInfrastructureFailure(new TypeError('undefined is not a function'))).to.equal(false);
    expect(isInfrastructureFailure('ECONNREFUSED')).to.equal(false);
  });
});

describe('A real client', () => {
  /** Calls a server through a fresh client with short timeouts. */
  const callTo = (port: number) => {
    const client = new DynamoDBClient({
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 2,
      requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true },
    });
    return createDatabase({ client, openMs: 1 }).send(get);
  };
  async function listen(answer: Parameters<typeof createServer>[1]) {
    const server = createServer(answer as () => void);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stop = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    return { port: (server.address() as AddressInfo).port, stop };
  }

  it('reports a port where nobody listens as SERVICE_UNAVAILABLE', async () => {
    const { port, stop } = await listen(() => {});
    await stop();
    await refusal(callTo(port), 'SERVICE_UNAVAILABLE');
  });

  it('reports a server that breaks the connection as SERVICE_UNAVAILABLE', async () => {
    const { port, stop } = await listen((request) => void request.socket.destroy());
    await refusal(callTo(port), 'SERVICE_UNAVAILABLE');
    await stop();
  });

  it('reports a server that never answers as SERVICE_UNAVAILABLE', async () => {
    const { port, stop } = await listen(() => {});
    await refusal(callTo(port), 'SERVICE_UNAVAILABLE');
    await stop();
  });

  it('reports 500 as SERVICE_UNAVAILABLE, after its second attempt', async () => {
    let requests = 0;
    const { port, stop } = await listen((_request, response) => {
      requests++;
      response.writeHead(500).end('{}');
    });
    await refusal(callTo(port), 'SERVICE_UNAVAILABLE');
    expect(requests).to.equal(2);
    await stop();
  });
});

describe('The rate limiter', () => {
  it('is open when the table cannot be reached, and says so', async () => {
    const { state, database } = setUp();
    state.outcome = networkError('ECONNREFUSED');
    const reported: unknown[] = [];
    const limiter = createRateLimiter(database, {
      tableName: 'RateLimits',
      clock: fakeClock(),
      onUnavailable: (error) => reported.push(error),
    });
    expect(await limiter.count({ operation: 'connect', subject: 'a', windowSeconds: 60 })).to.deep.equal({
      count: 0,
      secondsLeft: 20,
    });
    expect(await limiter.peek({ operation: 'connect', subject: 'a', windowSeconds: 60 })).to.deep.equal({
      count: 0,
      secondsLeft: 20,
    });
    expect(reported).to.have.length(2);
  });
});

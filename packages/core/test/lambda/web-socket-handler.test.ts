import { expect } from 'chai';
import {
  createTelemetry,
  createWebSocketHandler,
  onMessage,
  type RefusalDeps,
  type Route,
  type WebSocketEvent,
} from '../../src/lambda/index.ts';
import { clientMessages, type ErrorCode, ServiceError } from '../../src/protocol/index.ts';
import type { Verdict } from '../../src/sessions/index.ts';
import { useEnvironment } from '../support/environment.ts';
import { lambdaContext, messageEvent, type TestEvent } from '../support/events.ts';
import { captureOutput } from '../support/output.ts';

/** Invokes a handler with one route. @returns the result, the log lines and the metrics */
async function invoke(
  route: (telemetry: ReturnType<typeof createTelemetry>) => Route,
  event: TestEvent,
  refusals: RefusalDeps | null = null,
) {
  const { result, lines } = await captureOutput(async () => {
    const telemetry = createTelemetry();
    const handle = createWebSocketHandler({ telemetry, refusals }, { [event.route]: route(telemetry) });
    return (await handle(messageEvent(event), lambdaContext())) as Awaited<ReturnType<Route>>;
  });
  const written = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    result,
    reply: result.body === undefined ? undefined : (JSON.parse(result.body) as Record<string, unknown>),
    text: lines.join('\n'),
    logs: written.filter((line) => !('_aws' in line)),
    metrics: written.filter((line) => '_aws' in line),
  };
}

const session = {
  sessionId: 'faithful-shepherd-427',
  state: 'active',
  revision: 1,
  broadcastState: { paused: false, muted: false, volume: 1 },
  epoch: 1,
  positions: { es: 0, all: 0 },
} as const;

const throwing = (error: unknown) => () => async () => {
  throw error;
};
const heartbeatWith =
  (handle: (event: WebSocketEvent) => Promise<void> = async () => {}) =>
  (telemetry: ReturnType<typeof createTelemetry>) =>
    onMessage(
      telemetry,
      clientMessages.heartbeat,
      async ({ sentAt }, event) => {
        await handle(event);
        return {
          type: 'heartbeatAck',
          timestamp: 5,
          connectionExpiresAt: 9,
          ...session,
          ...(sentAt === undefined ? {} : { sentAt }),
        };
      },
      { latency: 'HeartbeatLatency' },
    );

describe('The handler of a WebSocket function', () => {
  useEnvironment(() => ({
    POWERTOOLS_METRICS_NAMESPACE: 'Sessions',
    POWERTOOLS_SERVICE_NAME: 'test',
    POWERTOOLS_LOG_LEVEL: 'DEBUG',
  }));

  describe('replies to a message', () => {
    it('with what the route returns, as the body of a success, and echoes the requestId', async () => {
      const { result, reply } = await invoke(heartbeatWith(), {
        route: 'heartbeat',
        body: { requestId: 'r1', sentAt: 3 },
      });
      expect(result.statusCode).to.equal(200);
      expect(reply).to.deep.equal({
        type: 'heartbeatAck',
        timestamp: 5,
        connectionExpiresAt: 9,
        ...session,
        sentAt: 3,
        requestId: 'r1',
      });
    });

    it('without a requestId where there was none', async () => {
      const { reply } = await invoke(heartbeatWith(), { route: 'heartbeat', body: {} });
      expect(reply).to.deep.equal({ type: 'heartbeatAck', timestamp: 5, connectionExpiresAt: 9, ...session });
    });

    it('with an error that names the code, the fields and the time to wait, and echoes the requestId', async () => {
      const error = new ServiceError('RATE_LIMIT_EXCEEDED', 'slow down', {
        retryAfterSeconds: 7,
        details: [{ field: 'sentAt', problem: 'too soon' }],
      });
      const { result, reply } = await invoke(throwing(error), { route: 'heartbeat', body: { requestId: 'r1' } });
      expect(result.statusCode).to.equal(200);
      const { timestamp, ...rest } = reply ?? {};
      expect(timestamp).to.be.a('number');
      expect(rest).to.deep.equal({
        type: 'error',
        requestId: 'r1',
        code: 'RATE_LIMIT_EXCEEDED',
        message: 'slow down',
        retryAfter: 7,
        details: [{ field: 'sentAt', problem: 'too soon' }],
      });
    });

    it('with an error that echoes the requestId of a message that is refused for something else', async () => {
      const { reply } = await invoke(heartbeatWith(), { route: 'heartbeat', body: { requestId: 'r1', x: 1 } });
      expect(reply).to.include({ type: 'error', requestId: 'r1', code: 'INVALID_PARAMETERS' });
    });

    it('without echoing a requestId that is none', async () => {
      for (const requestId of ['', 'r'.repeat(65), 7, null, { a: 1 }]) {
        const { reply } = await invoke(heartbeatWith(), { route: 'heartbeat', body: { requestId } });
        expect(reply).to.include({ code: 'INVALID_PARAMETERS' });
        expect(reply).to.not.have.property('requestId');
      }
    });

    it('to a message that is no JSON object, or none at all', async () => {
      for (const body of ['hello', '[]', 'null', '']) {
        const { reply } = await invoke(heartbeatWith(), { route: 'heartbeat', body });
        expect(reply, body).to.include({ type: 'error', code: 'INVALID_MESSAGE' });
      }
      const { reply } = await invoke(heartbeatWith(), { route: 'heartbeat' });
      expect(reply).to.include({ code: 'INVALID_MESSAGE' });
    });

    it('to a bug with a bare INTERNAL_ERROR, an ID to report, and nothing internal', async () => {
      const bug = new TypeError('secretTable of undefined');
      const { reply, text, logs } = await invoke(throwing(bug), { route: 'heartbeat', body: { requestId: 'r1' } });
      expect(reply).to.deep.include({
        type: 'error',
        requestId: 'r1',
        code: 'INTERNAL_ERROR',
        message: 'The service failed; the error is in its log',
        details: [{ problem: 'errorId 6bc28136-xmpl-4365-b021-0ce6b2e64ab0' }],
      });
      expect(JSON.stringify(reply)).to.not.contain('secretTable');
      expect(text).to.contain('secretTable of undefined').and.to.contain('web-socket-handler.test.ts');
      expect(logs[0]).to.include({ level: 'ERROR', function_request_id: '6bc28136-xmpl-4365-b021-0ce6b2e64ab0' });
    });
  });

  describe('refuses a handshake with the status of the code', () => {
    const statuses: readonly (readonly [ErrorCode, number])[] = [
      ['INVALID_MESSAGE', 400],
      ['INVALID_ACTION', 400],
      ['INVALID_PARAMETERS', 400],
      ['INVALID_SESSION_ID', 400],
      ['INVALID_LANGUAGE', 400],
      ['UNSUPPORTED_LANGUAGE', 400],
      ['UNAUTHORIZED', 401],
      ['TOKEN_EXPIRED', 401],
      ['SPEAKER_DENIED', 403],
      ['SPEAKER_REPLACED', 403],
      ['FORBIDDEN', 403],
      ['SESSION_NOT_FOUND', 404],
      ['SESSION_FULL', 429],
      ['ALREADY_IN_SESSION', 400],
      ['NOT_IN_SESSION', 400],
      ['RATE_LIMIT_EXCEEDED', 429],
      ['SERVICE_UNAVAILABLE', 503],
      ['INTERNAL_ERROR', 500],
    ];
    for (const [code, status] of statuses) {
      it(`${code}: ${status}`, async () => {
        const { result } = await invoke(throwing(new ServiceError(code, 'no')), { route: '$connect' });
        expect(result).to.deep.equal({ statusCode: status });
      });
    }

    it('a bug: 500', async () => {
      expect((await invoke(throwing('not even an error'), { route: '$connect' })).result).to.deep.equal({
        statusCode: 500,
      });
    });
  });

  describe('charges a refusal to the connection', () => {
    /** A budget that decides as told, and notes what it is asked. */
    function budgetOf(verdict: Partial<Verdict>, { sendFails = false, closeFails = false } = {}) {
      const done: unknown[] = [];
      const refusals: RefusalDeps = {
        budget: {
          charge: async ({ connectionId, connectedAt, error }) => {
            done.push(['charge', connectionId, connectedAt, error.code]);
            return { error, isClosed: false, ...verdict };
          },
          close: async (connectionId) => {
            done.push(['close', connectionId]);
            if (closeFails) throw new ServiceError('SERVICE_UNAVAILABLE', 'The database does not answer');
          },
        },
        push: {
          send: async (connectionId, message) => {
            done.push(['send', connectionId, message]);
            if (sendFails) throw new ServiceError('SERVICE_UNAVAILABLE', 'The message could not be delivered');
            return true;
          },
        },
      };
      return { refusals, done };
    }
    const full = throwing(new ServiceError('SESSION_FULL', 'full'));
    const event = { route: 'joinSession', connectionId: 'c1', connectedAt: 5, body: { requestId: 'r1' } };

    it('and answers as ever while that has a budget', async () => {
      const { refusals, done } = budgetOf({});
      const { reply } = await invoke(full, event, refusals);
      expect(reply).to.include({ type: 'error', code: 'SESSION_FULL', requestId: 'r1' });
      expect(done).to.deep.equal([['charge', 'c1', 5, 'SESSION_FULL']]);
    });

    it('and answers what the budget says', async () => {
      const error = new ServiceError('RATE_LIMIT_EXCEEDED', 'enough', { retryAfterSeconds: 9 });
      const { refusals } = budgetOf({ error });
      const { reply } = await invoke(full, event, refusals);
      expect(reply).to.include({ code: 'RATE_LIMIT_EXCEEDED', retryAfter: 9, requestId: 'r1' });
    });

    it('a bug as INTERNAL_ERROR, and what is not JSON as INVALID_MESSAGE', async () => {
      const { refusals, done } = budgetOf({});
      await invoke(throwing(new TypeError('a bug')), event, refusals);
      await invoke(heartbeatWith(), { ...event, route: 'heartbeat', body: 'hello' }, refusals);
      expect(done).to.deep.equal([
        ['charge', 'c1', 5, 'INTERNAL_ERROR'],
        ['charge', 'c1', 5, 'INVALID_MESSAGE'],
      ]);
    });

    it('and no success, no handshake and no end of a connection', async () => {
      const { refusals, done } = budgetOf({});
      await invoke(heartbeatWith(), { route: 'heartbeat', body: {} }, refusals);
      await invoke(full, { route: '$connect' }, refusals);
      await invoke(full, { route: '$disconnect' }, refusals);
      expect(done).to.deep.equal([]);
    });

    it('and closes it when the budget is used up, after the answer, which is posted', async () => {
      const error = new ServiceError('RATE_LIMIT_EXCEEDED', 'enough', { retryAfterSeconds: 9 });
      const { refusals, done } = budgetOf({ error, isClosed: true });
      const { result, logs } = await invoke(full, event, refusals);
      expect(result, 'no second answer').to.deep.equal({ statusCode: 200 });
      expect(done.map((step) => (step as unknown[])[0])).to.deep.equal(['charge', 'send', 'close']);
      expect((done[1] as unknown[])[2]).to.include({ type: 'error', code: 'RATE_LIMIT_EXCEEDED', requestId: 'r1' });
      expect(logs.at(-1)).to.include({ level: 'WARN', message: 'Closing the connection', code: 'RATE_LIMIT_EXCEEDED' });
    });

    it('and closes it when the answer does not arrive', async () => {
      const { refusals, done } = budgetOf({ isClosed: true }, { sendFails: true });
      expect((await invoke(full, event, refusals)).result).to.deep.equal({ statusCode: 200 });
      expect(done.at(-1)).to.deep.equal(['close', 'c1']);
    });

    it('and logs it when that fails: the client has its answer, and its next message closes', async () => {
      const { refusals } = budgetOf({ isClosed: true }, { closeFails: true });
      const { result, logs } = await invoke(full, event, refusals);
      expect(result).to.deep.equal({ statusCode: 200 });
      expect(logs.at(-1)).to.include({ level: 'ERROR', message: 'The connection could not be closed' });
    });
  });

  it('has nothing to say to a connection that has ended', async () => {
    const { result, logs } = await invoke(throwing(new Error('oops')), { route: '$disconnect' });
    expect(result).to.deep.equal({ statusCode: 200 });
    expect(logs[0]).to.include({ level: 'ERROR' });
  });

  describe('writes', () => {
    it('logs with route, request and connection, and never the connection ID, the address or what was sent', async () => {
      const secret = {
        route: 'heartbeat',
        userId: 'user-1',
        sourceIp: '198.51.100.7',
        body: { requestId: 'r1', x: 'private' },
      };
      for (const route of [heartbeatWith(), throwing(new Error('oops'))]) {
        const { text, logs } = await invoke(route, secret);
        expect(logs).to.have.length.above(0);
        expect(logs[0]).to.include({ route: 'heartbeat', requestId: 'JC1dgf9yoAMCK-g=', service: 'test' });
        expect(logs[0]?.connection).to.match(/^[0-9a-f]{16}$/);
        for (const hidden of ['TXzPWdnOjoECGjA', '198.51.100.7', 'private']) expect(text).to.not.contain(hidden);
      }
    });

    it('no fields that only the client can have named', async () => {
      const token = `eyJhbGciOiJSUzI1NiJ9.${'a'.repeat(20)}.b`;
      const { text, logs } = await invoke(heartbeatWith(), {
        route: 'heartbeat',
        body: { [token]: 1, sentAt: 'x', JaneDoe: 1 },
      });
      expect(text).to.not.contain('eyJ');
      expect(text).to.not.contain('JaneDoe');
      expect(logs[0]).to.deep.include({ message: 'Refused', code: 'INVALID_PARAMETERS', fields: ['sentAt'] });
    });

    it('no addresses and no tokens of errors from below, nor of their causes', async () => {
      const cause = new Error(
        'connect ECONNREFUSED 192.0.2.44:8000 and 2001:db8::44 and [::1]:443 for eyJhbGciOi.eyJzdWIi.c2ln',
      );
      const error = new ServiceError('SERVICE_UNAVAILABLE', 'The database does not answer', { cause });
      const { text, logs } = await invoke(throwing(error), { route: 'heartbeat', body: {} });
      for (const hidden of ['192.0.2.44', '2001:db8', '::1', 'eyJ']) expect(text).to.not.contain(hidden);
      expect(text).to.contain('connect ECONNREFUSED (redacted):8000');
      expect(logs[0]).to.include({ level: 'ERROR', message: 'Failed', code: 'SERVICE_UNAVAILABLE' });
    });

    it('refusals as information, without a stack', async () => {
      const { logs } = await invoke(throwing(new ServiceError('SESSION_FULL', 'full')), {
        route: 'heartbeat',
        body: {},
      });
      expect(logs).to.have.length(1);
      expect(logs[0]).to.include({ level: 'INFO', message: 'Refused', code: 'SESSION_FULL' });
      expect(logs[0]).to.not.have.property('error');
    });

    it('nothing of one invocation into the lines of the next', async () => {
      const { lines } = await captureOutput(async () => {
        const telemetry = createTelemetry();
        const route: Route = async () => {
          telemetry.logger.info('here');
          telemetry.logger.appendKeys({ sessionId: 'faithful-shepherd-427' });
          return { statusCode: 200 };
        };
        const handle = createWebSocketHandler({ telemetry, refusals: null }, { heartbeat: route });
        await handle(messageEvent({ route: 'heartbeat' }), lambdaContext());
        await handle(messageEvent({ route: 'heartbeat' }), lambdaContext());
      });
      expect(lines.join('\n')).to.not.contain('faithful-shepherd-427');
    });

    it('the latency of the route, with the service as its only dimension', async () => {
      const { metrics } = await invoke(heartbeatWith(), {
        route: 'heartbeat',
        connectedAt: Date.now() - 1000,
        body: {},
      });
      expect(metrics).to.have.length(1);
      expect(described(metrics[0])).to.deep.equal({
        Namespace: 'Sessions',
        Dimensions: [['service']],
        Metrics: [{ Name: 'HeartbeatLatency', Unit: 'Milliseconds' }],
      });
      expect(metrics[0]?.HeartbeatLatency).to.be.a('number').and.at.least(1000);
    });

    it('no negative latency when the clocks differ', async () => {
      const { metrics } = await invoke(heartbeatWith(), {
        route: 'heartbeat',
        connectedAt: Date.now() + 9000,
        body: {},
      });
      expect(metrics[0]?.HeartbeatLatency).to.equal(0);
    });

    it('errors by service and code, and over all services by whose fault they are', async () => {
      const faults: readonly (readonly [unknown, string, string])[] = [
        [new ServiceError('SESSION_FULL', 'full'), 'SESSION_FULL', 'client'],
        [new ServiceError('RATE_LIMIT_EXCEEDED', 'slow down'), 'RATE_LIMIT_EXCEEDED', 'client'],
        [new ServiceError('SERVICE_UNAVAILABLE', 'no database'), 'SERVICE_UNAVAILABLE', 'service'],
        [new Error('a bug'), 'INTERNAL_ERROR', 'service'],
      ];
      for (const [error, code, fault] of faults) {
        const { metrics } = await invoke(throwing(error), { route: 'heartbeat', body: {} });
        expect(metrics.map(described)).to.deep.equal([
          {
            Namespace: 'Sessions',
            Dimensions: [['service', 'code'], ['fault']],
            Metrics: [{ Name: 'ConnectionErrors', Unit: 'Count' }],
          },
        ]);
        expect(metrics[0]).to.include({ ConnectionErrors: 1, code, fault, service: 'test' });
      }
    });

    it('limits by operation, fan-outs, gauges, attempts, the brake and missing limits', async () => {
      const route = (telemetry: ReturnType<typeof createTelemetry>) => async () => {
        telemetry.meter.rateLimitExceeded('wrongSessionId');
        telemetry.meter.fanOut({ delivered: 2, gone: 1, failed: 0 });
        telemetry.meter.gauges({ activeSessions: 3, openConnections: 70 });
        telemetry.meter.joinAttempts(4);
        telemetry.meter.sweepBraked(60);
        telemetry.rateLimitsUnavailable(new RangeError('at 192.0.2.44'));
        return { statusCode: 200 };
      };
      const { metrics, logs } = await invoke(route, { route: 'heartbeat', body: {} });
      expect(metrics[0]).to.include({ RateLimitExceeded: 1, operation: 'wrongSessionId' });
      expect(metrics[1]).to.include({
        FanOutDelivered: 2,
        FanOutGone: 1,
        FanOutFailed: 0,
        ActiveSessions: 3,
        OpenConnections: 70,
        JoinAttempts: 4,
        SweepBraked: 60,
        RateLimitsUnavailable: 1,
      });
      expect(described(metrics[1])?.Dimensions).to.deep.equal([['service']]);
      expect(logs[0]).to.include({ level: 'WARN', reason: 'RangeError' });
    });

    it('no metrics, and no warning, where there are none', async () => {
      const { text } = await invoke(() => async () => ({ statusCode: 200 }), { route: '$disconnect' });
      expect(text).to.equal('');
    });
  });
});

/** Namespace, dimensions and metrics of a line in CloudWatch's embedded metric format. */
function described(line: Record<string, unknown> | undefined) {
  const { CloudWatchMetrics } = (line?._aws ?? {}) as {
    CloudWatchMetrics?: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
  };
  return CloudWatchMetrics?.[0];
}

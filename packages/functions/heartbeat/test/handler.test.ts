import { createTelemetry } from '@sessions/core/lambda';
import { expect } from 'chai';
import { useEnvironment } from '../../../core/test/support/environment.ts';
import { lambdaContext, messageEvent } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { createHandler } from '../src/handler.ts';

describe('The heartbeat function', () => {
  useEnvironment(() => ({ POWERTOOLS_METRICS_NAMESPACE: 'Sessions', POWERTOOLS_SERVICE_NAME: 'heartbeat' }));

  it('records the heartbeat of the connection that sent it', async () => {
    const asked: unknown[] = [];
    const { result, lines } = await captureOutput(() =>
      Promise.resolve(
        createHandler({
          telemetry: createTelemetry(),
          recordHeartbeat: async (request) => {
            asked.push(request);
            return { type: 'heartbeatAck', timestamp: 1, connectionExpiresAt: 2 };
          },
        })(
          messageEvent({ route: 'heartbeat', connectionId: 'c1', connectedAt: 5, body: { sentAt: 7, requestId: 'r' } }),
          lambdaContext(),
        ),
      ),
    );
    expect(lines.join('\n')).to.match(/"HeartbeatLatency":\d+/);
    expect(asked).to.deep.equal([{ connectionId: 'c1', connectedAt: 5, sentAt: 7 }]);
    expect(result).to.deep.equal({
      statusCode: 200,
      body: '{"type":"heartbeatAck","timestamp":1,"connectionExpiresAt":2,"requestId":"r"}',
    });
  });
});

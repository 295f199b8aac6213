import { createTelemetry } from '@sessions/core/lambda';
import { expect } from 'chai';
import { useEnvironment } from '../../../core/test/support/environment.ts';
import { lambdaContext, messageEvent } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { createHandler } from '../src/handler.ts';

const ack = {
  type: 'heartbeatAck',
  timestamp: 1,
  connectionExpiresAt: 2,
  sessionId: 'faithful-shepherd-427',
  state: 'active',
  revision: 3,
  broadcastState: { paused: false, muted: false, volume: 1 },
  epoch: 1,
  positions: { es: 4, all: 0 },
} as const;

describe('The heartbeat function', () => {
  useEnvironment(() => ({ POWERTOOLS_METRICS_NAMESPACE: 'Sessions', POWERTOOLS_SERVICE_NAME: 'heartbeat' }));

  it('records the heartbeat of the connection that sent it', async () => {
    const asked: unknown[] = [];
    const { result, lines } = await captureOutput(() =>
      Promise.resolve(
        createHandler({
          webSocket: { telemetry: createTelemetry(), refusals: null },
          recordHeartbeat: async (request) => {
            asked.push(request);
            return ack;
          },
        })(
          messageEvent({ route: 'heartbeat', connectionId: 'c1', connectedAt: 5, body: { sentAt: 7, requestId: 'r' } }),
          lambdaContext(),
        ),
      ),
    );
    expect(lines.join('\n')).to.match(/"HeartbeatLatency":\d+/);
    expect(asked).to.deep.equal([{ connectionId: 'c1', connectedAt: 5, sentAt: 7 }]);
    expect(result.statusCode).to.equal(200);
    expect(JSON.parse(result.body ?? '')).to.deep.equal({ ...ack, requestId: 'r' });
  });
});

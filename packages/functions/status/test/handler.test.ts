import { createTelemetry } from '@sessions/core/lambda';
import { expect } from 'chai';
import { useEnvironment } from '../../../core/test/support/environment.ts';
import { lambdaContext, messageEvent } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { createHandler } from '../src/handler.ts';

describe('The status function', () => {
  useEnvironment(() => ({ POWERTOOLS_METRICS_NAMESPACE: 'Sessions', POWERTOOLS_SERVICE_NAME: 'status' }));

  it('reports to the connection that asked', async () => {
    const asked: unknown[] = [];
    const { result } = await captureOutput(() =>
      Promise.resolve(
        createHandler({
          telemetry: createTelemetry(),
          reportStatus: async (connectionId) => {
            asked.push(connectionId);
            return {
              type: 'sessionStatus',
              sessionId: 'faithful-shepherd-427',
              state: 'active',
              listenerCount: 1,
              listenersByLanguage: { es: 1 },
              createdAt: 1,
              expiresAt: 2,
              durationSeconds: 3,
              timestamp: 4,
            };
          },
        })(messageEvent({ route: 'getSessionStatus', connectionId: 'c1', body: { requestId: 'r' } }), lambdaContext()),
      ),
    );
    expect(asked).to.deep.equal(['c1']);
    expect(result).to.deep.equal({
      statusCode: 200,
      body: '{"type":"sessionStatus","sessionId":"faithful-shepherd-427","state":"active","listenerCount":1,"listenersByLanguage":{"es":1},"createdAt":1,"expiresAt":2,"durationSeconds":3,"timestamp":4,"requestId":"r"}',
    });
  });
});

import { createTelemetry } from '@sessions/core/lambda';
import { expect } from 'chai';
import { lambdaContext, messageEvent, type TestEvent } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { createHandler } from '../src/handler.ts';

const now = {
  sessionId: 'faithful-shepherd-427',
  state: 'active',
  revision: 2,
  broadcastState: { paused: true, muted: false, volume: 1 },
} as const;
const status = {
  type: 'sessionStatus',
  ...now,
  listenerCount: 1,
  listenersByLanguage: { es: 1 },
  createdAt: 1,
  expiresAt: 2,
  durationSeconds: 3,
  timestamp: 4,
} as const;
const identity = { kind: 'speaker', userId: 'user-1', tokenExpiresAt: 7000 };
const from = { connectionId: 'c1', userId: 'user-1', tokenExpiresAt: 7000 };

describe('The status function', () => {
  async function send(event: TestEvent) {
    const asked: unknown[] = [];
    const handle = createHandler({
      webSocket: { telemetry: createTelemetry(), refusals: null },
      reportStatus: async (request) => {
        asked.push(request);
        return status;
      },
      setBroadcastState: async (request) => {
        asked.push(request);
        return { type: 'broadcastStateChanged', ...now };
      },
    });
    const { result } = await captureOutput(() => Promise.resolve(handle(messageEvent(event), lambdaContext())));
    return { asked, reply: JSON.parse(result.body ?? '') as Record<string, unknown> };
  }

  it('reports to the connection that asked', async () => {
    const { asked, reply } = await send({ ...from, route: 'getSessionStatus', body: { requestId: 'r' } });
    expect(asked).to.deep.equal([{ connectionId: 'c1', identity }]);
    expect(reply).to.deep.equal({ ...status, requestId: 'r' });
  });

  it('sets what the message names of the broadcast', async () => {
    const { asked, reply } = await send({
      ...from,
      route: 'setBroadcastState',
      body: { paused: true, volume: 0.5, requestId: 'r' },
    });
    expect(asked).to.deep.equal([{ connectionId: 'c1', identity, change: { paused: true, volume: 0.5 } }]);
    expect(reply).to.deep.equal({ type: 'broadcastStateChanged', ...now, requestId: 'r' });
  });

  it('asks no use case for a message that sets nothing', async () => {
    const { asked, reply } = await send({ ...from, route: 'setBroadcastState', body: {} });
    expect(asked).to.deep.equal([]);
    expect(reply).to.include({ type: 'error', code: 'INVALID_PARAMETERS' });
  });
});

import { createTelemetry } from '@sessions/core/lambda';
import { expect } from 'chai';
import { lambdaContext, messageEvent } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { createHandler } from '../src/handler.ts';

describe('The refresh function', () => {
  it('moves the sender, as the user whom the authorizer named, and nobody whom the message names', async () => {
    const asked: unknown[] = [];
    const handle = createHandler({
      telemetry: createTelemetry(),
      refreshConnection: async (request) => {
        asked.push(request);
        const { connectionId, role } = request;
        return { type: 'connectionRefreshComplete', sessionId: 's', role, connectionId, previousConnectionId: 'c0' };
      },
    });
    const event = (body: object) =>
      messageEvent({ route: 'refreshConnection', connectionId: 'c1', connectedAt: 5, userId: 'user-1', body });
    const { result } = await captureOutput(async () => {
      await handle(event({ sessionId: 's', role: 'speaker', previousConnectionId: 'c0' }), lambdaContext());
      return handle(event({ sessionId: 's', role: 'speaker', userId: 'user-2' }), lambdaContext());
    });
    expect(asked).to.deep.equal([
      {
        connectionId: 'c1',
        connectedAt: 5,
        userId: 'user-1',
        sessionId: 's',
        role: 'speaker',
        previousConnectionId: 'c0',
      },
    ]);
    expect(JSON.parse(result.body ?? '')).to.include({ type: 'error', code: 'INVALID_PARAMETERS' });
  });
});

import { createTelemetry } from '@sessions/core/lambda';
import { expect } from 'chai';
import { lambdaContext, messageEvent, type TestEvent } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { createHandler } from '../src/handler.ts';

describe('The disconnect function', () => {
  const asked: unknown[] = [];
  beforeEach(() => {
    asked.length = 0;
  });
  const send = (event: TestEvent, failure?: Error) =>
    captureOutput(() =>
      Promise.resolve(
        createHandler({
          webSocket: { telemetry: createTelemetry(), refusals: null },
          disconnect: async (...request) => {
            asked.push(request);
            if (failure) throw failure;
          },
          endOwnSession: async (request) => {
            asked.push(request);
            return { type: 'sessionEnded', sessionId: 's', revision: 2, reason: 'speakerEnded' };
          },
        })(messageEvent(event), lambdaContext()),
      ),
    );

  it('hands on the close code and its reason, and takes a missing one for a lost connection', async () => {
    expect((await send({ route: '$disconnect', connectionId: 'c1', closeCode: 1000 })).result.statusCode).to.equal(200);
    await send({ route: '$disconnect', connectionId: 'c1', closeCode: 1001, closeReason: 'Going away' });
    await send({ route: '$disconnect', connectionId: 'c1' });
    expect(asked).to.deep.equal([
      ['c1', 1000, ''],
      ['c1', 1001, 'Going away'],
      ['c1', 1006, undefined],
    ]);
  });

  it('logs a failure that nobody waits for', async () => {
    const { result, lines } = await send({ route: '$disconnect' }, new Error('broken'));
    expect(result).to.deep.equal({ statusCode: 200 });
    expect(lines.join('\n')).to.contain('"level":"ERROR"').and.to.contain('broken');
  });

  it('ends the session of the connection that asks, for the user whom the authorizer named', async () => {
    const from = { connectionId: 'c1', userId: 'user-1', tokenExpiresAt: 7000 };
    const { result } = await send({ ...from, route: 'endSession', body: { requestId: 'r' } });
    const identity = { kind: 'speaker', userId: 'user-1', tokenExpiresAt: 7000 };
    expect(asked).to.deep.equal([{ connectionId: 'c1', identity }]);
    expect(JSON.parse(result.body ?? '')).to.deep.equal({
      type: 'sessionEnded',
      sessionId: 's',
      revision: 2,
      reason: 'speakerEnded',
      requestId: 'r',
    });
  });
});

import { createTelemetry } from '@sessions/core/lambda';
import { expect } from 'chai';
import { lambdaContext, messageEvent, type TestEvent } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { createHandler } from '../src/handler.ts';

const now = {
  state: 'active',
  revision: 2,
  broadcastState: { paused: false, muted: false, volume: 1 },
  epoch: 1,
  positions: { es: 4, all: 0 },
} as const;

describe('The refresh function', () => {
  /** Sends messages, one after the other. @returns what the use case was asked, and the last reply */
  async function send(...messages: Partial<TestEvent>[]) {
    const asked: unknown[] = [];
    const handle = createHandler({
      webSocket: { telemetry: createTelemetry(), refusals: null },
      refreshConnection: async (request) => {
        asked.push(request);
        return {
          type: 'connectionRefreshComplete',
          sessionId: 's',
          role: request.role,
          connectionId: request.connectionId,
          previousConnectionId: 'c0',
          expiresAt: 9,
          ...now,
          heartbeatIntervalSeconds: 30,
        };
      },
      recoverMessages: async (request) => {
        asked.push(request);
        return { type: 'recovery', sessionId: 's', ...now, recovered: true };
      },
    });
    const { result } = await captureOutput(async () => {
      let body: string | undefined;
      for (const message of messages) {
        const event = { route: 'refreshConnection', connectionId: 'c1', connectedAt: 5, ...message };
        ({ body } = await handle(messageEvent(event), lambdaContext()));
      }
      return body;
    });
    return { asked, reply: JSON.parse(result ?? '') as Record<string, unknown> };
  }

  it('hands on what a listener says of its place', async () => {
    const fields = {
      sessionId: 's',
      role: 'listener',
      previousConnectionId: 'c0',
      targetLanguage: 'es',
      place: '1000000#0',
      epoch: 1,
      since: { es: 3, all: 0 },
    };
    const { asked, reply } = await send({ body: { ...fields, requestId: 'r' } });
    expect(asked).to.deep.equal([{ connectionId: 'c1', connectedAt: 5, identity: { kind: 'anonymous' }, ...fields }]);
    expect(reply).to.include({ type: 'connectionRefreshComplete', requestId: 'r' });
  });

  it('hands on who speaks, and which client, with the expiry of the token', async () => {
    const fields = { sessionId: 's', role: 'speaker', clientId: 'tab-1', takeOver: true };
    const { asked } = await send({ userId: 'user-1', tokenExpiresAt: 7000, body: fields });
    expect(asked).to.deep.equal([
      {
        connectionId: 'c1',
        connectedAt: 5,
        identity: { kind: 'speaker', userId: 'user-1', tokenExpiresAt: 7000 },
        ...fields,
      },
    ]);
  });

  it('takes the user from the authorizer alone, and refuses a message that names one', async () => {
    const { asked, reply } = await send({
      userId: 'user-1',
      body: { sessionId: 's', role: 'speaker', userId: 'user-2' },
    });
    expect(asked).to.deep.equal([]);
    expect(reply).to.include({ type: 'error', code: 'INVALID_PARAMETERS' });
  });

  it('hands on what a connection has, so that it gets what it lacks', async () => {
    const body = { action: 'recover', epoch: 1, since: { es: 3 }, requestId: 'r' };
    const { asked, reply } = await send({ route: 'recover', body });
    expect(asked).to.deep.equal([{ connectionId: 'c1', epoch: 1, since: { es: 3 } }]);
    expect(reply).to.deep.equal({ type: 'recovery', sessionId: 's', ...now, recovered: true, requestId: 'r' });
  });

  for (const [what, since] of [
    ['names no channel', {}],
    ['names more than eight channels', Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`c${n}`, 0]))],
    ['has an offset below 0', { es: -1 }],
  ] as const) {
    it(`refuses a since that ${what}`, async () => {
      const { asked, reply } = await send({ route: 'recover', body: { epoch: 1, since } });
      expect(asked).to.deep.equal([]);
      expect(reply).to.include({ type: 'error', code: 'INVALID_PARAMETERS' });
    });
  }

  it('says so where the token could not be checked', async () => {
    const { asked } = await send({ isUnchecked: true, body: { sessionId: 's', role: 'speaker' } });
    expect(asked[0]).to.deep.include({ identity: { kind: 'unchecked' } });
  });
});

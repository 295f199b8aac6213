import type { WebSocketEvent } from '@sessions/core/lambda';
import { createTelemetry } from '@sessions/core/lambda';
import { ServiceError } from '@sessions/core/protocol';
import { expect } from 'chai';
import { useEnvironment } from '../../../core/test/support/environment.ts';
import { lambdaContext, messageEvent, type TestEvent } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { type ConnectionDeps, createHandler } from '../src/handler.ts';

const now = {
  state: 'active',
  revision: 1,
  broadcastState: { paused: false, muted: false, volume: 1 },
  epoch: 1,
  positions: { es: 0, all: 0 },
} as const;

/** The handler over use cases that remember what they were asked. */
function setUp(change: Partial<ConnectionDeps> = {}) {
  const asked: unknown[] = [];
  const handedOn: WebSocketEvent[] = [];
  const posted: { to: string; body: string }[] = [];
  const note = (name: string) => async (request: unknown) => {
    asked.push([name, request]);
  };
  const invoke = async (event: WebSocketEvent) => {
    const { result, lines } = await captureOutput(() => {
      const handle = createHandler({
        webSocket: { telemetry: createTelemetry(), refusals: null },
        hmacKey: 'a-key-for-tests-of-32-characters',
        admitConnection: note('admit'),
        invokeSelf: async (sent) => void handedOn.push(sent),
        createSession: async (request) => {
          await note('create')(request);
          return {
            type: 'sessionCreated',
            sessionId: 'faithful-shepherd-427',
            sourceLanguage: 'en',
            qualityTier: 'standard',
            connectionId: request.connectionId,
            createdAt: 1,
            expiresAt: 2,
            joinKey: 'Ab3-_xY9zQ',
            maxListeners: 500,
            ...now,
            heartbeatIntervalSeconds: 30,
          };
        },
        joinSession: async (request) => {
          await note('join')(request);
          return {
            type: 'sessionJoined',
            sessionId: 'faithful-shepherd-427',
            sourceLanguage: 'en',
            targetLanguage: 'es',
            connectionId: request.connectionId,
            place: '1#0',
            listenerCount: 1,
            ...now,
            heartbeatIntervalSeconds: 30,
          };
        },
        changeLanguage: async (request) => {
          await note('change')(request);
          const { targetLanguage } = request;
          return { type: 'languageChanged', sessionId: 'faithful-shepherd-427', targetLanguage, ...now };
        },
        postReply: async (to, body) => void posted.push({ to, body }),
        ...change,
      });
      return handle(event, lambdaContext());
    });
    return {
      result,
      reply: JSON.parse(result.body ?? 'null') as Record<string, unknown> | null,
      text: lines.join('\n'),
    };
  };
  return { asked, handedOn, posted, send: (event: TestEvent) => invoke(messageEvent(event)), invoke };
}

describe('The connection function', () => {
  useEnvironment(() => ({ POWERTOOLS_METRICS_NAMESPACE: 'Sessions', POWERTOOLS_SERVICE_NAME: 'connection' }));

  it('measures how long a session takes to create, and how long to join', async () => {
    const { send } = setUp();
    const created = await send({ route: 'createSession', userId: 'user-1', body: { sourceLanguage: 'en' } });
    const joined = await send({
      route: 'joinSession',
      body: { sessionId: 'faithful-shepherd-427', targetLanguage: 'es' },
    });
    expect(created.text.match(/"\w+Latency":\d+/g)?.map((metric) => metric.split(':')[0])).to.deep.equal([
      '"SessionCreationLatency"',
    ]);
    expect(joined.text.match(/"\w+Latency":\d+/g)?.map((metric) => metric.split(':')[0])).to.deep.equal([
      '"ListenerJoinLatency"',
    ]);
  });

  describe('at $connect', () => {
    it('admits by the hash of the address, and says yes', async () => {
      const { send, asked, handedOn } = setUp();
      const { result } = await send({ route: '$connect', sourceIp: '198.51.100.7' });
      expect(result).to.deep.equal({ statusCode: 200 });
      expect(JSON.stringify(asked)).to.match(/^\[\["admit",\{"addressHash":"[0-9a-f]{16}","isSpeaker":false\}\]\]$/);
      expect(handedOn).to.deep.equal([]);
    });

    it('says of a verified speaker that it is one, and of no other token', async () => {
      const { send, asked } = setUp();
      await send({ route: '$connect', userId: 'user-1' });
      await send({ route: '$connect', isUnchecked: true });
      const speakers = asked.map((call) => ((call as unknown[])[1] as { isSpeaker: boolean }).isSpeaker);
      expect(speakers).to.deep.equal([true, false]);
    });

    it('chooses the subprotocol of the service if it was offered, and never the one with the token', async () => {
      const { send } = setUp();
      for (const [offered, headers] of [
        ['session.v1', { 'Sec-WebSocket-Protocol': 'session.v1' }],
        ['bearer.a.b.c, session.v1', { 'Sec-WebSocket-Protocol': 'session.v1' }],
        ['bearer.a.b.c', undefined],
        ['session.v2', undefined],
      ] as const) {
        const { result } = await send({ route: '$connect', headers: { 'sec-websocket-protocol': offered } });
        expect(result.headers, offered).to.deep.equal(headers);
      }
    });

    it('refuses with 429 when the address has had enough, and hands nothing on', async () => {
      const { send, handedOn } = setUp({
        admitConnection: async () => {
          throw new ServiceError('RATE_LIMIT_EXCEEDED', 'enough', { retryAfterSeconds: 5 });
        },
      });
      const { result } = await send({ route: '$connect', query: { action: 'joinSession' } });
      expect(result).to.deep.equal({ statusCode: 429 });
      expect(handedOn).to.deep.equal([]);
    });

    it('hands a first message in the URL to itself, as if it had been sent, without the token', async () => {
      const { send, handedOn } = setUp();
      const query = { action: 'joinSession', sessionId: 'x', targetLanguage: 'es', token: 'secret' };
      await send({ route: '$connect', connectionId: 'c1', userId: 'user-1', query });
      expect(handedOn).to.have.length(1);
      const { requestContext, body, replyBy, ...rest } = handedOn[0] ?? messageEvent({ route: '' });
      expect(rest, 'no headers, no query: the token was in them').to.deep.equal({});
      expect(requestContext).to.include({ routeKey: 'joinSession', eventType: 'MESSAGE', connectionId: 'c1' });
      expect(requestContext.authorizer).to.include({ userId: 'user-1' });
      expect(body).to.equal('{"action":"joinSession","sessionId":"x","targetLanguage":"es"}');
      expect(replyBy).to.equal('post');
    });

    it('hands any other first message to where it is refused', async () => {
      const { send, handedOn } = setUp();
      await send({ route: '$connect', query: { action: 'endSession' } });
      expect(handedOn[0]?.requestContext.routeKey).to.equal('$default');
      await send({ route: '$connect', query: { token: 'x' } });
      expect(handedOn).to.have.length(1);
    });

    it('refuses with 503 when the message cannot be handed on', async () => {
      const { send } = setUp({
        invokeSelf: async () => {
          throw new ServiceError('SERVICE_UNAVAILABLE', 'no');
        },
      });
      expect((await send({ route: '$connect', query: { action: 'joinSession' } })).result.statusCode).to.equal(503);
    });
  });

  describe('with a message that came in the URL', () => {
    const handedOnEvent = async (query: Record<string, string>) => {
      const { send, handedOn } = setUp();
      await send({ route: '$connect', connectionId: 'c1', query });
      return handedOn[0] ?? messageEvent({ route: '' });
    };

    it('does what it says, and posts the reply', async () => {
      const { invoke, posted, asked } = setUp();
      await invoke(await handedOnEvent({ action: 'joinSession', sessionId: 'x', targetLanguage: 'es' }));
      expect(asked).to.have.length(1);
      expect(posted.map(({ to, body }) => [to, (JSON.parse(body) as { type: string }).type])).to.deep.equal([
        ['c1', 'sessionJoined'],
      ]);
    });

    it('posts the refusal of any other action, with the two that it could be', async () => {
      const { invoke, posted } = setUp();
      await invoke(await handedOnEvent({ action: 'heartbeat', requestId: 'r1' }));
      const reply = JSON.parse(posted[0]?.body ?? '{}') as Record<string, unknown>;
      expect(reply).to.deep.include({ type: 'error', code: 'INVALID_ACTION', requestId: 'r1' });
      expect(reply.details).to.deep.equal([
        { field: 'action', problem: '"heartbeat" is not one of them', allowed: ['createSession', 'joinSession'] },
      ]);
    });

    it('posts nothing for a message that came over the socket', async () => {
      const { send, posted } = setUp();
      await send({ route: 'joinSession', body: { sessionId: 'x', targetLanguage: 'es' } });
      expect(posted).to.deep.equal([]);
    });
  });

  it('creates a session for the user whom the authorizer named', async () => {
    const { send, asked } = setUp();
    const { reply } = await send({
      route: 'createSession',
      connectionId: 'c1',
      connectedAt: 5,
      userId: 'user-1',
      tokenExpiresAt: 7000,
      body: { sourceLanguage: 'en', qualityTier: 'premium', clientId: 'tab-1', requestId: 'r1' },
    });
    expect(asked).to.deep.equal([
      [
        'create',
        {
          connectionId: 'c1',
          connectedAt: 5,
          identity: { kind: 'speaker', userId: 'user-1', tokenExpiresAt: 7000 },
          sourceLanguage: 'en',
          qualityTier: 'premium',
          clientId: 'tab-1',
        },
      ],
    ]);
    expect(reply).to.include({ type: 'sessionCreated', requestId: 'r1' });
  });

  it('changes the language of the connection that asks', async () => {
    const { send, asked } = setUp();
    const { reply } = await send({
      route: 'changeLanguage',
      connectionId: 'c1',
      body: { targetLanguage: 'fr', requestId: 'r1' },
    });
    expect(asked).to.deep.equal([['change', { connectionId: 'c1', targetLanguage: 'fr' }]]);
    expect(reply).to.include({ type: 'languageChanged', targetLanguage: 'fr', requestId: 'r1' });
  });

  it('joins with the key of the link', async () => {
    const { send, asked } = setUp();
    const body = { sessionId: 'x', targetLanguage: 'es', joinKey: 'Ab3-_xY9zQ' };
    await send({ route: 'joinSession', connectionId: 'c1', connectedAt: 5, body });
    expect((asked[0] as unknown[])[1]).to.include({ connectionId: 'c1', connectedAt: 5, ...body });
  });

  it('joins with the hash of the address, the same as at $connect', async () => {
    const { send, asked } = setUp();
    await send({ route: '$connect' });
    await send({ route: 'joinSession', body: { sessionId: 'x', targetLanguage: 'es' } });
    const hashes = asked.map((call) => ((call as unknown[])[1] as { addressHash: string }).addressHash);
    expect(hashes[0]).to.equal(hashes[1]);
    expect(JSON.stringify(asked))
      .to.match(/"addressHash":"[0-9a-f]{16}"/)
      .and.to.not.contain('198.51.100.7');
  });

  describe('at $default', () => {
    it('refuses an unknown action, naming those that there are', async () => {
      const { reply } = await setUp().send({ route: '$default', body: '{"action":"sing","requestId":"r1"}' });
      expect(reply).to.include({ type: 'error', code: 'INVALID_ACTION', requestId: 'r1' });
      expect(reply?.details).to.deep.equal([
        {
          field: 'action',
          problem: '"sing" is not one of them',
          allowed: [
            'createSession',
            'joinSession',
            'changeLanguage',
            'heartbeat',
            'refreshConnection',
            'recover',
            'publish',
            'setBroadcastState',
            'getSessionStatus',
            'endSession',
          ],
        },
      ]);
    });

    it('refuses a message without an action, and what is not JSON', async () => {
      const { send } = setUp();
      expect((await send({ route: '$default', body: '{}' })).reply).to.include({ code: 'INVALID_ACTION' });
      for (const body of ['hello', '[]', '']) {
        expect((await send({ route: '$default', body })).reply, body).to.include({ code: 'INVALID_MESSAGE' });
      }
    });
  });
});

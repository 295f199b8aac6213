import { createTelemetry, type HttpResult, type WebSocketResult } from '@sessions/core/lambda';
import { ServiceError } from '@sessions/core/protocol';
import type { Published, Stored } from '@sessions/core/sessions';
import { expect } from 'chai';
import { useEnvironment } from '../../../core/test/support/environment.ts';
import { lambdaContext, messageEvent } from '../../../core/test/support/events.ts';
import { httpEvent } from '../../../core/test/support/http-events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { createHandler } from '../src/handler.ts';

const sessionId = 'faithful-shepherd-427';
const caption = { to: 'es', name: 'caption', data: { text: 'SECRET' }, id: 'segment-7' };
const receipt = {
  channel: 'es',
  epoch: 1_000_000,
  offset: 7,
  repeated: false,
  delivered: 2,
  gone: 1,
  failed: 0,
};
const published: Published = { sessionId, receipt, bytes: 140, deliveryMs: 35 };
const route = 'POST /sessions/{sessionId}/messages';
const userArn = 'arn:aws:sts::123456789012:assumed-role/captions/pipeline';

describe('The publisher function', () => {
  useEnvironment(() => ({ POWERTOOLS_METRICS_NAMESPACE: 'Sessions', POWERTOOLS_SERVICE_NAME: 'publisher' }));

  /** Sends one event. @returns what the use cases were asked, what came back or was thrown, and what was logged */
  async function send(event: unknown, outcome: Published | Error = published, stored?: Stored) {
    const asked: unknown[] = [];
    const answer = async (request: unknown, onStored?: (message: Stored) => void): Promise<Published> => {
      asked.push(request);
      if (stored) onStored?.(stored);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    };
    const handle = createHandler({
      webSocket: { telemetry: createTelemetry(), refusals: null },
      publish: answer,
      publishAsSpeaker: async (request, onStored) => answer({ speaker: request }, onStored),
    });
    const { result, lines } = await captureOutput(() =>
      handle(event, lambdaContext()).catch((error: unknown) => error),
    );
    const logs = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    return { asked, result, logs, text: lines.join('\n') };
  }

  describe('asked by a backend over the HTTP API', () => {
    const request = (change: object = {}) =>
      httpEvent({ route, path: { sessionId }, userArn, body: caption, ...change });

    it('publishes, and answers 201 with the receipt', async () => {
      const { asked, result } = await send(request());
      expect(asked).to.deep.equal([{ sessionId, ...caption }]);
      const { statusCode, headers, body = '' } = result as HttpResult;
      expect(statusCode).to.equal(201);
      expect(headers).to.include({ 'content-type': 'application/json', 'cache-control': 'no-store' });
      expect(JSON.parse(body)).to.deep.equal(receipt);
    });

    it('answers 200 to a repetition', async () => {
      const { result } = await send(request(), { ...published, receipt: { ...receipt, repeated: true } });
      expect(result).to.include({ statusCode: 200 });
    });

    it('answers a refusal as a problem', async () => {
      const error = new ServiceError('NOT_STARTED', 'It starts later', { startsAt: 9_000_000, retryAfterSeconds: 60 });
      const { statusCode, headers, body = '' } = (await send(request(), error)).result as HttpResult;
      expect(statusCode).to.equal(409);
      expect(headers).to.include({ 'content-type': 'application/problem+json', 'retry-after': '60' });
      expect(JSON.parse(body)).to.include({ code: 'NOT_STARTED', startsAt: 9_000_000, retryAfter: 60 });
    });

    for (const [what, change, status, code] of [
      ['what is not JSON', { body: '{' }, 400, 'INVALID_MESSAGE'],
      ['a body that names the session', { body: { ...caption, sessionId } }, 400, 'INVALID_PARAMETERS'],
      ['an unknown field', { body: { ...caption, too: 1 } }, 400, 'INVALID_PARAMETERS'],
      ['a long ID', { body: { ...caption, id: 'x'.repeat(65) } }, 400, 'INVALID_PARAMETERS'],
      ['an ID with half a character', { body: { ...caption, id: '\ud800' } }, 400, 'INVALID_PARAMETERS'],
      ['an empty name', { body: { ...caption, name: '' } }, 400, 'INVALID_PARAMETERS'],
      ['a body of more than 256 KiB', { body: { ...caption, data: 'x'.repeat(262_144) } }, 413, 'MESSAGE_TOO_LARGE'],
    ] as const) {
      it(`refuses ${what}: ${code}`, async () => {
        const { asked, result } = await send(request(change));
        expect(asked).to.deep.equal([]);
        expect((result as HttpResult).statusCode).to.equal(status);
        expect(JSON.parse((result as HttpResult).body ?? '')).to.include({ code });
      });
    }

    it('takes 32,768 bytes, each written as an escape', async () => {
      const { asked } = await send(request({ body: `{"to":"es","data":"${'\\u0041'.repeat(32_000)}"}` }));
      expect(asked).to.deep.equal([{ sessionId, to: 'es', data: 'A'.repeat(32_000) }]);
    });

    it('fails on a route that does not say who signed', async () => {
      const { asked, result } = await send(httpEvent({ route, path: { sessionId }, body: caption }));
      expect(asked).to.deep.equal([]);
      expect(result).to.include({ statusCode: 500 });
    });
  });

  describe('invoked directly', () => {
    it('publishes, and returns the receipt', async () => {
      const { asked, result } = await send({ sessionId, ...caption });
      expect(asked).to.deep.equal([{ sessionId, ...caption }]);
      expect(result).to.deep.equal(receipt);
    });

    it('without an ID takes that of the request, so that Lambda may run the event again', async () => {
      const { asked } = await send({ sessionId, to: 'es', data: null });
      expect(asked).to.deep.equal([{ sessionId, to: 'es', data: null, id: lambdaContext().awsRequestId }]);
    });

    it("returns a refusal that is the caller's: Lambda must not run the event again", async () => {
      const details = [{ field: 'to', problem: 'et is not supported', allowed: ['es'] }];
      const error = new ServiceError('UNSUPPORTED_LANGUAGE', 'to: et is not supported', { details });
      expect((await send({ sessionId, ...caption }, error)).result).to.deep.equal({
        error: { code: 'UNSUPPORTED_LANGUAGE', message: 'to: et is not supported', details },
      });
      const early = new ServiceError('NOT_STARTED', 'later', { startsAt: 9_000_000, retryAfterSeconds: 60 });
      expect((await send({ sessionId, ...caption }, early)).result).to.deep.equal({
        error: { code: 'NOT_STARTED', message: 'later', startsAt: 9_000_000, retryAfter: 60 },
      });
    });

    for (const [what, event] of [
      ['a field that is wrong', { sessionId, ...caption, to: 7 }],
      ['a field that is missing', caption],
      ['a text', 'hola'],
      ['a list', [caption]],
      ['nothing', null],
    ] as const) {
      it(`returns what is wrong with ${what}`, async () => {
        const { asked, result } = await send(event);
        expect(asked).to.deep.equal([]);
        expect((result as { error: { code: string } }).error.code).to.match(/^INVALID_(PARAMETERS|MESSAGE)$/);
      });
    }

    it('throws what is ours, so that Lambda runs an asynchronous invocation again, and logs it', async () => {
      for (const error of [new ServiceError('SERVICE_UNAVAILABLE', 'later'), new TypeError('a bug')]) {
        const { result, logs } = await send({ sessionId, ...caption }, error);
        expect(result).to.equal(error);
        expect(logs.some(({ level, message }) => level === 'ERROR' && message === 'Failed')).to.equal(true);
      }
    });
  });

  describe('asked by a speaker', () => {
    const event = (body: object) =>
      messageEvent({ route: 'publish', connectionId: 'c1', userId: 'user-1', tokenExpiresAt: 7000, body });

    it('publishes, and replies with the receipt', async () => {
      const { asked, result } = await send(event({ ...caption, requestId: 'r' }));
      expect(asked).to.deep.equal([
        {
          speaker: {
            connectionId: 'c1',
            identity: { kind: 'speaker', userId: 'user-1', tokenExpiresAt: 7000 },
            ...caption,
          },
        },
      ]);
      expect(JSON.parse((result as WebSocketResult).body ?? '')).to.deep.equal({
        type: 'messagePublished',
        requestId: 'r',
        sessionId,
        ...receipt,
      });
    });

    it('refuses what is too long for a message of a client, or names a session', async () => {
      for (const body of [
        { ...caption, data: 'x'.repeat(4096) },
        { ...caption, sessionId },
      ]) {
        const { asked, result } = await send(event(body));
        expect(asked).to.deep.equal([]);
        expect(JSON.parse((result as WebSocketResult).body ?? '')).to.include({ type: 'error' });
      }
    });
  });

  describe('writes one log line for a message', () => {
    const events = {
      backend: httpEvent({ route, path: { sessionId }, userArn, body: caption }),
      pipeline: { sessionId, ...caption },
      speaker: messageEvent({ route: 'publish', userId: 'user-1', body: caption }),
    };
    const principals = {
      backend: userArn,
      pipeline: 'invocation',
      speaker: /^speaker:[0-9a-f]{16}$/,
    };
    for (const name of ['backend', 'pipeline', 'speaker'] as const) {
      it(`also for one that is in the log, and could not be sent: ${name}`, async () => {
        const { delivered, gone, failed, ...of } = receipt;
        const error = new ServiceError('SERVICE_UNAVAILABLE', 'may not have been sent');
        const { logs, text } = await send(events[name], error, { sessionId, ...of, bytes: 140 });
        const lines = logs.filter(({ message }) => message === 'Published');
        expect(lines).to.have.length(1);
        expect(lines[0]).to.include({ sessionId, ...of, bytes: 140, sent: 'unknown' });
        expect(lines[0]).to.not.have.any.keys('delivered', 'gone', 'failed', 'deliveryMs');
        const { principal } = lines[0] as { principal: string };
        if (typeof principals[name] === 'string') expect(principal).to.equal(principals[name]);
        else expect(principal).to.match(principals[name]);
        expect(text).to.not.include('SECRET');
      });

      it(`that says who published how much where, and never what: ${name}`, async () => {
        const { logs, text } = await send(events[name]);
        const lines = logs.filter(({ message }) => message === 'Published');
        expect(lines).to.have.length(1);
        expect(lines[0]).to.include({ level: 'INFO', sessionId, ...receipt, bytes: 140, deliveryMs: 35 });
        const { principal } = lines[0] as { principal: string };
        if (typeof principals[name] === 'string') expect(principal).to.equal(principals[name]);
        else expect(principal).to.match(principals[name]);
        expect(text).to.not.include('SECRET');
        expect(text).to.not.include('segment-7');
        expect(text).to.not.include('user-1');
      });
    }

    it('and none for one that was refused', async () => {
      const { text } = await send({ sessionId, ...caption }, new ServiceError('SESSION_NOT_FOUND', 'no'));
      expect(text).to.not.include('"Published"');
      expect(text).to.not.include('SECRET');
    });
  });
});

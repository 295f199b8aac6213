import { expect } from 'chai';
import { check, section } from '../check.ts';
import { visit } from '../clients.ts';
import { ERROR_FRAME, errorOf } from './error-frame.ts';

const errorFrames = () => {
  for (const [id, what, message] of [
    ['unknown', 'an unknown action', { action: 'dance' }],
    ['text', 'text that is no JSON', 'hi'],
    ['missing', 'a message without action', {}],
  ] as const) {
    check(
      `forbidden-${id}`,
      `Without $default ${what} is answered with Forbidden`,
      { source: 'facts §4 CAP S27', api: 'bare' },
      async () => {
        const visitor = await visit('bare', { userAgent: null });
        visitor.send(message);
        expect(errorOf(await visitor.next())).to.equal('Forbidden');
      },
    );
  }
  check(
    'forbidden-stays-open',
    'The connection stays open after Forbidden',
    { source: 'facts §4 CAP S27', api: 'bare' },
    async () => {
      const visitor = await visit('bare', { userAgent: null });
      visitor.send('hi');
      await visitor.next();
      expect(await visitor.ask({ body: 'still here' })).to.equal('still here');
    },
  );
  check(
    'error-connection-id',
    "An error frame has the connection's own id",
    { source: 'facts §4 CAP S2 S27' },
    async () => {
      const visitor = await visit('main');
      const frame = JSON.parse(await visitor.ask({ throws: 'boom' }));
      expect(frame.connectionId).to.equal(await visitor.id());
    },
  );
  check(
    'error-request-id',
    'An error frame has the requestId that the function got',
    { source: 'facts §4 CAP S2 S27', confirmed: false },
    async () => {
      const visitor = await visit('main');
      const frame = JSON.parse(await visitor.ask({ throws: 'boom', report: true }));
      expect(frame.requestId).to.equal((await visitor.told('echo')).event.requestContext.requestId);
    },
  );
  check(
    'error-keys',
    'An error frame has message, connectionId and requestId, in this order',
    { source: 'facts §4 CAP S2 S27' },
    async () => {
      const visitor = await visit('main');
      const frame = await visitor.ask({ throws: 'boom' });
      expect(Object.keys(JSON.parse(frame))).to.deep.equal(['message', 'connectionId', 'requestId']);
      expect(frame).to.match(ERROR_FRAME);
    },
  );
  check(
    'error-no-detail',
    "The function's own error does not reach the client",
    { source: 'facts §4 CAP S2' },
    async () => {
      const visitor = await visit('main');
      expect(await visitor.ask({ throws: 'secret detail' })).not.to.contain('secret');
    },
  );
  for (const [id, what, action, how, source, confirmed] of [
    ['throws', 'A function that throws', 'echo', { throws: 'boom' }, 'facts §4 CAP S2 S12', true],
    ['exits', 'A function that ends its process', 'echo', { exits: true }, 'facts §4 CAP S2', false],
    ['broken', 'A function whose bundle does not load', 'broken', {}, 'facts §4 CAP S2', false],
    ['own-timeout', 'A function that runs into its own timeout', 'sleeper', { hang: true }, 'facts §4', false],
    ['no-concurrency', 'A function that is throttled', 'off', {}, 'facts §4', false],
    ['no-permission', 'A function that may not be invoked', 'stranger', {}, 'facts §4, §8.4', false],
  ] as const) {
    check(`error-${id}`, `${what} is answered with Internal server error`, { source, confirmed }, async () => {
      expect(errorOf(await (await visit('main')).ask(how, action))).to.equal('Internal server error');
    });
  }
  check(
    'error-one-way',
    'A function that throws is answered with Internal server error on a one-way route too',
    { source: 'facts §4 CAP S2 S12' },
    async () => {
      const visitor = await visit('main');
      expect(errorOf(await visitor.ask({ throws: 'boom' }, 'oneWay'))).to.equal('Internal server error');
    },
  );
  check(
    'error-stays-open',
    'The connection stays open after an error frame',
    { source: 'facts §4 CAP S2' },
    async () => {
      const visitor = await visit('main');
      await visitor.ask({ throws: 'boom' });
      expect(await visitor.ask({ body: 'still here' })).to.equal('still here');
    },
  );
  check(
    'error-integration-timeout',
    'The integration timeout is answered with Endpoint request timed out',
    { source: 'facts §4 CAP S28' },
    async () => {
      const visitor = await visit('main');
      expect(errorOf(await visitor.ask({ sleepMs: 500 }, 'slow'))).to.equal('Endpoint request timed out');
    },
  );
  check(
    'error-late-answer',
    'What the function returns after that is not sent',
    { source: 'facts §4 CAP S28', confirmed: false },
    async () => {
      const visitor = await visit('main');
      await visitor.ask({ sleepMs: 500, body: 'too late' }, 'slow');
      // Longer than the function needs; by then its answer would have come.
      expect(await visitor.ask({ sleepMs: 400, body: 'mark' })).to.equal('mark');
    },
  );
};

export function errorFrameChecks(): void {
  section('Error frames', errorFrames);
}

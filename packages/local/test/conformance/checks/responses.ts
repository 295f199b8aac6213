import { expect } from 'chai';
import { check, section } from '../check.ts';
import { type Steps, type Visitor, visit } from '../clients.ts';
import { errorOf } from './error-frame.ts';

/** What comes for a message: undefined if the next thing is the answer to a later one. */
async function answerTo(visitor: Visitor, action: string, how: Steps): Promise<string | undefined> {
  visitor.send({ action, do: { ...how, report: true } });
  await visitor.told(action);
  const first = await visitor.ask({ body: 'mark' });
  return first === 'mark' ? undefined : first;
}

const responses = () => {
  check(
    'response-body',
    'The body of a two-way route is what the client gets, and all that it gets',
    { source: 'facts §5 CAP S32' },
    async () => {
      const visitor = await visit('main');
      expect(await visitor.ask({ body: '{"type":"joined"}', headers: { 'X-Mine': '1' } })).to.equal(
        '{"type":"joined"}',
      );
    },
  );
  check(
    'response-status',
    'A statusCode of 500 changes nothing: the body is delivered',
    { source: 'facts §5 CAP S32' },
    async () => {
      const visitor = await visit('main');
      expect(await visitor.ask({ status: 500, body: 'sorry' })).to.equal('sorry');
    },
  );
  check('response-text-frame', 'It is a text frame', { source: 'facts §5 DOC S31', confirmed: false }, async () => {
    const visitor = await visit('main');
    const isBinary = new Promise((resolve) => visitor.socket.once('message', (_, binary) => resolve(binary)));
    await visitor.ask({ body: 'text' });
    expect(await isBinary).to.equal(false);
  });
  check('response-default', '$default can be two-way', { source: 'facts §5 DOC S31' }, async () => {
    expect(await (await visit('main')).ask({ body: 'from $default' }, 'nowhere')).to.equal('from $default');
  });
  for (const [id, what, returns, confirmed] of [
    ['no-body', 'no body', { statusCode: 200 }, false],
    ['empty-body', 'an empty body', { statusCode: 200, body: '' }, false],
    ['object-body', 'a body that is an object', { statusCode: 200, body: { a: 1 } }, false],
    ['nothing', 'nothing', null, false],
    ['text', 'a text', 'text', false],
  ] as const) {
    check(
      `response-${id}`,
      `A two-way route that returns ${what} sends nothing`,
      { source: 'facts §5, §16.7 COMM S19', confirmed },
      async () => {
        expect(await answerTo(await visit('main'), 'echo', { returns })).to.equal(undefined);
      },
    );
  }
  check(
    'response-base64',
    'isBase64Encoded is ignored: the body is sent as it is',
    { source: 'facts §5, §16.7', confirmed: false },
    async () => {
      const returns = { statusCode: 200, body: 'aGk=', isBase64Encoded: true };
      expect(await (await visit('main')).ask({ returns })).to.equal('aGk=');
    },
  );
  check(
    'response-128-kb',
    'A body of 128 KB is delivered',
    { source: 'facts §7 DOC S22', confirmed: false },
    async () => {
      expect((await (await visit('main')).ask({ bodyBytes: 131_072 })).length).to.equal(131_072);
    },
  );
  check(
    'response-too-large',
    'A larger body becomes Internal server error',
    { source: 'facts §7 DOC S22', confirmed: false },
    async () => {
      expect(errorOf(await (await visit('main')).ask({ bodyBytes: 131_073 }))).to.equal('Internal server error');
    },
  );
  for (const [route, what] of [
    ['selectionExpressionOnly', 'a route response selection expression but no route response'],
    ['routeResponseOnly', 'a route response but no selection expression'],
  ] as const) {
    check(
      `response-half-${route}`,
      `A route with ${what} sends nothing`,
      { source: 'facts §5 DOC S26 S30 S31' },
      async () => {
        expect(await answerTo(await visit('main'), route, { body: 'unheard' })).to.equal(undefined);
      },
    );
  }
  for (const [id, what, how, source] of [
    ['body', 'a body', { body: 'unheard' }, 'facts §5 DOC S31'],
    ['status-301', 'statusCode 301', { status: 301, body: 'x' }, 'facts §4 CAP S2'],
    ['status-501', 'statusCode 501', { status: 501, body: 'x' }, 'facts §4 CAP S2'],
    ['nothing', 'nothing', { returns: null }, 'facts §4 CAP S12'],
  ] as const) {
    check(`one-way-${id}`, `A one-way route that returns ${what} sends nothing`, { source }, async () => {
      expect(await answerTo(await visit('main'), 'oneWay', how)).to.equal(undefined);
    });
  }
  check(
    'answer-to-nobody',
    'An answer to a client that has left is dropped',
    { source: 'facts §6', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.send({ action: 'limited', do: { report: true, sleepMs: 50, body: 'for nobody' } });
      await visitor.told('limited');
      visitor.socket.terminate();
      await visitor.told('$disconnect');
      expect(await (await visit('main')).ask({ body: 'fine' })).to.equal('fine');
    },
  );
  check(
    'concurrent',
    'Messages of one connection run at the same time, and may overtake one another',
    { source: 'facts §4, §16.10', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.send({ action: 'echo', do: { sleepMs: 5000, body: 'first' } });
      visitor.send({ action: 'echo', do: { body: 'second' } });
      expect(await visitor.next()).to.equal('second');
    },
  );
};

export function responseChecks(): void {
  section('Route responses', responses);
}

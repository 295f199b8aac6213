import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { check, section } from '../check.ts';
import { handshake, statusOf, upgradeHeaders, visit } from '../clients.ts';
import { targetOf } from '../targets.ts';

const outcomes = () => {
  for (const status of [200, 201]) {
    check(
      `connect-${status}`,
      `$connect returning ${status} opens the connection`,
      { source: 'facts §1 CAP S2' },
      async () => {
        expect(await statusOf('main', { do: { status } })).to.equal(101);
      },
    );
  }
  check(
    'connect-204',
    '$connect returning another 2xx opens the connection',
    { source: 'facts §1 CAP S2', confirmed: false },
    async () => {
      expect(await statusOf('main', { do: { status: 204 } })).to.equal(101);
    },
  );
  check(
    'connect-status-text',
    'A statusCode that is a number in a text counts as that number',
    { source: 'facts §1', confirmed: false },
    async () => {
      const statuses = ['201', '401'].map((status) => statusOf('main', { do: { status } }));
      expect(await Promise.all(statuses)).to.deep.equal([101, 401]);
    },
  );
  for (const [status, source] of [
    [301, 'facts §1 CAP S2'],
    [400, 'facts §1 DOC S9'],
    [401, 'facts §1 CAP S2'],
    [501, 'facts §1 CAP S2'],
  ] as const) {
    check(`connect-${status}`, `$connect returning ${status} refuses with exactly ${status}`, { source }, async () => {
      expect(await statusOf('main', { do: { status } })).to.equal(status);
    });
  }
  for (const status of [403, 429, 503]) {
    check(
      `connect-${status}`,
      `$connect returning ${status} refuses with exactly ${status}`,
      { source: 'facts §1 CAP S2', confirmed: false },
      async () => {
        expect(await statusOf('main', { do: { status } })).to.equal(status);
      },
    );
  }
  check('connect-throws', '$connect throwing refuses with 502', { source: 'facts §1 CAP S2' }, async () => {
    expect(await statusOf('main', { do: { throws: 'boom' } })).to.equal(502);
  });
  check(
    'connect-broken-bundle',
    '$connect with a bundle that does not load refuses with 502',
    { source: 'facts §1 CAP S10', api: 'broken' },
    async () => {
      expect(await statusOf('broken', { userAgent: null })).to.equal(502);
    },
  );
  check(
    'connect-own-timeout',
    '$connect running into the timeout of its function refuses with 502',
    { source: 'facts §1, §16.3', confirmed: false, api: 'mixed' },
    async () => {
      expect(await statusOf('mixed', { do: { hang: true } })).to.equal(502);
    },
  );
  check(
    'connect-integration-timeout',
    '$connect running into the integration timeout refuses with 504',
    { source: 'facts §1, §16.3', confirmed: false, api: 'identity' },
    async () => {
      const options = { query: 'token=t', headers: { 'X-Client': 'web' }, do: { hang: true } };
      expect(await statusOf('identity', options)).to.equal(504);
    },
  );
  for (const [id, what, returns] of [
    ['nothing', 'nothing', null],
    ['text', 'a text', 'welcome'],
    ['no-status', 'an object without statusCode', { ok: true }],
    ['status-text', 'a statusCode that is no number', { statusCode: 'fine' }],
  ] as const) {
    check(
      `connect-malformed-${id}`,
      `$connect returning ${what} refuses with 502`,
      { source: 'facts §1, §16.3', confirmed: false },
      async () => {
        expect(await statusOf('main', { do: { returns } })).to.equal(502);
      },
    );
  }
  check(
    'connect-crash',
    '$connect ending its process refuses with 502',
    { source: 'facts §1 CAP S2', confirmed: false },
    async () => {
      expect(await statusOf('main', { do: { exits: true } })).to.equal(502);
    },
  );
  check(
    'connect-no-route',
    'Without a $connect route everybody is let in',
    { source: 'facts §1 DOC S1', api: 'bare' },
    async () => {
      expect(await statusOf('bare', { userAgent: null })).to.equal(101);
    },
  );
  check(
    'connect-wrong-permission',
    "A permission for a REST API's ARN does not let $connect be invoked: 500",
    { source: 'facts §1, §8.4 CAP S8', api: 'no-permission' },
    async () => {
      expect(await statusOf('no-permission', { userAgent: null })).to.equal(500);
    },
  );
  check(
    'connect-no-concurrency',
    '$connect with a function that is throttled refuses with 500',
    { source: 'facts §1, §4', confirmed: false, api: 'off' },
    async () => {
      expect(await statusOf('off', { userAgent: null })).to.equal(500);
    },
  );
  check(
    'connect-order',
    'The connection opens only when $connect has ended',
    { source: 'facts §1 DOC S1, §6 DOC S38' },
    async () => {
      const visitor = await visit('main', { do: { calls: [{ method: 'POST', data: 'too early' }] } });

      expect((await visitor.told('$connect')).calls).to.deep.equal([{ status: 410, errorType: 'GoneException' }]);
      expect(await visitor.ask({ body: 'first' })).to.equal('first');
    },
  );
  check(
    'connect-body-dropped',
    'The body of a refusal does not reach the client',
    { source: 'facts §1, §16.4', confirmed: false },
    async () => {
      expect((await handshake('main', { do: { status: 401, body: 'who are you' } })).body).to.equal('');
    },
  );
  check(
    'connect-refusal-headers-dropped',
    'The headers of a refusal do not reach the client',
    { source: 'facts §1, §16.4', confirmed: false },
    async () => {
      const { headers } = await handshake('main', { do: { status: 401, headers: { 'X-Mine': '1' } } });
      expect(headers).not.to.have.property('x-mine');
    },
  );
  check(
    'connect-headers-dropped',
    'Other headers of an accepting $connect do not reach the client',
    { source: 'facts §1', confirmed: false },
    async () => {
      const { status, headers } = await handshake('main', { do: { headers: { 'X-Mine': '1', 'Set-Cookie': 'a=b' } } });
      expect(status).to.equal(101);
      expect(headers).not.to.have.any.keys('x-mine', 'set-cookie');
    },
  );
  check(
    'connect-body-not-sent',
    'The body of an accepting $connect is no message',
    { source: 'facts §5, §14 DOC S78', confirmed: false },
    async () => {
      const visitor = await visit('main', { do: { body: 'welcome' } });
      expect(await visitor.ask({ body: 'mark' })).to.equal('mark');
    },
  );
  check(
    'connect-abandoned',
    'A client that leaves while $connect runs gets its $disconnect',
    { source: 'facts §2.4', confirmed: false },
    async () => {
      const left = await leaveDuringConnect();
      expect((await left.told('$disconnect')).event.requestContext.connectionId).to.equal(left.connectionId);
    },
  );
};

/** Sends a handshake, and cuts the connection as soon as `$connect` is running. */
async function leaveDuringConnect() {
  const { url } = await targetOf('main');
  // Only to learn how this connection names its recorder: the next one is to name it too.
  const probe = await visit('main');
  const agent = (await probe.told('$connect')).event.requestContext.identity.userAgent as string;
  const address = new URL(`${url}?do=${encodeURIComponent(JSON.stringify({ sleepMs: 300 }))}`);
  const port = Number(address.port) || 443;
  const socket =
    address.protocol === 'wss:'
      ? connectTls({ host: address.hostname, port, servername: address.hostname })
      : connectTcp(port, address.hostname);
  await once(socket, address.protocol === 'wss:' ? 'secureConnect' : 'connect');
  const headers = { ...upgradeHeaders, Host: address.host, 'User-Agent': agent };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${address.pathname}${address.search} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const { event } = await probe.told('$connect');
  socket.destroy();
  return { connectionId: event.requestContext.connectionId as string, told: probe.told };
}

export function connectRouteChecks(): void {
  section('Handshake: what $connect decides', outcomes);
}

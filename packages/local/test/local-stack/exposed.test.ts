import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { lanAddresses, resolveHost } from '../../src/addresses.ts';
import type { LocalStack } from '../../src/index.ts';
import { removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';
import { ask, connect, startShop, stopAll } from './set-up.ts';

function startWithPage(host: string): Promise<LocalStack> {
  const pageFolder = temporaryFolder();
  writeFileSync(join(pageFolder, 'index.html'), '<h1>the page</h1>');
  return startShop({ pageFolder, host });
}

const startExposed = (): Promise<LocalStack> => startWithPage('0.0.0.0');

type Headers = Record<string, string>;

const get = (url: string, headers: Headers = {}) => fetch(url, { headers, redirect: 'manual' });
const post = (url: string, fields: object, headers: Headers = {}) =>
  fetch(url, { method: 'POST', body: JSON.stringify(fields), headers });

/** With headers that `fetch` does not let one set. */
const statusWith = (url: string, headers: Headers): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      response.destroy();
      resolve(response.statusCode);
    });
    asked.once('error', reject).end();
  });

/** What the browser keeps after it has opened the printed address. */
async function cookieOf({ pageUrl }: LocalStack): Promise<string> {
  const { headers } = await get(pageUrl);
  return headers.get('set-cookie')?.split(';')[0] ?? '';
}

const hasLoopbackOfIPv6 = (): boolean =>
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));

describe('A stack that other machines reach', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('keeps what is below /_local/ from those who have no token', async () => {
    const { endpoint, gateway } = await startExposed();
    const paths = ['state', 'events', 'tables/shop-orders'];

    for (const path of paths) expect((await get(`${endpoint}/_local/${path}`)).status).to.equal(401);
    expect((await post(`${endpoint}/_local/controls/clock`, { scale: 60 })).status).to.equal(401);
    expect((await post(`${endpoint}/_local/tokens`, { username: 'me' })).status).to.equal(401);
    expect((await get(`${endpoint}/?token=wrong`)).headers.get('set-cookie')).to.equal(null);
    expect((await get(`${endpoint}/_local/state`, { authorization: 'Bearer wrong' })).status).to.equal(401);
    expect(gateway.connections()).to.deep.equal([]);
  });

  it('gives the browser that opens the printed address a cookie, which lets its pages in', async () => {
    const stack = await startExposed();
    const { endpoint, accessToken = '' } = stack;
    const answer = await get(stack.pageUrl);
    const cookie = await cookieOf(stack);

    expect(accessToken).to.match(/^[\w-]{32}$/);
    expect(stack.pageUrl.endsWith(`/?token=${accessToken}`)).to.equal(true);
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([303, '/']);
    expect(answer.headers.get('set-cookie')).to.match(/; HttpOnly; SameSite=Strict$/);
    expect((await get(`${endpoint}/_local/state`, { cookie })).status).to.equal(200);
    expect((await post(`${endpoint}/_local/tokens`, { username: 'me' }, { cookie })).status).to.equal(200);
    // A page of another port of this machine, for which the browser sends the cookie as well.
    expect(await statusWith(`${endpoint}/_local/state`, { cookie, origin: 'http://127.0.0.1:1' })).to.equal(403);
  });

  it('takes the token from a command line', async () => {
    const { endpoint, accessToken } = await startExposed();
    const headers = { authorization: `Bearer ${accessToken}` };

    expect((await post(`${endpoint}/_local/controls/clock`, { scale: 2 }, headers)).status).to.equal(200);
    expect((await post(`${endpoint}/_local/tokens`, { username: 'me' }, headers)).status).to.equal(200);
  });

  it('says where a phone finds page and API, and that it may not watch', async () => {
    const stack = await startExposed();
    const { webSocketUrl } = stack;
    const config = (headers: Headers = {}) => get(`${stack.endpoint}/config.json`, headers).then((each) => each.json());
    const pageUrl = `${webSocketUrl.replace(/^ws/, 'http').replace(/dev$/, '')}`;

    expect(new URL(webSocketUrl).hostname).to.equal(lanAddresses()[0] ?? '127.0.0.1');
    expect(await config()).to.deep.equal({ webSocketUrl, pageUrl, isLocal: false });
    expect(await config({ cookie: await cookieOf(stack) })).to.deep.equal({ webSocketUrl, pageUrl, isLocal: true });
  });

  it('lets its functions call AWS on 127.0.0.1', async () => {
    const { webSocketUrl, endpoint } = await startExposed();

    const socket = await connect(webSocketUrl);

    expect(await ask(socket, { action: 'buy', env: 'AWS_ENDPOINT_URL_DYNAMODB' })).to.equal(endpoint);
    expect(endpoint).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  for (const host of ['127.0.0.2', 'localhost', ...(hasLoopbackOfIPv6() ? ['::1'] : [])]) {
    it(`is open to this machine alone, and needs no token, on ${host}`, async () => {
      const { endpoint, webSocketUrl, isExposed, accessToken } = await startWithPage(host);
      const printed = `http://${new URL(webSocketUrl).host}`;

      expect([isExposed, accessToken]).to.deep.equal([false, undefined]);
      expect(new URL(webSocketUrl).hostname).to.match(/^(127\.0\.0\.[12]|\[::1\])$/);
      // The functions' address answers as well.
      for (const url of [endpoint, printed]) {
        expect((await post(`${url}/_local/tokens`, { username: 'me' })).status, url).to.equal(200);
        expect(await statusWith(`${url}/_local/state`, { origin: url }), url).to.equal(200);
        expect(await statusWith(`${url}/_local/state`, { host: '127.0.0.2.example.com' })).to.equal(403);
      }
      await connect(webSocketUrl);
    });
  }

  it('is open to every machine on `0`, which some systems take for 0.0.0.0', async () => {
    expect(await resolveHost('0')).to.deep.equal(await resolveHost('0.0.0.0'));
  });

  it('refuses an address of another machine in one line', async () => {
    const failure = await startShop({ host: '198.51.100.7' }).catch((error: Error) => error.message);

    expect(failure).to.match(
      /^198\.51\.100\.7 is no address of this machine: choose one of 127\.0\.0\.1.* with --host/,
    );
  });

  it('prefers an address that a phone in the room reaches', async () => {
    const address = (ip: string, family: 'IPv4' | 'IPv6' = 'IPv4') =>
      ({ address: ip, family, internal: ip === '127.0.0.1', netmask: '', mac: '', cidr: null, scopeid: 0 }) as never;

    expect(
      lanAddresses({
        lo: [address('127.0.0.1')],
        docker0: [address('172.17.0.1')],
        wlan0: [
          address('fe80::1', 'IPv6'),
          address('2001:db8::5', 'IPv6'),
          address('203.0.113.5'),
          address('192.168.1.5'),
        ],
        eth0: [address('169.254.3.4')],
      }),
    ).to.deep.equal(['192.168.1.5', '203.0.113.5', '2001:db8::5']);
    expect((await resolveHost('::1'))?.urlHost).to.equal('[::1]');
    expect(await resolveHost('no-such-host.invalid')).to.equal(undefined);
  });
});

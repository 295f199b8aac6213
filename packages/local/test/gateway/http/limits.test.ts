import { once } from 'node:events';
import { request } from 'node:http';
import { expect } from 'chai';
import { createScaledClock } from '../../../src/clock/scaled-clock.ts';
import { removeTemporaryFolders } from '../../stack/set-up.ts';
import { ask, startHttpStack, stopAll } from './set-up.ts';

const tooMany = { status: 429, json: { message: 'Too Many Requests' } };

/** Time stands still unless it is moved. */
const stoppedClock = () => createScaledClock({ scale: 1e-6 });

describe('HTTP API: throttling and limits', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('throttles each route by the settings of its stage, and by its own in place of them', async () => {
    const clock = stoppedClock();
    const { httpApiUrl } = await startHttpStack(
      {
        routes: { 'GET /a': {}, 'GET /b': {} },
        stages: {
          $default: {
            default_route_settings: [{ throttling_rate_limit: 1, throttling_burst_limit: 1 }],
            route_settings: [{ route_key: 'GET /b', throttling_rate_limit: 1, throttling_burst_limit: 2 }],
          },
        },
      },
      { clock },
    );
    const statusOf = async (path: string) => (await ask(httpApiUrl, path)).status;

    expect(await statusOf('/a')).to.equal(200);
    expect(await ask(httpApiUrl, '/a')).to.deep.include(tooMany);
    expect([await statusOf('/b'), await statusOf('/b'), await statusOf('/b')]).to.deep.equal([200, 200, 429]);
    clock.advance(1000);
    expect([await statusOf('/a'), await statusOf('/a')]).to.deep.equal([200, 429]);
  });

  it('takes a body of 4 MB, and answers 413 above 10 MB and above the 6 MB that Lambda takes', async () => {
    const { httpApiUrl } = await startHttpStack();
    const post = (bytes: number) =>
      ask(httpApiUrl, '/', {
        method: 'POST',
        body: Buffer.alloc(bytes, 'a'),
        headers: { 'content-type': 'text/plain', 'x-return': '{"statusCode":200}' },
      });

    const tooLong = { status: 413, json: { message: 'Request Too Long' } };

    expect((await post(4 * 1024 * 1024)).status).to.equal(200);
    expect(await post(6 * 1024 * 1024)).to.deep.include(tooLong);
    expect(await post(10 * 1024 * 1024 + 1)).to.deep.include(tooLong);
  });

  it('answers 431 to a request line and header values of more than 10,240 bytes', async () => {
    const { httpApiUrl } = await startHttpStack();
    const { host } = new URL(httpApiUrl);
    // `GET / HTTP/1.1`, the host, and `close` of the connection.
    const others = 'GET / HTTP/1.1'.length + host.length + 'close'.length;
    const statusWith = async (bytes: number) =>
      (await ask(httpApiUrl, '/', { headers: { a: 'a'.repeat(bytes - others) } })).status;

    expect(await statusWith(10_240)).to.equal(200);
    expect(await statusWith(10_241)).to.equal(431);
  });

  it('answers a request for an upgrade like any other', async () => {
    const { httpApiUrl } = await startHttpStack();

    const { status, json } = await ask(httpApiUrl, '/', { headers: { connection: 'upgrade', upgrade: 'websocket' } });

    expect(status).to.equal(200);
    expect(json.headers).not.to.have.any.keys('connection', 'upgrade');
  });

  it('goes on when a client goes away in the middle of its request', async () => {
    const errors: unknown[] = [];
    const { httpApiUrl } = await startHttpStack({}, { onError: (error) => errors.push(error) });
    const leaving = request(httpApiUrl, { method: 'POST', headers: { 'content-length': '10' } });
    leaving.on('error', () => {});
    leaving.write('abc');
    await once(leaving, 'socket');
    leaving.destroy();

    expect((await ask(httpApiUrl, '/')).status).to.equal(200);
    expect(errors).to.deep.equal([]);
  });
});

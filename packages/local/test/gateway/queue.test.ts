import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { expect } from 'chai';
import { createGateway } from '../../src/gateway/gateway.ts';
import { createLambdaRuntime, type InvocationRecord } from '../../src/lambda/runtime.ts';
import type { Route } from '../../src/stack/model.ts';
import { functionArn, lambdaFunction, packageOf } from '../fixtures/functions.ts';
import { connect, handshakeStatus } from './client.ts';
import { hang, setUp, stopAll } from './set-up.ts';

/** Says who asked, once the gate has let it through: so a test decides how long the one thread is busy. */
const source = `
export const handler = async ({ requestContext, queryStringParameters, body }) => {
  const who = queryStringParameters?.who ?? body ?? requestContext.routeKey;
  await (await fetch(process.env.GATE + '/' + encodeURIComponent(who))).text();
  return { statusCode: 200, body: who };
};`;

const stops: (() => Promise<unknown> | unknown)[] = [];

/** A gateway whose function has one thread, which waits at a gate. */
async function setUpGated() {
  const passed: string[] = [];
  const waiting: ServerResponse[] = [];
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const look of watchers) look();
  };
  let isOpen = false;
  const gate = createServer((req, res) => {
    passed.push(decodeURIComponent((req.url ?? '').slice(1)));
    if (isOpen) res.end();
    else waiting.push(res);
    changed();
  }).listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const records: InvocationRecord[] = [];
  const runtime = createLambdaRuntime({
    functions: [
      lambdaFunction({
        name: 'worker',
        packageFile: packageOf({ 'index.mjs': source }),
        permissions: [{ principal: 'apigateway.amazonaws.com', action: 'lambda:InvokeFunction' }],
      }),
    ],
    maxInstancesPerFunction: 1,
    environmentFor: () => ({ GATE: `http://127.0.0.1:${(gate.address() as AddressInfo).port}` }),
    onInvocation: (record) => {
      records.push(record);
      changed();
    },
  });
  const route = (routeKey: string) => ({
    routeKey,
    functionArn: functionArn('worker'),
    integrationTimeoutMs: 29_000,
    hasRouteResponse: true,
  });
  const gateway = createGateway({
    api: {
      id: 'abc123',
      name: 'gated',
      routeSelectionExpression: '$request.body.action',
      routes: new Map<string, Route>([
        ['$connect', route('$connect')],
        ['$default', route('$default')],
      ]),
      stages: [{ name: 'dev', variables: {}, routeThrottling: new Map() }],
    },
    invoker: runtime,
    region: 'us-east-1',
    accountId: '000000000000',
  });
  const server = createServer();
  let open = 0;
  server.on('connection', (socket: Socket) => {
    open++;
    socket.once('close', () => {
      open--;
      changed();
    });
    changed();
  });
  server.on('upgrade', (req, socket, head) => gateway.handleUpgrade(req, socket, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => {
    await gateway.stop();
    await runtime.stop();
    for (const one of [server, gate]) {
      one.closeAllConnections();
      one.close();
    }
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `ws://127.0.0.1:${port}/dev`,
    passed,
    records,
    openSockets: () => open,
    openGate() {
      isOpen = true;
      for (const res of waiting.splice(0)) res.end();
    },
    closeGate() {
      isOpen = false;
    },
    until: (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!condition()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}

/** Begins a handshake. */
async function beginHandshake(port: number, who: string): Promise<Socket> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n';
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  socket.write(`GET /dev?who=${who} HTTP/1.1\r\nHost: x\r\n${upgrade}${key}\r\n\r\n`);
  return socket;
}

describe('Gateway: events that wait for a thread', () => {
  afterEach(async () => {
    await stopAll();
    for (const stop of stops.splice(0)) await stop();
  });

  it('runs nothing for handshakes whose clients have given up, and so serves a live one at once', async () => {
    const { port, url, passed, records, openSockets, openGate, until } = await setUpGated();
    const first = await beginHandshake(port, 'first');
    await until(() => passed.length === 1);
    const clients = await Promise.all(Array.from({ length: 200 }, (_, at) => beginHandshake(port, `gone-${at}`)));
    await until(() => openSockets() === 201);
    const live = connect(`${url}?who=live`);
    await until(() => openSockets() === 202);
    for (const [at, client] of clients.entries()) {
      if (at % 2 === 0) client.destroy();
      else client.resetAndDestroy();
    }
    await until(() => openSockets() === 2);

    openGate();
    (await live).socket.terminate();

    expect(passed).to.deep.equal(['first', 'live']);
    expect(records.map(({ outcome }) => outcome.kind)).to.deep.equal(['returned', 'returned']);
    first.destroy();
  });

  it('runs the messages of connections that have ended, but after those of open ones', async () => {
    const { url, passed, openSockets, openGate, closeGate, until } = await setUpGated();
    openGate();
    const [busy, leaving, staying] = [await connect(url), await connect(url), await connect(url)];
    closeGate();
    passed.splice(0);
    busy.send('busy');
    await until(() => passed.length === 1);
    leaving.send('of an ended connection');
    leaving.socket.close();
    await until(() => openSockets() === 2);
    staying.send('of an open connection');
    staying.socket.ping();
    await once(staying.socket, 'pong');

    openGate();
    await until(() => passed.length === 3);

    expect(passed).to.deep.equal(['busy', 'of an open connection', 'of an ended connection']);
    for (const { socket } of [busy, staying]) socket.terminate();
  });

  it('refuses a handshake with 429 when too many wait already', async () => {
    const { url, refusals, until, invocations } = await setUp({
      routes: { $connect: hang },
      limits: { pendingHandshakes: 2 },
    });
    const waiting = [connect(url), connect(url)];
    await until(() => invocations.length === 2);

    expect(await handshakeStatus(url)).to.equal(429);
    expect(refusals.map(({ reason }) => reason)).to.deep.equal(['2 handshakes wait already']);
    for (const one of waiting) one.catch(() => {});
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import { createLambdaRuntime } from '../../src/lambda/runtime.ts';
import type { Route } from '../../src/stack/model.ts';
import { fixture, functionArn, lambdaFunction, packageOf } from '../fixtures/functions.ts';
import { connect } from './client.ts';

const gatewayMayInvoke = [{ principal: 'apigateway.amazonaws.com', action: 'lambda:InvokeFunction' }];

describe('Gateway and Lambda runtime together', () => {
  it('run a whole conversation: authorize, connect, ask, be pushed to, leave', async () => {
    const logs: string[] = [];
    const source = fixture('conversation.mjs');
    const names = ['authorizer', 'talk'];
    let gateway: Gateway | undefined;
    const server = createServer((req, res) => {
      if (gateway?.handleRequest(req, res) !== true) res.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    let left = () => {};
    const hasLeft = new Promise<void>((resolve) => {
      left = resolve;
    });
    const runtime = createLambdaRuntime({
      functions: names.map((name) =>
        lambdaFunction({
          name,
          handler: `index.${name}`,
          packageFile: packageOf({ 'index.mjs': source }),
          permissions: gatewayMayInvoke,
        }),
      ),
      environmentFor: () => ({ ENDPOINT: `http://${host}/dev` }),
      onLog: ({ line }) => {
        logs.push(line);
        if (line.startsWith('left')) left();
      },
    });
    const route = (routeKey: string, hasRouteResponse = false) =>
      [
        routeKey,
        { routeKey, functionArn: functionArn('talk'), integrationTimeoutMs: 29_000, hasRouteResponse },
      ] as const;
    const [, connectRoute] = route('$connect');
    const authorizer = { id: 'a1', functionArn: functionArn('authorizer'), identitySources: [] };
    gateway = createGateway({
      api: {
        id: 'abc123',
        name: 'talk',
        routeSelectionExpression: '$request.body.action',
        routes: new Map<string, Route>([
          ['$connect', { ...connectRoute, authorizer }],
          route('$disconnect'),
          route('ask', true),
          route('push'),
        ]),
        stages: [{ name: 'dev', variables: {}, routeThrottling: new Map() }],
      },
      invoker: runtime,
      region: 'us-east-1',
      accountId: '000000000000',
    });
    server.on('upgrade', (req, socket, head) => gateway?.handleUpgrade(req, socket, head));

    const client = await connect(`ws://${host}/dev?name=ada`);
    client.send({ action: 'ask' });
    expect(await client.next()).to.equal('you are ada');
    client.send({ action: 'push' });
    expect(await client.next()).to.equal('pushed to ada');
    client.socket.close(1000);
    await hasLeft;

    expect(logs).to.deep.equal(['left ada 1000']);
    await gateway.stop();
    await runtime.stop();
    server.closeAllConnections();
    server.close();
  });
});

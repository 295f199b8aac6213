/** Tests what serve.py repairs, with small functions that answer as they are asked. Runs in main.ts's namespaces. */
import { once } from 'node:events';
import {
  CreateApiCommand,
  CreateAuthorizerCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { expect } from 'chai';
import WebSocket from 'ws';
import { type Clients, createClients } from '../deploy/clients.ts';
import { createFunction } from './create-function.ts';
import { Ministack } from './ministack.ts';
import { apiDomain } from './names.ts';

const authorizer = `export const handler = async ({ queryStringParameters, methodArn }) => {
  if (queryStringParameters?.fail) throw new Error(queryStringParameters.fail);
  const statement = { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn };
  return { principalId: 'ruth', policyDocument: { Version: '2012-10-17', Statement: [statement] } };
};`;
const connect = `export const handler = async ({ queryStringParameters, requestContext }) => ({
  statusCode: Number(queryStringParameters?.status ?? 200),
  headers: { 'sec-websocket-protocol': 'second' },
  body: String(requestContext.connectedAt),
});`;

describe('the shim around ministack', function () {
  this.timeout(60_000);

  let ministack: Ministack;
  let url: string;

  before(async () => {
    ministack = await Ministack.start(String(process.env.MINISTACK_FOLDER));
    url = await createApi(createClients(`https://${apiDomain}`));
    ministack.serveAlso(new URL(url).hostname);
  });
  after(() => ministack?.stop());

  it('gives a client the subprotocol that $connect chose', async () => {
    expect(await handshake(url)).to.deep.equal({ status: 101, subprotocol: 'second' });
  });

  it('answers 401 when the authorizer fails with `Unauthorized`, and 500 when it fails with anything else', async () => {
    expect(await handshake(`${url}?fail=Unauthorized`)).to.deep.equal({ status: 401 });
    expect(await handshake(`${url}?fail=unauthorized`)).to.deep.equal({ status: 500 });
  });

  it('answers exactly the status with which $connect refuses', async () => {
    for (const status of [400, 429, 503]) {
      expect(await handshake(`${url}?status=${status}`)).to.deep.equal({ status });
    }
  });

  it('names the same time of the connection in each of its events', async () => {
    const socket = new WebSocket(url, ['first', 'second']);
    await once(socket, 'open');
    const times: string[] = [];
    for (let message = 0; message < 2; message += 1) {
      socket.send('{}');
      const [data] = await once(socket, 'message');
      times.push(String(data));
    }
    socket.terminate();
    expect(times[0]).to.match(/^\d+$/);
    expect(times[1]).to.equal(times[0]);
  });
});

async function createApi(clients: Clients): Promise<string> {
  const { apiGateway } = clients;
  const createUri = async (name: string, code: string): Promise<string> => {
    const functionArn = await createFunction(clients, name, code);
    return `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
  };

  const { ApiId, ApiEndpoint } = await apiGateway.send(
    new CreateApiCommand({ Name: 'shim', ProtocolType: 'WEBSOCKET' }),
  );
  const { IntegrationId } = await apiGateway.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: await createUri('connect', connect),
    }),
  );
  const { AuthorizerId } = await apiGateway.send(
    new CreateAuthorizerCommand({
      ApiId,
      Name: 'shim',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: await createUri('authorizer', authorizer),
      IdentitySource: [],
    }),
  );
  const Target = `integrations/${IntegrationId}`;
  const route = { ApiId, RouteKey: '$connect', AuthorizationType: 'CUSTOM', AuthorizerId, Target } as const;
  await apiGateway.send(new CreateRouteCommand(route));
  await apiGateway.send(new CreateRouteCommand({ ApiId, RouteKey: '$default', Target }));
  await apiGateway.send(new CreateStageCommand({ ApiId, StageName: 'dev' }));
  return `${ApiEndpoint}/dev`;
}

interface Handshake {
  readonly status: number | undefined;
  readonly subprotocol?: string;
}

/** Opens a WebSocket and closes it. @returns what the client sees of the handshake's answer */
async function handshake(url: string): Promise<Handshake> {
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>();
  const socket = new WebSocket(url, ['first', 'second']);
  socket.once('open', () => resolve({ status: 101, subprotocol: socket.protocol }));
  socket.once('unexpected-response', (_, { statusCode }) => resolve({ status: statusCode }));
  socket.once('error', reject);
  const seen = await promise;
  socket.on('error', () => {}); // that it was ended before it was open
  socket.terminate();
  return seen;
}

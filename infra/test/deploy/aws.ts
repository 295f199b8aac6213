import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Answer, ApiGatewayStages } from './api-gateway-stages.ts';
import { type Moto, startMoto } from './moto.ts';

/** An AWS for one test: what the endpoints of Terraform's provider and of the SDK point at. */
export interface Aws {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts moto, and in front of it what moto has not got of API Gateway v2:
 * - deployments, and stages that know theirs and can be changed: `ApiGatewayStages`
 * - `wss://` as the endpoint of a WebSocket API: moto says `https://`
 * - 29 seconds as the timeout of an integration that names none: moto says 30, as of an HTTP API
 * - what a DNS record needs to know of a domain name, that it is available, and no mutual TLS where none was asked for
 */
export async function startAws(python: string, accountId: string): Promise<Aws> {
  const moto = await startMoto(python, accountId);
  const stages = new ApiGatewayStages((path, headers) => fetch(moto.url + path, { headers }));
  const server = createServer((request, response) => {
    handle(request, response, moto, stages).catch((error: Error) => {
      response.writeHead(502).end(error.message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await moto.stop();
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  moto: Moto,
  stages: ApiGatewayStages,
): Promise<void> {
  const answer = stages.covers(request.url ?? '')
    ? await stages.answer(request, await text(request))
    : await askMoto(request, moto);
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

function askMoto(request: IncomingMessage, moto: Moto): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, headers, url = '/' } = request;
    const asked = forward(moto.url + url, { method, headers }, (answer) => {
      text(answer).then((body) => {
        const { 'content-length': _, 'transfer-encoding': __, ...kept } = answer.headers;
        resolve({ status: answer.statusCode ?? 502, headers: kept, body: amend(url, body) });
      }, reject);
    });
    asked.on('error', reject);
    request.pipe(asked);
  });
}

/** Adds to an answer what moto leaves out. */
function amend(url: string, body: string): string {
  if (/^\/v2\/apis(\/[^/]+)?$/.test(url) && body.includes('"WEBSOCKET"')) {
    return body.replaceAll(/("apiEndpoint": ?")https:/g, '$1wss:');
  }
  if (/^\/v2\/apis\/[^/]+\/integrations/.test(url)) {
    return body.replaceAll(/("timeoutInMillis": ?)30000\b/g, (_, name) => `${name}29000`);
  }
  if (!/^\/v2\/domainnames(\/[^/]+)?$/.test(url) || !body.includes('"domainNameConfigurations"')) return body;
  return JSON.stringify(JSON.parse(body), (name, value) => {
    if (name === 'domainNameConfigurations') return value.map((each: object) => ({ ...each, ...available }));
    const isNoMutualTls = name === 'mutualTlsAuthentication' && Object.keys(value).length === 0;
    return isNoMutualTls ? undefined : value;
  });
}

const available = {
  domainNameStatus: 'AVAILABLE',
  apiGatewayDomainName: 'd-0123456789.execute-api.us-east-1.amazonaws.com',
  hostedZoneId: 'Z1UJRXOUMOOFQ8', // API Gateway's own in us-east-1
};

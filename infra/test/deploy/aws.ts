import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Answer } from './api-gateway-answers.ts';
import { ApiGatewayRules } from './api-gateway-rules.ts';
import { ApiGatewayStages } from './api-gateway-stages.ts';
import { Budgets } from './budgets.ts';
import { type Moto, startMoto } from './moto.ts';

/** An AWS for one test: what the endpoints of Terraform's provider and of the SDK point at. */
export interface Aws {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts moto, and in front of it what moto has not got of API Gateway v2:
 * - deployments, and stages that know theirs and can be changed: `ApiGatewayStages`
 * - what it refuses that moto does not, and what a budget's notifications have for subscribers
 * - `wss://` as the endpoint of a WebSocket API: moto says `https://`
 * - 29 seconds as the timeout of an integration that names none: moto says 30, as of an HTTP API
 * - what a DNS record needs to know of a domain name, that it is available, and no mutual TLS where none was asked for
 */
export async function startAws(python: string, accountId: string): Promise<Aws> {
  const moto = await startMoto(python, accountId);
  const stages = new ApiGatewayStages((path, headers) => fetch(moto.url + path, { headers }));
  const front: Front = {
    moto,
    stages,
    rules: new ApiGatewayRules(),
    budgets: new Budgets(),
    ipAddressTypes: new Map(),
  };
  const server = createServer((request, response) => {
    handle(request, response, front).catch((error: Error) => {
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

interface Front {
  readonly moto: Moto;
  readonly stages: ApiGatewayStages;
  readonly rules: ApiGatewayRules;
  readonly budgets: Budgets;
  /** `ipAddressType` of what was asked for, by the path of the resource. */
  readonly ipAddressTypes: Map<string, string>;
}

async function handle(request: IncomingMessage, response: ServerResponse, front: Front): Promise<void> {
  const answer = await answerTo(request, await text(request), front);
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

async function answerTo(request: IncomingMessage, body: string, front: Front): Promise<Answer> {
  const { method = 'GET', url = '/', headers } = request;
  const { moto, stages, rules, budgets } = front;
  if (stages.covers(url)) return stages.answer(method, url, headers, body);
  const get = (path: string) => fetch(moto.url + path, { headers: { authorization: headers.authorization ?? '' } });
  const own =
    (await rules.refusal(method, url, body, get)) ?? budgets.answer(String(headers['x-amz-target'] ?? ''), body);
  if (own) return own;

  const answer = await askMoto(request, body, moto);
  const changed = method !== 'GET' && answer.status < 300 && /^\/v2\/apis\/([^/]+)\/\w/.exec(url)?.[1];
  if (changed) {
    stages.redeploy(changed);
    rules.done(method, url, answer.body);
  }
  return { ...answer, body: withIpAddressType(method, url, body, answer.body, front) };
}

/** moto forgets it, and says nothing where AWS says `ipv4`. */
function withIpAddressType(method: string, url: string, asked: string, answered: string, front: Front): string {
  const [, collection, id] = /^(\/v2\/(?:apis|domainnames))(?:\/([^/]+))?$/.exec(url) ?? [];
  if (!collection || !answered.startsWith('{') || method === 'DELETE') return answered;
  const answer = JSON.parse(answered);
  const key = `${collection}/${id ?? answer.apiId ?? answer.domainName}`;
  const given = method === 'GET' ? undefined : /"ipAddressType":\s*"(\w+)"/.exec(asked)?.[1];
  if (given) front.ipAddressTypes.set(key, given);
  const ipAddressType = front.ipAddressTypes.get(key) ?? 'ipv4';
  for (const each of answer.domainNameConfigurations ?? []) each.ipAddressType = ipAddressType;
  return JSON.stringify(answer.apiId ? { ...answer, ipAddressType } : answer);
}

function askMoto({ method, headers, url = '/' }: IncomingMessage, body: string, moto: Moto): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = forward(moto.url + url, { method, headers }, (answer) => {
      text(answer).then((answered) => {
        const { 'content-length': _, 'transfer-encoding': __, ...kept } = answer.headers;
        resolve({ status: answer.statusCode ?? 502, headers: kept, body: amend(url, answered) });
      }, reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Adds to an answer what moto leaves out. */
function amend(url: string, body: string): string {
  if (/^\/v2\/apis(\/[^/]+)?$/.test(url) && body.includes('"WEBSOCKET"')) {
    return body.replaceAll(/("apiEndpoint": ?")https:/g, '$1wss:');
  }
  // The default of a WebSocket API; those of the HTTP API have their own format, and say how long.
  if (/^\/v2\/apis\/[^/]+\/integrations/.test(url) && !/"payloadFormatVersion": ?"2\.0"/.test(body)) {
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

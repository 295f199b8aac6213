import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import type { WebSocket } from 'ws';
import { type Client, connect } from '../gateway/client.ts';
import type { VariantName } from './fixture/variants.ts';
import { type Report, recorderOf } from './recorder.ts';
import { type Target, targetOf } from './targets.ts';

/** What the fixture's function is to do; see `fixture/handlers/index.mjs`. */
export type Steps = Readonly<Record<string, unknown>>;

export interface OpenOptions {
  /** For the authorizer. */
  readonly auth?: Steps;
  /** For `$connect`. */
  readonly do?: Steps;
  /** More of the query string, as it is written. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
  /** For `$disconnect`: to throw. */
  readonly failDisconnect?: boolean;
  /** Instead of the variant's own. */
  readonly target?: Target;
  /** Nobody is told what functions see; the User-Agent is this, or none at all. */
  readonly userAgent?: string | null;
  /** Not cut after the check that opened it. */
  readonly stays?: boolean;
}

/** An open connection of a check. */
export interface Visitor extends Client {
  /** The raw bytes under the WebSocket. */
  readonly wire: { write(bytes: Uint8Array): void; cork(): void; uncork(): void; end(): void };
  /** The next event that a function got from this connection. @param kind `authorizer`, or the route's key */
  told(kind: string): Promise<Report>;
  /** The kinds of reports that nobody waited for. */
  untold(): Promise<string[]>;
  /** Sends a message to a two-way route, and waits for the next frame. */
  ask(how?: Steps, action?: string): Promise<string>;
  /** As the connection's own event says. */
  id(): Promise<string>;
}

let tags = 0;
const open = new Set<WebSocket>();
const staying = new Set<WebSocket>();

/** Cuts what checks left open. @param which `all`: also those that were to stay */
export function closeVisitors(which?: 'all'): void {
  for (const socket of open) socket.terminate();
  open.clear();
  if (which !== 'all') return;
  for (const socket of staying) socket.terminate();
  staying.clear();
}

async function prepare(variant: VariantName, options: OpenOptions) {
  const target = options.target ?? (await targetOf(variant));
  const tag = `t${++tags}`;
  const recorder = options.userAgent === undefined ? await recorderOf(target) : undefined;
  const wish = options.failDisconnect ? '/fail-disconnect' : '';
  const userAgent = recorder ? `conformance/${recorder.connectionId}/${tag}${wish}` : options.userAgent;
  const parts = [
    options.auth && `auth=${encodeURIComponent(JSON.stringify(options.auth))}`,
    options.do && `do=${encodeURIComponent(JSON.stringify(options.do))}`,
    options.query,
  ].filter((part) => part !== undefined);
  const url = target.url + (parts.length > 0 ? `?${parts.join('&')}` : '');
  const headers = { ...(userAgent != null && { 'User-Agent': userAgent }), ...options.headers };
  const told = (kind: string): Promise<Report> => {
    if (!recorder) throw new Error('this connection does not report: give it no userAgent');
    return recorder.reports.next((report) => report.tag === tag && report.kind === kind);
  };
  const untold = async (): Promise<string[]> => {
    await recorder?.flush();
    return (recorder?.reports.all((report) => report.tag === tag) ?? []).map(({ kind }) => kind);
  };
  return { url, headers, told, untold };
}

/** Connects. @throws {Error} with the status as its message, when the handshake is refused */
export async function visit(variant: VariantName, options: OpenOptions = {}): Promise<Visitor> {
  const { url, headers, told, untold } = await prepare(variant, options);
  const client = await connect(url, [...(options.protocols ?? [])], { headers });
  (options.stays ? staying : open).add(client.socket);
  const ask = (how: Steps = {}, action = 'echo') => {
    client.send({ action, do: how });
    return client.next();
  };
  return {
    ...client,
    wire: (client.socket as unknown as { _socket: Visitor['wire'] })._socket,
    told,
    untold,
    ask,
    id: async () => JSON.parse(await ask()).requestContext.connectionId,
  };
}

export interface Handshake {
  /** 101, or what the handshake is refused with. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** As of a visitor, also when it was refused. */
  readonly told: (kind: string) => Promise<Report>;
  /** Which functions ran for it: `authorizer`, `$connect`. */
  readonly ran: () => Promise<string[]>;
}

/** Of a handshake; the key is the example of RFC 6455. */
export const upgradeHeaders = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** A handshake to the byte: nothing is sent but what is asked for. The socket is cut when it is answered. */
export async function handshake(variant: VariantName, options: OpenOptions = {}): Promise<Handshake> {
  const { url, headers, told, untold } = await prepare(variant, options);
  const offered = options.protocols && { 'Sec-WebSocket-Protocol': options.protocols.join(', ') };
  const answer = await send(url, 'GET', { ...upgradeHeaders, ...offered, ...headers });
  return { ...answer, told, ran: untold };
}

/** An HTTP request to a WebSocket URL. */
export function send(url: string, method: string, headers: Readonly<Record<string, string>>, data = '') {
  const address = new URL(url.replace(/^ws/, 'http'));
  const request = address.protocol === 'http:' ? httpRequest : httpsRequest;
  return new Promise<Pick<Handshake, 'status' | 'headers' | 'body'>>((resolve, reject) => {
    const sent = request(address, { method, headers: { ...headers }, agent: false });
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' });
    });
    sent.on('response', async (response: IncomingMessage) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    });
    sent.on('error', reject).end(data);
  });
}

/** The status of a handshake: 101 or a refusal. */
export const statusOf = async (variant: VariantName, options: OpenOptions = {}): Promise<number> =>
  (await handshake(variant, options)).status;

const sdks: ApiGatewayManagementApiClient[] = [];

/** The official client, as anybody would make it; without retries, so that a check sees each answer. */
export function managementClient(
  { endpoint, region, credentials }: Target,
  overrides: {
    readonly credentials?: Target['credentials'];
    readonly endpoint?: string;
    readonly maxAttempts?: number;
  } = {},
): ApiGatewayManagementApiClient {
  const client = new ApiGatewayManagementApiClient({ endpoint, region, credentials, maxAttempts: 1, ...overrides });
  sdks.push(client);
  return client;
}

export function destroyManagementClients(): void {
  for (const client of sdks.splice(0)) client.destroy();
}

import { visit } from '../clients.ts';
import type { Report } from '../recorder.ts';

/** The events of one connection, from its authorizer to its end. */
export interface Capture {
  readonly authorizer: Report['event'];
  readonly connect: Report['event'];
  readonly message: Report['event'];
  readonly byDefault: Report['event'];
  readonly disconnect: Report['event'];
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** The host that the client used. */
  readonly host: string;
  readonly userAgent: string;
}

export const BODY = '{"action": "echo",  "text":"grüß 👋\\n", "do":{}}';
const CONTEXT = { name: 'ada', count: 7, premium: true };

let captured: Promise<Capture> | undefined;

/** Made once: a connection with a query, headers of its own and an authorizer's context. */
export function capture(): Promise<Capture> {
  captured ??= take();
  return captured;
}

async function take(): Promise<Capture> {
  const beganAtMs = Date.now();
  const headers = { 'X-Custom-Header': 'Value' };
  const visitor = await visit('main', {
    auth: { context: CONTEXT },
    query: 'colour=red&colour=deep%20blue&empty=',
    headers,
  });
  const authorizer = (await visitor.told('authorizer')).event;
  const connect = (await visitor.told('$connect')).event;
  visitor.send(BODY);
  const message = JSON.parse(await visitor.next());
  visitor.send('no JSON');
  const byDefault = JSON.parse(await visitor.next());
  visitor.socket.close();
  const disconnect = (await visitor.told('$disconnect')).event;
  const host = new URL(visitor.socket.url).host;
  const userAgent = connect.requestContext.identity.userAgent;
  return { authorizer, connect, message, byDefault, disconnect, beganAtMs, endedAtMs: Date.now(), host, userAgent };
}

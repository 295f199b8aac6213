import type { IncomingMessage } from 'node:http';
import type { Stage } from '../stack/model.ts';
import type { HandshakeRequest } from './events.ts';
import { newId, newTraceRoot } from './ids.ts';

/** What is wrong with a request for an upgrade, or undefined. AWS's answer is UNCONFIRMED; 400 is what RFC 6455 asks for. */
export function upgradeProblem({ method, headers }: IncomingMessage): string | undefined {
  if (method !== 'GET') return `${method} instead of GET`;
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'Upgrade is not websocket';
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')) return 'no valid Sec-WebSocket-Key';
  if (headers['sec-websocket-version'] !== '13') return 'Sec-WebSocket-Version is not 13';
  return undefined;
}

/**
 * The request as events show it: the client's headers in its own case, plus what API Gateway adds. AWS speaks TLS
 * only, so functions see port 443 and https here too.
 */
export function handshakeRequest(
  req: IncomingMessage,
  queryString: string,
  sourceIp: string,
  nowMs: number,
  stage: Stage,
): HandshakeRequest {
  // Without a prototype: `__proto__` is a name like any other.
  const multiple: Record<string, string[]> = Object.create(null);
  for (let at = 0; at + 1 < req.rawHeaders.length; at += 2) {
    const name = req.rawHeaders[at] ?? '';
    const value = req.rawHeaders[at + 1] ?? '';
    const values = multiple[name];
    if (values) values.push(value);
    else multiple[name] = [value];
  }
  const present = new Set(Object.keys(multiple).map((name) => name.toLowerCase()));
  const forwardedFor = headerOf(req, 'x-forwarded-for');
  for (const name of Object.keys(multiple)) if (name.toLowerCase() === 'x-forwarded-for') delete multiple[name];
  multiple['X-Forwarded-For'] = [forwardedFor === undefined ? sourceIp : `${forwardedFor}, ${sourceIp}`];
  if (!present.has('x-forwarded-port')) multiple['X-Forwarded-Port'] = ['443'];
  if (!present.has('x-forwarded-proto')) multiple['X-Forwarded-Proto'] = ['https'];
  if (!present.has('x-amzn-trace-id')) multiple['X-Amzn-Trace-Id'] = [newTraceRoot(nowMs)];
  if (!present.has('content-length')) multiple['content-length'] = ['0'];
  const query = queryString === '' ? undefined : parseQuery(queryString);
  return {
    requestId: newId(),
    headers: lastOf(multiple),
    multiValueHeaders: multiple,
    ...(query && { query }),
    stageVariables: stage.variables,
  };
}

/** The value of a header, whatever its case; of a repeated one all values, joined. */
export function headerOf(req: IncomingMessage, lowerCaseName: string): string | undefined {
  const value = req.headers[lowerCaseName];
  return Array.isArray(value) ? value.join(', ') : value;
}

function parseQuery(queryString: string): HandshakeRequest['query'] {
  const multiple: Record<string, string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(queryString)) {
    const values = multiple[name];
    if (values) values.push(value);
    else multiple[name] = [value];
  }
  return Object.keys(multiple).length === 0 ? undefined : { single: lastOf(multiple), multiple };
}

function lastOf(multiple: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(multiple).map(([name, values]) => [name, values.at(-1) ?? '']));
}

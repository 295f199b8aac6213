import type { IncomingMessage } from 'node:http';
import { requestTarget } from '../../request-target.ts';
import { newId, newTraceRoot } from '../ids.ts';
import { decodeSegment } from './routes.ts';

/** A request of an HTTP API, in the shapes that routes, events and logs need. */
export interface HttpRequest {
  readonly requestId: string;
  readonly receivedAtMs: number;
  readonly method: string;
  /** As the client sent it, stage included. */
  readonly path: string;
  /** Decoded, stage included: `rawPath`. */
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** In lower case, repeated ones joined by commas, without cookies; with those that API Gateway adds. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  /** Decoded, repeated ones joined by commas. */
  readonly query: Readonly<Record<string, string>>;
  /** e.g. `HTTP/1.1` */
  readonly protocol: string;
  readonly sourceIp: string;
  /** Empty: the client sent none. */
  readonly userAgent: string;
  readonly domainName: string;
}

/** "Total combined size of request line and header values", bytes. @see "Quotas for configuring and running an HTTP API" */
export const MAX_HEAD_BYTES = 10_240;

/** The size of a request that counts against {@link MAX_HEAD_BYTES}. */
export function headBytes({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): number {
  let bytes = Buffer.byteLength(`${method} ${url} HTTP/${httpVersion}`);
  for (let at = 1; at < rawHeaders.length; at += 2) bytes += Buffer.byteLength(rawHeaders[at] ?? '');
  return bytes;
}

/** Reads everything of a request but its body. */
export function httpRequest(req: IncomingMessage, sourceIp: string, nowMs: number): HttpRequest {
  const { path, queryString } = requestTarget(req.url);
  const { headers, cookies } = readHeaders(req, sourceIp, nowMs);
  return {
    requestId: newId(),
    receivedAtMs: nowMs,
    method: req.method ?? 'GET',
    path,
    rawPath: decodedPath(path),
    rawQueryString: queryString,
    headers,
    cookies,
    query: joined(new URLSearchParams(queryString)),
    protocol: `HTTP/${req.httpVersion}`,
    sourceIp,
    userAgent: headers['user-agent'] ?? '',
    domainName: headers.host ?? '',
  };
}

/**
 * HTTP APIs decode the path before they hand it on, and cut it at a question mark that was encoded.
 * @see middleapi/standard-server pull request 93 (live captures)
 */
function decodedPath(path: string): string {
  return path.split('/').map(decodeSegment).join('/').split('?', 1)[0] ?? '';
}

/** Of one connection, not of the request: not handed on (UNCONFIRMED). */
export const HOP_HEADERS: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
]);

function readHeaders(req: IncomingMessage, sourceIp: string, nowMs: number) {
  const cookies: string[] = [];
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < req.rawHeaders.length; at += 2) {
    const name = (req.rawHeaders[at] ?? '').toLowerCase();
    const value = req.rawHeaders[at + 1] ?? '';
    if (name === 'cookie') cookies.push(...value.split(';').map((cookie) => cookie.trim()));
    else if (!HOP_HEADERS.has(name)) pairs.push([name, value]);
  }
  const headers = joined(pairs);
  headers['x-forwarded-for'] = [headers['x-forwarded-for'], sourceIp].filter((value) => value).join(', ');
  headers['x-forwarded-port'] ??= '443';
  headers['x-forwarded-proto'] ??= 'https';
  headers['x-amzn-trace-id'] ??= newTraceRoot(nowMs);
  return { headers, cookies: cookies.filter((cookie) => cookie !== '') };
}

function joined(pairs: Iterable<readonly [string, string]>): Record<string, string> {
  // Without a prototype: `__proto__` is a name like any other.
  const all: Record<string, string> = Object.create(null);
  for (const [name, value] of pairs) all[name] = name in all ? `${all[name]},${value}` : value;
  return all;
}

import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Authorization } from './authorization.ts';

/** The parts of a request that are signed. */
export interface SignedRequest {
  readonly method: string;
  /** As it was sent: path and query string. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Days and services are few: a key is derived once for each. */
const signingKeys = new Map<string, Buffer>();
const MAX_SIGNING_KEYS = 1000;

/**
 * What is wrong with a request's signature, in AWS's words; undefined: it is right. How old it is does not count: with
 * compressed time, the five minutes that AWS allows pass while a request is on its way.
 * @see "Create a signed AWS API request", IAM User Guide
 */
export function signatureProblem(
  request: SignedRequest,
  authorization: Authorization,
  secretAccessKey: string,
  expected: { readonly region: string; readonly service: string },
): string | undefined {
  const { date, region, service, signedHeaders } = authorization;
  if (service !== expected.service) return `Credential should be scoped to correct service: '${expected.service}'. `;
  if (region !== expected.region) return 'Credential should be scoped to a valid region. ';
  const time = request.headers['x-amz-date'];
  if (typeof time !== 'string' || !/^\d{8}T\d{6}Z$/.test(time)) {
    return "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (!time.startsWith(date)) {
    return `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${time.slice(0, 8)}', from '${time}'.`;
  }
  const unsigned = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))].filter(
    (name) => !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) return `'${unsigned[0]}' must be a 'SignedHeader' in the AWS Authorization.`;
  return signatureOf(request, authorization, time, secretAccessKey) === authorization.signature ? undefined : mismatch;
}

const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

function signatureOf(
  { method, url, headers, body }: SignedRequest,
  { date, region, service, signedHeaders }: Authorization,
  time: string,
  secretAccessKey: string,
): string {
  const [path = '/', query = ''] = splitOnce(url, '?');
  const canonicalRequest = [
    method,
    canonicalPath(path),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(headers[name])}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const stringToSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonicalRequest)}`;
  return createHmac('sha256', signingKey(secretAccessKey, date, region, service))
    .update(stringToSign)
    .digest('hex');
}

function signingKey(secretAccessKey: string, date: string, region: string, service: string): Buffer {
  const id = `${secretAccessKey} ${date} ${region} ${service}`;
  const known = signingKeys.get(id);
  if (known) return known;
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of [date, region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
  if (signingKeys.size >= MAX_SIGNING_KEYS) signingKeys.clear();
  signingKeys.set(id, key);
  return key;
}

/** The path as sent, encoded once more: every service but S3 wants that. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  const end = path.endsWith('/') && segments.length > 0 ? '/' : '';
  return `/${segments.join('/')}${end}`;
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = query.split('&').map((pair) => {
    const [name = '', value = ''] = splitOnce(pair, '=');
    return [encode(decode(name)), encode(decode(value))] as const;
  });
  const byCode = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return pairs
    .sort(([a, x], [b, y]) => byCode(a, b) || byCode(x, y))
    .map((pair) => pair.join('='))
    .join('&');
}

const canonicalValue = (value: string | string[] | undefined): string =>
  [value ?? ''].flat().join(',').trim().replace(/ +/g, ' ');

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** As RFC 3986 wants it: `encodeURIComponent` leaves five reserved characters alone. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

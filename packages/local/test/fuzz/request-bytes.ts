import { mutateBytes } from './mutate.ts';
import type { Random } from './random.ts';
import type { Request } from './requests.ts';

const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'PATCH', 'PRI', 'get', 'X'];
const OTHER_VERSIONS = ['HTTP/1.0', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/1.', ''];
const HEADERS: readonly (readonly [string, string])[] = [
  ['Host', ''],
  ['Host', '[::1'],
  ['Host', 'a:b:c'],
  ['Origin', 'null'],
  ['Content-Length', '5'],
  ['Content-Length', '-1'],
  ['Transfer-Encoding', 'chunked'],
  ['Transfer-Encoding', 'gzip'],
  ['Expect', '100-continue'],
  ['Expect', 'a miracle'],
  ['Connection', 'Upgrade'],
  ['Connection', 'close'],
  ['Upgrade', 'websocket'],
  ['Upgrade', 'h2c'],
  ['Sec-WebSocket-Key', 'x'],
  ['Sec-WebSocket-Version', '8'],
  ['Sec-WebSocket-Protocol', ',,"'],
  ['X-Amz-Target', 'DynamoDB_20120810.'],
  ['X-Amz-Target', 'DynamoDB_'],
  ['X-Amz-Date', 'x'],
  ['X-Forwarded-For', '1, 2'],
  ['Authorization', 'AWS4-HMAC-SHA256 Credential='],
  ['If-None-Match', '*'],
  ['__proto__', 'x'],
  ['Cookie', 'x'.repeat(20_000)],
];

/** Writes a request down, often not quite as it should be. */
export function requestBytes(valid: Request, random: Random): Buffer {
  const { method, target, headers, body } = random.chance(0.4) ? changed(valid, random) : valid;
  const isChunked = body !== '' && random.chance(0.1);
  const sent = isChunked ? chunked(body, random) : body;
  const kept = isChunked ? headers.filter(([name]) => name.toLowerCase() !== 'content-length') : headers;
  const lines = [...kept, ...(isChunked ? [['Transfer-Encoding', 'chunked']] : [])].map(
    ([name, value]) => `${name}: ${value}`,
  );
  const version = random.chance(0.05) ? random.pick(OTHER_VERSIONS) : 'HTTP/1.1';
  const text = `${[`${method} ${target} ${version}`, ...lines].join('\r\n')}\r\n\r\n`;
  const bytes = Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from(sent)]);
  return random.chance(0.15) ? mutateBytes(bytes, random) : bytes;
}

function changed(request: Request, random: Random): Request {
  const { method, target, headers, body } = request;
  switch (random.below(5)) {
    case 0:
      return { ...request, method: random.pick(METHODS) };
    case 1:
      return { ...request, target: oneLine(mutateBytes(Buffer.from(target), random)) };
    case 2:
      return { ...request, headers: [...headers, random.pick(HEADERS)] };
    case 3: {
      const at = random.below(headers.length);
      return { method, target, body, headers: headers.filter((_, index) => index !== at) };
    }
    default: {
      const at = random.below(headers.length);
      const other = ([name, value]: readonly [string, string]) =>
        [name, oneLine(mutateBytes(Buffer.from(value), random))] as const;
      return { ...request, headers: headers.map((header, index) => (index === at ? other(header) : header)) };
    }
  }
}

const oneLine = (bytes: Buffer): string => bytes.toString('latin1').replaceAll(/[\r\n]/g, '');

function chunked(body: string, random: Random): string {
  const cut = random.below(body.length + 1);
  const size = (text: string) =>
    random.chance(0.1)
      ? random.pick(['', 'g', '-1', 'fffffffff', '0x5', '5;a=b'])
      : Buffer.byteLength(text).toString(16);
  const chunk = (text: string) => (text === '' ? '' : `${size(text)}\r\n${text}\r\n`);
  return `${chunk(body.slice(0, cut))}${chunk(body.slice(cut))}0\r\n${random.chance(0.1) ? 'Trailer: x\r\n' : ''}\r\n`;
}

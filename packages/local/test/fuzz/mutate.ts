import type { Random } from './random.ts';

/** Bytes that mean something to a parser of HTTP, URLs, JSON or WebSocket frames. */
const TELLING_BYTES = Buffer.from('\r\n\0 \t%/\\?#[]{}"\':;,=&@.-+~\x7f\x80\xff\xc0\xed0a9fF', 'latin1');
const TELLING_TEXTS = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '%00',
  '%',
  '..',
  '//',
  '\\',
  '[::1',
  '__proto__',
  '\ud800',
  '0x',
  '-1',
];
const TELLING_NUMBERS = ['0', '-0', '-1', '1', '125', '126', '127', '65535', '65536', '131073', '2147483648', '1e999'];
TELLING_NUMBERS.push('4294967296', '9007199254740993', '18446744073709551616', 'NaN', '00', '0x10');

const MAX_COPY_BYTES = 64;

/** Changes a few bytes: flips, inserts, removes, repeats, cuts off, replaces numbers. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let result = bytes;
  for (let times = 1 + random.below(4); times > 0; times--) result = mutateOnce(result, random);
  return result;
}

function mutateOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const length = 1 + random.below(Math.min(MAX_COPY_BYTES, bytes.length + 1));
  const join = (middle: Buffer, skip = 0) => Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + skip)]);
  switch (random.below(8)) {
    case 0:
      return join(Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]), 1);
    case 1:
      return join(Buffer.from([TELLING_BYTES[random.below(TELLING_BYTES.length)] ?? 0]), random.below(2));
    case 2:
      return join(Buffer.from(random.pick(TELLING_TEXTS)));
    case 3:
      return join(Buffer.alloc(0), length);
    case 4:
      return join(bytes.subarray(at, at + length));
    case 5:
      return random.chance(0.3) ? bytes.subarray(0, at) : join(random.bytes(length), length);
    case 6:
      return join(bytes.subarray(0, length));
    default:
      return replaceNumber(bytes, random);
  }
}

function replaceNumber(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString('latin1');
  const numbers = [...text.matchAll(/\d+/g)];
  if (numbers.length === 0) return bytes;
  const { index, 0: digits } = random.pick(numbers);
  return Buffer.from(text.slice(0, index) + random.pick(TELLING_NUMBERS) + text.slice(index + digits.length), 'latin1');
}

/** A copy of a JSON value with some parts replaced, removed, renamed or repeated. It may nest too deep to be written. */
export function mutateJson(value: unknown, random: Random): unknown {
  if (random.chance(0.12)) return strangeValue(random);
  if (Array.isArray(value)) {
    const items = value.map((item) => (random.chance(0.4) ? mutateJson(item, random) : item));
    return random.chance(0.1) ? [...items, ...items] : items;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(() => !random.chance(0.06))
      .map(([key, part]) => [
        random.chance(0.04) ? random.pick(['', '__proto__', 'constructor', `${key}x`, 'S', 'N', 'M', 'NULL']) : key,
        random.chance(0.5) ? mutateJson(part, random) : part,
      ]);
    return Object.fromEntries(entries);
  }
  return random.chance(0.5) ? strangeValue(random) : value;
}

/** Text of JSON, also of what `JSON.stringify` would not write. */
export function jsonText(value: unknown, random: Random): string {
  if (random.chance(0.02)) return nested(random);
  return JSON.stringify(value) ?? '';
}

function nested(random: Random): string {
  const depth = random.pick([10, 1000, 12_000]);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
    ['{"M":{"a":', '}}'],
  ]) as [string, string];
  return `{"action":${open.repeat(depth)}1${close.repeat(depth)}}`;
}

const STRANGE = [null, true, false, 0, -1, 1.5, 1e308, '', '\0', '\ud800', ' ', 'x'.repeat(3000), [], {}, [[]], [null]];
const STRANGE_ATTRIBUTES = [{ S: '' }, { N: 'x' }, { N: '1e999' }, { B: '!' }, { SS: [] }, { M: {} }, { L: [null] }];

function strangeValue(random: Random): unknown {
  return random.pick<unknown>(random.chance(0.7) ? STRANGE : [...STRANGE_ATTRIBUTES, { NULL: 1 }, { S: 1, N: '1' }]);
}

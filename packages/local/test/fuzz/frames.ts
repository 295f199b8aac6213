import type { Facts } from './facts.ts';
import { jsonText, mutateBytes, mutateJson } from './mutate.ts';
import type { Random } from './random.ts';

const OPCODES = [1, 1, 1, 1, 1, 0, 2, 8, 9, 10, 3, 7, 11, 15];
const CLOSE_CODES = [1000, 1001, 1005, 1006, 1007, 1011, 1015, 999, 0, 3000, 4999, 5000, 65_535];
const BAD_UTF8 = Buffer.from([0x68, 0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80]);

/** One or a few frames of a client, some of them broken: opcodes, lengths, masks, fragments, codes, UTF-8, reserved bits. */
export function frameInput(facts: Facts, random: Random): Buffer {
  const frames = random.chance(0.15) ? fragments(facts, random) : [];
  const count = 1 + random.below(3);
  while (frames.length < count) frames.push(oneFrame(facts, random));
  const bytes = Buffer.concat(frames);
  return random.chance(0.15) ? mutateBytes(bytes, random) : bytes;
}

function oneFrame(facts: Facts, random: Random): Buffer {
  const opcode = random.pick(OPCODES);
  return frame(random, {
    opcode,
    fin: random.chance(0.93),
    reserved: random.chance(0.04) ? random.below(8) : 0,
    payload: opcode === 8 ? closePayload(random) : textPayload(facts, random),
  });
}

/** A message in several frames, with control frames in between, as it is allowed; and a little more. */
function fragments(facts: Facts, random: Random): Buffer[] {
  const payload = textPayload(facts, random);
  const cut = random.below(payload.length + 1);
  const between = random.chance(0.5) ? [frame(random, { opcode: 9, payload: Buffer.from('ping') })] : [];
  return [
    frame(random, { opcode: 1, fin: false, payload: payload.subarray(0, cut) }),
    ...between,
    frame(random, { opcode: random.chance(0.9) ? 0 : 1, fin: random.chance(0.9), payload: payload.subarray(cut) }),
  ];
}

function textPayload({ messages }: Facts, random: Random): Buffer {
  if (random.chance(0.01)) return Buffer.alloc(random.pick([125, 126, 32_768, 32_769, 65_536, 131_073]), 'x');
  if (random.chance(0.1)) return random.chance(0.5) ? BAD_UTF8 : random.bytes(random.below(200));
  const message = random.pick(messages);
  const text = Buffer.from(jsonText(random.chance(0.7) ? mutateJson(message, random) : message, random));
  return random.chance(0.2) ? mutateBytes(text, random) : text;
}

function closePayload(random: Random): Buffer {
  if (random.chance(0.2)) return random.bytes(random.below(3));
  const code = Buffer.alloc(2);
  code.writeUInt16BE(random.pick(CLOSE_CODES));
  return Buffer.concat([code, random.pick([Buffer.alloc(0), Buffer.from('bye'), BAD_UTF8, Buffer.alloc(130, 'x')])]);
}

interface FrameParts {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly fin?: boolean;
  readonly reserved?: number;
}

/** @see RFC 6455, section 5.2 */
function frame(random: Random, { opcode, payload, fin = true, reserved = 0 }: FrameParts): Buffer {
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const isMasked = random.chance(0.98);
  const mask = isMasked ? random.bytes(4) : Buffer.alloc(0);
  const masked = isMasked ? payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0)) : payload;
  return Buffer.concat([Buffer.from([first]), lengthBytes(random, payload.length, isMasked), mask, masked]);
}

/** In its shortest form; rarely in a longer one, or another length. */
function lengthBytes(random: Random, real: number, isMasked: boolean): Buffer {
  const bit = isMasked ? 0x80 : 0;
  const length = random.chance(0.02) ? random.pick([0, real + 1, 2 ** 31, 2 ** 32, 2 ** 53]) : real;
  const form = random.chance(0.02) ? random.below(3) : length < 126 ? 0 : length < 65_536 ? 1 : 2;
  if (form === 0) return Buffer.from([bit | (length & 0x7f)]);
  const bytes = Buffer.alloc(form === 1 ? 3 : 9);
  bytes[0] = bit | (form === 1 ? 126 : 127);
  if (form === 1) bytes.writeUInt16BE(length & 0xffff, 1);
  else bytes.writeBigUInt64BE(random.chance(0.1) ? 2n ** 64n - 1n : BigInt(length), 1);
  return bytes;
}

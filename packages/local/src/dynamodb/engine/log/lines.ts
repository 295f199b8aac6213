import { crc32 } from 'node:zlib';

const CHECKSUM_DIGITS = 8;
const NEWLINE = 10;

/** Writes a value as a line of a log: a checksum, the value as JSON. */
export function encodeLine(value: unknown): Buffer {
  const json = JSON.stringify(value);
  return Buffer.from(`${crc32(json).toString(16).padStart(CHECKSUM_DIGITS, '0')} ${json}\n`);
}

/** @returns undefined: the line is torn or damaged */
export function decodeLine(line: Buffer): unknown {
  const checksum = line.toString('latin1', 0, CHECKSUM_DIGITS);
  const json = line.subarray(CHECKSUM_DIGITS + 1);
  if (Number.parseInt(checksum, 16) !== crc32(json)) return undefined;
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}

/** Splits what is read of a file into its lines; what stands behind the last newline is kept for the next call. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  get rest(): Buffer {
    return this.#rest;
  }

  /** Lists the lines that a chunk completes, without their newlines. */
  *push(chunk: Buffer): Generator<Buffer> {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield bytes.subarray(start, end);
      start = end + 1;
    }
    this.#rest = Buffer.from(bytes.subarray(start));
  }
}

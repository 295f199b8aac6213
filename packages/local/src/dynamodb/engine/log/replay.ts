import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { decodeLine, LineSplitter } from './lines.ts';

const CHUNK_BYTES = 1 << 20;

export interface Replayed {
  /** Of the file that count. */
  readonly bytes: number;
  /** Behind them: a write that the end of a process cut off. */
  readonly tornBytes: number;
}

/** A file has something that no crash can have left: it was changed, or the disk lost a part. */
export class DamagedLogError extends Error {
  override readonly name = 'DamagedLogError';
  readonly atByte: number;
  constructor(atByte: number) {
    super(`the log is damaged at byte ${atByte}`);
    this.atByte = atByte;
  }
}

/**
 * Reads a log from its start. What is torn at its end does not count: nothing that was acknowledged can be there.
 * @throws {DamagedLogError} a line is damaged, and whole ones follow
 */
export function replay(path: string, onValue: (value: unknown) => void): Replayed {
  if (!existsSync(path)) return { bytes: 0, tornBytes: 0 };
  const fd = openSync(path, 'r');
  try {
    const splitter = new LineSplitter();
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let read = 0;
    let good = 0;
    let torn = false;
    for (let count = readSync(fd, chunk); count > 0; count = readSync(fd, chunk)) {
      read += count;
      for (const line of splitter.push(chunk.subarray(0, count))) {
        const value = decodeLine(line);
        if (value === undefined) torn = true;
        else if (torn) throw new DamagedLogError(good);
        else {
          onValue(value);
          good += line.length + 1;
        }
      }
    }
    return { bytes: good, tornBytes: read - good };
  } finally {
    closeSync(fd);
  }
}

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How long the tests of one file took. */
export interface FileTime {
  readonly file: string;
  readonly seconds: number;
}

/** Names the folder in which the processes of one run write down how long each file's tests took. */
export const TIMES_FOLDER = 'TEST_TIMES_FOLDER';

/** Writes down how long a file took; does nothing outside of a run. */
export function recordFileTime(time: FileTime): void {
  const folder = process.env[TIMES_FOLDER];
  if (folder !== undefined) writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(time));
}

/** Returns the files that took longest, the slowest first. */
export function slowestFiles(folder: string, count: number): FileTime[] {
  const times = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as FileTime);
  return times.sort((a, b) => b.seconds - a.seconds).slice(0, count);
}

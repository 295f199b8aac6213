import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const recordFileOf = (name: string): string => join(root, '.cache/builds', `${name}.json`);

/** What a build read and wrote: each file, relative to the root, with the hash of its content. */
interface BuildRecord {
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Whether a build's inputs and outputs are those of its last record. By content, not by time: a clone, a copy and a
 * change of branch give files any time.
 * @param inputs absolute; the files that count today, where that is known without building. Default: those of the record
 */
export async function isUpToDate(name: string, inputs?: readonly string[]): Promise<boolean> {
  try {
    const record = JSON.parse(await readFile(recordFileOf(name), 'utf8')) as BuildRecord;
    const current = await hashesOf(inputs ?? Object.keys(record.inputs).map((file) => join(root, file)));
    const written = await hashesOf(Object.keys(record.outputs).map((file) => join(root, file)));
    return isSame(current, record.inputs) && isSame(written, record.outputs);
  } catch {
    return false; // never built, or a file is gone
  }
}

/**
 * Records a build. An input that has changed since the build began may or may not be in it: then there is no record, and
 * the next start builds again.
 * @param files absolute
 */
export async function recordBuild(
  name: string,
  { inputs, outputs, startedAtMs }: { inputs: readonly string[]; outputs: readonly string[]; startedAtMs: number },
): Promise<void> {
  const file = recordFileOf(name);
  const changedAtMs = await Promise.all(inputs.map(async (input) => (await stat(input)).mtimeMs));
  if (changedAtMs.some((atMs) => atMs >= startedAtMs)) return rm(file, { force: true });
  const record: BuildRecord = { inputs: await hashesOf(inputs), outputs: await hashesOf(outputs) };
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(record, null, 1));
  await rename(draft, file);
}

async function hashesOf(files: readonly string[]): Promise<Record<string, string>> {
  const hashes = files.map(async (file) => {
    const hash = createHash('sha256').update(await readFile(file));
    return [relative(root, file), hash.digest('hex')] as const;
  });
  return Object.fromEntries((await Promise.all(hashes)).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

const isSame = (one: object, other: object): boolean => JSON.stringify(one) === JSON.stringify(other);

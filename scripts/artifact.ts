/**
 * What a pipeline promotes: the Lambdas' packages as they were tested, and what they must be.
 *
 *     npm run -s artifact -- pack <folder>                       after a build; prints `sha256=<of the manifest>`
 *     npm run -s artifact -- unpack <folder> --sha256 <sha256>   elsewhere: checks every byte, then puts them in place
 *     npm run -s artifact -- unpack <folder> --commit <commit>   in another run, which is told the commit and not the hash
 *
 * The folder holds `<function>.zip` for each Lambda, and `manifest.json` with their hashes and the commit. Unpacked they
 * are where a build would have put them: `npm run deploy:prod -- --no-build` deploys them.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { functionsFolder, lambdaNames } from './lambdas.ts';

const MANIFEST = 'manifest.json';

interface Manifest {
  readonly commit: string;
  /** SHA-256 of each file, hexadecimal. */
  readonly files: Readonly<Record<string, string>>;
}

/** The manifest by its hash, or by the commit in it, where the artifact itself is trusted. */
export type Expected = { readonly sha256: string } | { readonly commit: string };

const packageOf = (name: string, folder: string): string => join(folder, name, 'dist', 'function.zip');
const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** @returns the manifest's SHA-256, hexadecimal: it stands for every byte @throws {Error} a Lambda is not built */
export async function packArtifact(folder: string, commit: string, from = functionsFolder): Promise<string> {
  await mkdir(folder, { recursive: true });
  const files: Record<string, string> = {};
  for (const name of lambdaNames()) {
    const bytes = await readFile(packageOf(name, from)).catch(() => {
      throw new Error(`${name} is not built: run \`npm run build\``);
    });
    files[`${name}.zip`] = sha256Of(bytes);
    await writeFile(join(folder, `${name}.zip`), bytes);
  }
  const manifest = Buffer.from(`${JSON.stringify({ commit, files } satisfies Manifest, null, 2)}\n`);
  await writeFile(join(folder, MANIFEST), manifest);
  return sha256Of(manifest);
}

/**
 * Puts the packages where a build would have put them.
 * @throws {Error} a file is not the one that was packed, is missing, or was not packed; nothing is put in place then
 */
export async function unpackArtifact(folder: string, expected: Expected, to = functionsFolder): Promise<Manifest> {
  const bytes = await readFile(join(folder, MANIFEST)).catch(() => {
    throw new Error(`${folder} is no artifact: it has no ${MANIFEST}`);
  });
  if ('sha256' in expected && sha256Of(bytes) !== expected.sha256) {
    throw new Error(`${MANIFEST} has the SHA-256 ${sha256Of(bytes)}, not ${expected.sha256}`);
  }
  const manifest: Manifest = JSON.parse(bytes.toString());
  if ('commit' in expected && manifest.commit !== expected.commit) {
    throw new Error(`${folder} holds the packages of ${manifest.commit}, not of ${expected.commit}`);
  }
  const wanted = lambdaNames().map((name) => `${name}.zip`);
  const found = (await readdir(folder)).filter((file) => file !== MANIFEST);
  for (const file of new Set([...wanted, ...found, ...Object.keys(manifest.files)])) {
    const isEverywhere = wanted.includes(file) && found.includes(file) && file in manifest.files;
    if (!isEverywhere) throw new Error(`${file} is not in each of: this commit's Lambdas, the folder, the manifest`);
    const actual = sha256Of(await readFile(join(folder, file)));
    if (actual !== manifest.files[file])
      throw new Error(`${file} has the SHA-256 ${actual}, not ${manifest.files[file]}`);
  }
  for (const file of wanted) {
    const target = packageOf(file.replace(/\.zip$/, ''), to);
    await mkdir(resolve(target, '..'), { recursive: true });
    await cp(join(folder, file), target);
  }
  return manifest;
}

async function main(args: string[]): Promise<void> {
  const options = { sha256: { type: 'string' }, commit: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [command, folder, ...more] = positionals;
  if (folder === undefined || more.length > 0)
    throw new Error('usage: artifact <pack|unpack> <folder> [--sha256 <sha256>|--commit <commit>]');
  if (command === 'pack') {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
    console.log(`sha256=${await packArtifact(resolve(folder), commit)}`);
  } else if (command === 'unpack') {
    const { commit, files } = await unpackArtifact(resolve(folder), expectedOf(values));
    console.log(`artifact: ${Object.keys(files).length} packages of commit ${commit} are in place`);
  } else throw new Error(`${command} is no command: use pack or unpack`);
}

function expectedOf({ sha256, commit }: { sha256?: string | undefined; commit?: string | undefined }): Expected {
  if (sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256)) return { sha256 };
  if (sha256 === undefined && commit !== undefined && /^[0-9a-f]{40}$/.test(commit)) return { commit };
  throw new Error('give --sha256, the 64 digits that pack printed, or --commit, the 40 digits of the commit');
}

if (process.argv[1] === import.meta.filename) {
  await main(process.argv.slice(2)).catch((error: Error) => {
    console.error(`artifact: ${error.message}`);
    process.exitCode = 1;
  });
}

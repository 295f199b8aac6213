/**
 * Cold starts: `npm run bench -- cold-start [--rounds 11] [--json]`. For every function, and for a bundle that makes
 * one SDK call and nothing else, how long the import and the first call take in a fresh process: medians, and ratios
 * to the bare bundle. The aim is a ratio of 1.3 or less for both together. Times depend on the machine; ratios less so.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { buildLambda, bundleOptions, lambdaNames, packagesFolder } from '../build.ts';
import { startFakeAws } from './cold-start/fake-aws.ts';
import { type ColdStart, measureColdStart } from './cold-start/measure.ts';
import { BARE_SOURCE, type Subject, subjects } from './cold-start/subjects.ts';
import { median } from './statistics.ts';
import { formatTable } from './table.ts';

const DEFAULT_ROUNDS = 11;

interface Row extends ColdStart {
  readonly name: string;
  readonly totalMs: number;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string' }, json: { type: 'boolean' } } });
  const rounds = Number(values.rounds ?? DEFAULT_ROUNDS);
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError('--rounds must be a whole number from 1 on');

  const folder = await mkdtemp(join(tmpdir(), 'cold-start-'));
  const aws = await startFakeAws();
  try {
    await buildAll(folder);
    const rows = await measureAll(subjects(aws), folder, rounds);
    console.log(
      values.json ? JSON.stringify({ rounds, node: process.version, rows: rows.map(withRatios) }) : table(rows),
    );
  } finally {
    await aws.stop();
    await rm(folder, { recursive: true });
  }
}

/** Fresh bundles in a folder of their own: what lies in `dist` may be old, or in use. */
async function buildAll(folder: string): Promise<void> {
  const names = await lambdaNames();
  await Promise.all([buildBare(folder), ...names.map((name) => buildLambda(name, join(folder, name)))]);
}

async function buildBare(folder: string): Promise<void> {
  const { outputFiles } = await build({
    ...bundleOptions,
    absWorkingDir: join(packagesFolder, 'core'),
    stdin: { contents: BARE_SOURCE, resolveDir: join(packagesFolder, 'core') },
    entryNames: 'index',
  });
  for (const { path, contents } of outputFiles) {
    const file = join(folder, 'bare/code', basename(path));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents);
  }
}

/** Round by round, so that a slow moment of the machine falls on everyone. */
async function measureAll(all: [Subject, ...Subject[]], folder: string, rounds: number): Promise<[Row, ...Row[]]> {
  const samples = new Map(all.map(({ name }) => [name, [] as ColdStart[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const subject of all) {
      const sample = await measureColdStart(subject, join(folder, subject.name, 'code/index.mjs'));
      // The first round only brings the files into the machine's cache.
      if (round > 0) samples.get(subject.name)?.push(sample);
    }
  }
  const row = ({ name }: Subject): Row => {
    const own = samples.get(name) ?? [];
    return {
      name,
      initMs: median(own.map(({ initMs }) => initMs)),
      firstMs: median(own.map(({ firstMs }) => firstMs)),
      totalMs: median(own.map(({ initMs, firstMs }) => initMs + firstMs)),
    };
  };
  const [bare, ...functions] = all;
  return [row(bare), ...functions.map(row)];
}

function withRatios(row: Row, _index: number, [bare]: Row[]) {
  const ratio = (key: keyof ColdStart | 'totalMs') => (bare ? row[key] / bare[key] : Number.NaN);
  return { ...row, initRatio: ratio('initMs'), firstRatio: ratio('firstMs'), totalRatio: ratio('totalMs') };
}

function table(rows: [Row, ...Row[]]): string {
  const ms = (value: number) => value.toFixed(1);
  const times = (value: number) => `${value.toFixed(2)}x`;
  return formatTable([
    ['function', 'init ms', 'first ms', 'both ms', 'init', 'first', 'both'],
    ...rows
      .map(withRatios)
      .map(({ name, initMs, firstMs, totalMs, initRatio, firstRatio, totalRatio }) => [
        name,
        ...[initMs, firstMs, totalMs].map(ms),
        ...[initRatio, firstRatio, totalRatio].map(times),
      ]),
  ]);
}

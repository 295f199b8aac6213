/**
 * Cold starts: `npm run bench -- cold-start [--rounds 11] [--json]`. For every function, and for a bundle that makes
 * one SDK call and nothing else, how long the import and the first call take in a fresh process: medians, and ratios
 * to the bare bundle. Times depend on the machine; ratios less so.
 *
 * The bare bundle comes twice: `bare` is built exactly as the functions are, `plain` without what `scripts/build.ts` does
 * about Node.js's own modules. The aim is 1.3 or less for init and first call together.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import { buildLambda, bundleOptions } from '../build.ts';
import { lambdaNames } from '../lambdas.ts';
import { startFakeAws } from './cold-start/fake-aws.ts';
import { type ColdStart, measureColdStart } from './cold-start/measure.ts';
import { BARE_SOURCE, type Subject, subjects } from './cold-start/subjects.ts';
import { median } from './statistics.ts';
import { formatTable } from './table.ts';

const DEFAULT_ROUNDS = 11;
/** Has the SDK among its dependencies. */
const core = resolve(import.meta.dirname, '../../packages/core');

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
  await Promise.all([
    buildBare(join(folder, 'bare'), bundleOptions),
    buildBare(join(folder, 'plain'), { ...bundleOptions, plugins: [] }),
    ...lambdaNames().map((name) => buildLambda(name, join(folder, name))),
  ]);
}

async function buildBare(folder: string, options: BuildOptions & { write: false }): Promise<void> {
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: core,
    stdin: { contents: BARE_SOURCE, resolveDir: core },
    entryNames: 'index',
  });
  for (const { path, contents } of outputFiles) {
    const file = join(folder, 'code', basename(path));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents);
  }
}

/** Round by round, so that a slow moment of the machine falls on everyone. */
async function measureAll(all: readonly Subject[], folder: string, rounds: number): Promise<Row[]> {
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
  return all.map(row);
}

/** A row with what it is of the bare bundle's, and of the plain one's. */
function withRatios(row: Row, _index: number, rows: readonly Row[]) {
  const ratio = (key: 'initMs' | 'firstMs' | 'totalMs', to: string) =>
    row[key] / (rows.find(({ name }) => name === to)?.[key] ?? Number.NaN);
  return {
    ...row,
    initRatio: ratio('initMs', 'bare'),
    firstRatio: ratio('firstMs', 'bare'),
    totalRatio: ratio('totalMs', 'bare'),
    totalRatioToPlain: ratio('totalMs', 'plain'),
  };
}

function table(rows: readonly Row[]): string {
  const ms = (value: number) => value.toFixed(1);
  const times = (value: number) => `${value.toFixed(2)}x`;
  return formatTable([
    ['', 'init ms', 'first ms', 'both ms', 'init/bare', 'first/bare', 'both/bare', 'both/plain'],
    ...rows
      .map(withRatios)
      .map((row) => [
        row.name,
        ...[row.initMs, row.firstMs, row.totalMs].map(ms),
        ...[row.initRatio, row.firstRatio, row.totalRatio, row.totalRatioToPlain].map(times),
      ]),
  ]);
}

/**
 * The embedded DynamoDB: `npm run bench -- dynamodb [--rounds 5] [--requests 2000] [--json]`. CPU time of the server for
 * one operation, over HTTP, beside dynalite, which the runtime used before and which is installed for this alone, into a
 * folder that is deleted again. A third server does nothing
 * but HTTP. All are processes of their own, and so is the client; rounds alternate between them.
 * Times depend on the machine; ratios less so. The aim is a third of dynalite's at most, over all operations that it has.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createTable, fill, ITEMS, type Measured, measured } from './dynamodb/operations.ts';
import { Subject } from './dynamodb/subject.ts';
import { median } from './statistics.ts';
import { formatTable } from './table.ts';

const DYNALITE = 'dynalite@4.0.0';
/** Requests in flight at a time. */
const IN_FLIGHT = 8;

interface Row {
  readonly title: string;
  readonly ours: number;
  readonly dynalite: number | undefined;
  /** The same requests to a server that does nothing. */
  readonly http: number;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      requests: { type: 'string', default: '2000' },
      json: { type: 'boolean', default: false },
    },
  });
  const [rounds, requests] = [wholeNumber('rounds', values.rounds), wholeNumber('requests', values.requests)];
  const folder = await mkdtemp(join(tmpdir(), 'bench-dynamodb-'));
  const started: Subject[] = [];
  try {
    await installDynalite(folder);
    for (const which of ['ours', folder, 'http']) started.push(await new Subject(which).ready());
    const [ours, dynalite, http] = started as [Subject, Subject, Subject];
    for (const subject of [ours, dynalite]) await prepare(subject);
    const rows: Row[] = [];
    for (const one of measured) rows.push(await measure(one, { ours, dynalite, http }, { rounds, requests }));
    const total = ratioOfAll(rows);
    console.log(
      values.json ? JSON.stringify({ node: process.version, rounds, rows, ratio: total }) : table(rows, total),
    );
  } finally {
    await Promise.all(started.map((subject) => subject.stop()));
    await rm(folder, { recursive: true });
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`--${name} must be a whole number from 1 on, not ${text}`);
  return value;
}

async function installDynalite(folder: string): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  await promisify(execFile)('npm', ['install', '--prefix', folder, ...options, DYNALITE], { cwd: folder });
}

async function prepare(subject: Subject): Promise<void> {
  await subject.call('CreateTable', createTable);
  const describe = JSON.stringify({ TableName: JSON.parse(createTable).TableName });
  while (!(await subject.call('DescribeTable', describe)).includes('"TableStatus":"ACTIVE"'));
  await each(ITEMS, (n) => subject.call('PutItem', fill(n)));
}

/** Alternates between the two, so that a slow moment of the machine falls on both; the first round only warms up. */
async function measure(
  one: Measured,
  { ours, dynalite, http }: { ours: Subject; dynalite: Subject; http: Subject },
  { rounds, requests }: { rounds: number; requests: number },
): Promise<Row> {
  const samples = new Map<Subject, number[]>([
    [http, []],
    [ours, []],
  ]);
  if (!one.oursOnly) samples.set(dynalite, []);
  const count = Math.max(1, Math.round(requests * one.share));
  for (let round = 0; round <= rounds; round++) {
    for (const [subject, found] of samples) {
      const before = await subject.cpuMicroseconds();
      await each(count, async (n) => {
        const answer = await subject.call(one.operation, one.body(n));
        if (subject !== http) one.check?.(answer);
      });
      if (round > 0) found.push(((await subject.cpuMicroseconds()) - before) / count);
    }
  }
  const of = (subject: Subject) => median(samples.get(subject) ?? []);
  return { title: one.title, ours: of(ours), dynalite: one.oursOnly ? undefined : of(dynalite), http: of(http) };
}

async function each(count: number, act: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

/** Of one of each operation that both have. */
function ratioOfAll(rows: readonly Row[]): number {
  const both = rows.filter(({ dynalite }) => dynalite !== undefined);
  const sum = (key: 'ours' | 'dynalite') => both.reduce((total, row) => total + (row[key] ?? 0), 0);
  return sum('ours') / sum('dynalite');
}

function table(rows: readonly Row[], total: number): string {
  const us = (value: number | undefined) => value?.toFixed(0) ?? '';
  const times = (value: number) => `${value.toFixed(2)}x`;
  return formatTable([
    ['server CPU for one, µs', 'HTTP alone', 'ours', 'dynalite', 'ours/dynalite'],
    ...rows.map(({ title, ours, dynalite, http }) => [
      title,
      us(http),
      us(ours),
      us(dynalite),
      dynalite === undefined ? '' : times(ours / dynalite),
    ]),
    ['one of each that both have', '', '', '', times(total)],
  ]);
}

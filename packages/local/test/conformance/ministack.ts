import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { end, freePort, post } from '../dynamodb/differential/dynamodb-local.ts';
import type { Check } from './check.ts';
import { tableChecks } from './table-target.ts';
import { urlVariableOf } from './targets.ts';

const file = join(import.meta.dirname, 'ministack.json');
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');

/** What ministack does with a check. */
export type OtherResult = 'pass' | 'fail';

/** By the check's id; absent: the check cannot be put to it. */
export const readMinistackResults = (): Readonly<Record<string, OtherResult>> => JSON.parse(readFileSync(file, 'utf8'));

export const writeMinistackResults = (results: Readonly<Record<string, OtherResult>>): void =>
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);

/** A ministack of our own, on this machine alone. */
export interface Ministack {
  readonly port: number;
  stop(): Promise<void>;
}

/** @param python of the environment that it is installed in */
export async function startMinistack(python: string): Promise<Ministack> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'conformance-ministack-'));
  // No workers: one process, which can be ended.
  const args = ['-m', 'hypercorn', '--workers', '0', '--bind', `127.0.0.1:${port}`, 'ministack.app:app'];
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    SERVICES: 'dynamodb,dynamodbstreams,events',
    IOT_MTLS_ENABLED: '0',
  };
  const child = spawn(python, args, { cwd: folder, env, stdio: 'ignore' });
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/_ministack/health`).then(
      () => true,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`ministack ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    port,
    async stop() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Puts to it every check of tables that needs no clock of our own, and every check of EventBridge. */
export async function checkMinistack(
  { port }: Ministack,
  checks: readonly Check[],
): Promise<Record<string, OtherResult>> {
  return { ...(await checkTables(port)), ...(await checkEvents(port, checks)) };
}

async function checkTables(port: number): Promise<Record<string, OtherResult>> {
  const agent = new Agent({ keepAlive: true });
  const results: Record<string, OtherResult> = {};
  try {
    for (const { id, dynamoDbLocal, run } of tableChecks) {
      if (dynamoDbLocal === 'cannot') continue;
      const target = {
        call: (operation: string, input: object, api = 'DynamoDB_20120810') =>
          post(agent, port, `${api}.${operation}`, input),
      };
      results[id] = await run(target).then(
        () => 'pass',
        () => 'fail',
      );
    }
  } finally {
    agent.destroy();
  }
  return results;
}

/** The suite itself, in a process of its own: where the events' API is elsewhere, only their checks run. */
async function checkEvents(port: number, checks: readonly Check[]): Promise<Record<string, OtherResult>> {
  const ids = checks.filter(({ api }) => api === 'events').map(({ id }) => id);
  const folder = mkdtempSync(join(tmpdir(), 'conformance-ministack-'));
  const report = join(folder, 'report.json');
  const { CONFORMANCE_REPORT: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    [urlVariableOf('events')]: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'conformance',
    AWS_SECRET_ACCESS_KEY: 'conformance',
  };
  const args = [
    ...[mocha, '--no-parallel', '--reporter', 'json', '--reporter-option', `output=${report}`],
    ...['--grep', `\\[(${ids.join('|')})\\]$`, join(import.meta.dirname, 'conformance.test.ts')],
  ];
  try {
    // Its end says how many failed: that is what it is asked for.
    await promisify(execFile)(process.execPath, args, { env }).catch(() => {});
    const { tests } = JSON.parse(readFileSync(report, 'utf8')) as { tests: { title: string; err: object }[] };
    return Object.fromEntries(
      tests.map(({ title, err }) => [
        /\[([^\]]+)\]$/.exec(title)?.[1] ?? title,
        Object.keys(err).length === 0 ? 'pass' : 'fail',
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

/** Where `npm start` notes how programs of this machine reach the stack that it runs: a file for each process. */
const folder = resolve(import.meta.dirname, '../../../.cache/running');

export interface RunningStack {
  readonly file: string;
  readonly endpoint: string;
  /** The variables of the AWS CLI and SDKs. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Notes that this process runs a stack, in a file that only this user reads, until the process ends. What other processes
 * have left about the same address is out of date: it is this one's now. Best effort: without the note, commands take
 * `--env-file`.
 */
export function noteRunningStack(environment: Readonly<Record<string, string>>): void {
  try {
    writeNote(environment);
  } catch {
    // The folder cannot be written.
  }
}

function writeNote(environment: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const { file, endpoint } of notedStacks()) {
    if (endpoint === environment.AWS_ENDPOINT_URL) rmSync(file, { force: true });
  }
  const file = join(folder, `${process.pid}.env`);
  rmSync(file, { force: true });
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600, flag: 'wx' });
  process.on('exit', () => rmSync(file, { force: true }));
}

/** The stacks of this checkout that answer. Notes of processes that were killed are passed over. */
export async function runningStacks(): Promise<RunningStack[]> {
  const noted = notedStacks();
  const answers = await Promise.all(noted.map(({ endpoint }) => isAnswering(endpoint)));
  return noted.filter((_, index) => answers[index]);
}

function notedStacks(): RunningStack[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.env'));
  } catch {
    return []; // none was ever started
  }
  return names.flatMap((name) => {
    try {
      const file = join(folder, name);
      const environment = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
      return environment.AWS_ENDPOINT_URL ? [{ file, endpoint: environment.AWS_ENDPOINT_URL, environment }] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

const ANSWER_LIMIT_MS = 2000;

/** Any answer will do. */
async function isAnswering(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(endpoint, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingTools, readSkips, SKIPS_FOLDER, type Skip } from '../tools/skips.ts';
import type { Part } from './parts.ts';

export interface PartResult {
  readonly part: Part;
  readonly seconds: number;
  /** All that it printed. */
  readonly output: string;
  readonly passed: number;
  readonly failed: number;
  /** What it did not run for lack of a tool. */
  readonly skips: readonly Skip[];
  /** Why it was ended, if it was. */
  readonly ended?: string;
}

export interface RunPartOptions {
  /** Where the part's output and skips go. */
  readonly folder: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ends the part, with the reason. */
  readonly signal: AbortSignal;
  /** Between the request to end and the end by force. */
  readonly graceMs?: number;
}

/** Runs a part to its end, in a process group of its own, so that it leaves no process behind when it is ended. */
export async function runPart(part: Part, options: RunPartOptions): Promise<PartResult> {
  const { folder, cwd, env, signal, graceMs = 15_000 } = options;
  const name = part.name.replaceAll(/\W+/g, '-');
  const [log, skipsFolder] = [join(folder, `${name}.log`), join(folder, `${name}-skips`)];
  mkdirSync(skipsFolder);
  const startedAtMs = performance.now();
  const seconds = () => (performance.now() - startedAtMs) / 1000;
  if (signal.aborted) return { part, seconds: 0, output: '', passed: 0, failed: 1, skips: [], ended: reasonOf(signal) };

  const file = openSync(log, 'w');
  const child = spawn('bash', ['-c', part.command], {
    cwd,
    env: { ...env, [SKIPS_FOLDER]: skipsFolder },
    stdio: ['ignore', file, file],
    detached: true,
  });
  closeSync(file);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(part.budgetSeconds * 2000)]);
  const end = () => {
    killGroup(child.pid, 'SIGTERM');
    setTimeout(() => killGroup(child.pid, 'SIGKILL'), graceMs).unref();
  };
  limit.addEventListener('abort', end, { once: true });
  if (limit.aborted) end();
  const [code] = await once(child, 'exit');
  limit.removeEventListener('abort', end);
  killGroup(child.pid, 'SIGKILL'); // what it has started and did not wait for

  const output = readFileSync(log, 'utf8');
  const skips = missingTools(readSkips(skipsFolder));
  const ended = !limit.aborted
    ? undefined
    : signal.aborted
      ? reasonOf(signal)
      : `took longer than ${part.budgetSeconds * 2} s, twice its budget`;
  const counts = countOf(part, output, code === 0 && ended === undefined, skips.length > 0);
  return { part, seconds: seconds(), output, skips, ...counts, ...(ended !== undefined && { ended }) };
}

function countOf(part: Part, output: string, succeeded: boolean, skipped: boolean) {
  if (part.counts === 'mocha') {
    const failing = mochaCount(output, 'failing');
    // Without a count, something broke before the first test or after the last.
    return { passed: mochaCount(output, 'passing'), failed: succeeded ? failing : Math.max(1, failing) };
  }
  if (!succeeded) return { passed: 0, failed: part.optional ? 0 : 1 };
  return { passed: skipped || part.optional ? 0 : 1, failed: 0 };
}

/** Returns the number that mocha prints before a word, 0 if it prints none. */
function mochaCount(output: string, word: 'passing' | 'failing'): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's colours start with one
  const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, '');
  return Number([...plain.matchAll(new RegExp(`^ *(\\d+) ${word}\\b`, 'gm'))].at(-1)?.[1] ?? 0);
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // it is over already
  }
}

const reasonOf = (signal: AbortSignal): string =>
  signal.reason instanceof Error ? signal.reason.message : String(signal.reason);

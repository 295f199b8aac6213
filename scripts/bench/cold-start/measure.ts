import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Subject } from './subjects.ts';

export interface ColdStart {
  /** milliseconds that importing the bundle takes, the construction of its clients included */
  readonly initMs: number;
  /** milliseconds from the first event to its result */
  readonly firstMs: number;
}

const probe = join(import.meta.dirname, 'probe.mjs');

/**
 * One cold start in a process of its own, with nothing in the environment but the function's variables.
 * @throws {Error} the function failed, or refused the event
 */
export async function measureColdStart(
  { name, environment, event, isUsual }: Subject,
  bundle: string,
): Promise<ColdStart> {
  const child = spawn(process.execPath, [probe, bundle, JSON.stringify(event)], {
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [log, errors, report] = await Promise.all([
    read(child, 1),
    read(child, 2),
    read(child, 3),
    once(child, 'close'),
  ]);
  if (report === '') throw new Error(`${name} failed: ${errors || log}`);
  const { initMs, firstMs, result } = JSON.parse(report);
  if (!isUsual(result)) throw new Error(`${name} did not go its usual way: ${JSON.stringify(result)}\n${log}`);
  return { initMs, firstMs };
}

const read = (child: ChildProcess, descriptor: number) => text(child.stdio[descriptor] as Readable);

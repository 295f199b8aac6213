import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PermissionRef } from './evaluate.ts';

/** One line of a usage file. */
export type UsageRecord = { readonly stack: string; readonly count: number } & Usage;

/** What was used, or refused. */
export type Usage =
  | ({ readonly kind: 'role'; readonly role: string } & PermissionRef)
  /** An `aws_lambda_permission`: its index among those of the function. */
  | { readonly kind: 'invoke'; readonly functionName: string; readonly permission: number }
  | {
      readonly kind: 'denied';
      /** The role's or the invoking service's name. */
      readonly who: string;
      readonly action: string;
      readonly resource: string;
    };

/** Counts in memory what was used, and writes it in the end. */
export interface UsageRecorder {
  add(usage: Usage): void;
  /** Appends to this process's file. May be called twice: each time what is new. */
  write(): Promise<void>;
}

/** What tells a synthesized stack from a modified copy of it: the hash of the file, 64 hexadecimal digits. */
export async function fingerprintOf(stackFile: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(stackFile))
    .digest('hex');
}

/** Recording is for test suites, so a variable of their environment asks for it: it reaches child processes too. */
export async function usageRecorderFor(stackFile: string): Promise<UsageRecorder | undefined> {
  const folder = process.env.IAM_USAGE_FOLDER;
  return folder ? createUsageRecorder(folder, await fingerprintOf(stackFile)) : undefined;
}

/**
 * Records which permissions of a stack are used, for a report over many runs (see `scripts/iam-report.ts`).
 * @param folder gets one file of JSON lines per process; made if it is not there
 * @param fingerprint of the stack, see {@link fingerprintOf}: the report compares only what is about the same file
 */
export function createUsageRecorder(folder: string, fingerprint: string): UsageRecorder {
  const counts = new Map<string, number>();
  return {
    add(usage) {
      const key = JSON.stringify(usage);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    async write() {
      const lines = [...counts].map(([key, count]) =>
        JSON.stringify({ stack: fingerprint, count, ...(JSON.parse(key) as Usage) } satisfies UsageRecord),
      );
      counts.clear();
      if (lines.length === 0) return;
      await mkdir(folder, { recursive: true });
      await appendFile(join(folder, `${process.pid}.jsonl`), `${lines.join('\n')}\n`);
    },
  };
}

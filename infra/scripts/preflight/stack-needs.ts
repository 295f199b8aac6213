import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { EnvironmentName } from '../../src/environments.ts';
import { functionNames } from '../../src/functions.ts';
import { synthesize } from '../../src/synthesize.ts';

/** How many resources of each kind a stack makes at most, by Terraform's type. */
export type StackNeeds = (type: string) => number;

/** Counts them in the stack itself, which it writes to a temporary folder with empty bundles. */
export function countResources(environment: EnvironmentName): StackNeeds {
  const folder = mkdtempSync(join(tmpdir(), 'sessions-preflight-'));
  try {
    const functionsFolder = join(folder, 'functions');
    for (const name of functionNames) {
      const bundle = join(functionsFolder, name, 'dist', 'function.zip');
      mkdirSync(dirname(bundle), { recursive: true });
      writeFileSync(bundle, '');
    }
    const [stack] = synthesize({ environments: [environment], outdir: join(folder, 'out'), functionsFolder });
    if (!stack) throw new Error(`${environment} was not synthesized`);
    const { resource } = JSON.parse(readFileSync(stack.file, 'utf8')) as { resource: Record<string, object> };
    return (type) => Object.keys(resource[type] ?? {}).length;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

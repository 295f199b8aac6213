import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { functionsFolder } from '../../../scripts/lambdas.ts';
import { type EnvironmentName, type SynthesizedStack, synthesize } from '../../src/index.ts';
import { lambdas } from '../support.ts';

/** The built bundles, as a test may change them. */
export interface Bundles {
  /** Writes an environment's stack on the bundles as they are now. */
  synthesize(environment: EnvironmentName, isProtected?: boolean): SynthesizedStack;
  /** Puts another file into a function's bundle. */
  change(functionName: string): void;
  remove(): void;
}

/** @throws {Error} a bundle has not been built */
export function copyBundles(): Bundles {
  const folder = mkdtempSync(join(tmpdir(), 'sessions-deploy-'));
  const zipOf = (name: string) => join(folder, 'functions', name, 'dist', 'function.zip');
  for (const name of lambdas) {
    mkdirSync(dirname(zipOf(name)), { recursive: true });
    cpSync(join(functionsFolder, name, 'dist', 'function.zip'), zipOf(name));
  }
  let syntheses = 0;
  return {
    synthesize: (environment, isProtected) => {
      syntheses += 1;
      const outdir = join(folder, `out-${syntheses}`);
      const [stack] = synthesize({
        environments: [environment],
        outdir,
        functionsFolder: join(folder, 'functions'),
        ...(isProtected !== undefined && { protections: { [environment]: isProtected } }),
      });
      if (!stack) throw new Error(`${environment} was not synthesized`);
      return stack;
    },
    change: (functionName) => {
      const file = zipOf(functionName);
      writeFileSync(file, zipSync({ ...unzipSync(readFileSync(file)), 'note.txt': strToU8('changed') }));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

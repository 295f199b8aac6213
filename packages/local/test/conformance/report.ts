/** Runs the suite and writes `docs/conformance.md` from it. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pageFile } from './matrix.ts';

const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
const { status } = spawnSync(
  process.execPath,
  [
    mocha,
    '--no-parallel',
    '--no-config',
    '--timeout',
    '30000',
    '--spec',
    join(import.meta.dirname, 'conformance.test.ts'),
  ],
  { stdio: 'inherit', env: { ...process.env, CONFORMANCE_REPORT: pageFile } },
);
process.exitCode = status ?? 1;

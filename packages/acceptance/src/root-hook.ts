import { relative, resolve } from 'node:path';
import { recordFileTime } from '../../../scripts/tools/file-times.ts';
import { findLeaks } from './log-scan.ts';
import { stopForgottenSystems } from './system.ts';

const root = resolve(import.meta.dirname, '../../..');
let startedAtMs = performance.now();

/** Mocha's `this` in a root hook: the suites below it are those of the files that this process runs. */
interface RootContext {
  readonly test?: { readonly parent?: { readonly suites: readonly { readonly file?: string | undefined }[] } };
}

/**
 * Mocha's root hook (see `.mocharc.json`); in a parallel run it is called for each file. When all tests of a process are
 * done, no system may be left running, and no log line may hold a secret. It writes down how long they took.
 */
export const mochaHooks = {
  beforeAll() {
    startedAtMs = performance.now();
  },

  async afterAll(this: RootContext) {
    const file = this.test?.parent?.suites[0]?.file;
    if (file !== undefined) {
      recordFileTime({ file: relative(root, file), seconds: (performance.now() - startedAtMs) / 1000 });
    }
    await stopForgottenSystems();
    const { leaks, lines, secrets } = findLeaks();
    if (secrets > 0 && lines === 0) throw new Error('No log lines were recorded: a scan of nothing proves nothing');
    if (leaks.length === 0) return;
    const shown = leaks.slice(0, 5).map(({ kind, line }) => `${kind}: ${line}`);
    throw new Error(`${leaks.length} log lines hold a secret:\n${shown.join('\n')}`);
  },
};

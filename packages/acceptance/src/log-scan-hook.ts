import { findLeaks } from './log-scan.ts';

/** Mocha's root hook (see `.mocharc.json`): when all tests of a process are done, no log line may hold a secret. */
export const mochaHooks = {
  afterAll() {
    const { leaks, lines, secrets } = findLeaks();
    if (secrets > 0 && lines === 0) throw new Error('No log lines were recorded: a scan of nothing proves nothing');
    if (leaks.length === 0) return;
    const shown = leaks.slice(0, 5).map(({ kind, line }) => `${kind}: ${line}`);
    throw new Error(`${leaks.length} log lines hold a secret:\n${shown.join('\n')}`);
  },
};

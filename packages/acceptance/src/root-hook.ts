import { findLeaks } from './log-scan.ts';
import { stopForgottenSystems } from './system.ts';

/**
 * Mocha's root hook (see `.mocharc.json`). When all tests of a process are done, no system may be left running, and no
 * log line may hold a secret.
 */
export const mochaHooks = {
  async afterAll() {
    await stopForgottenSystems();
    const { leaks, lines, secrets } = findLeaks();
    if (secrets > 0 && lines === 0) throw new Error('No log lines were recorded: a scan of nothing proves nothing');
    if (leaks.length === 0) return;
    const shown = leaks.slice(0, 5).map(({ kind, line }) => `${kind}: ${line}`);
    throw new Error(`${leaks.length} log lines hold a secret:\n${shown.join('\n')}`);
  },
};

import { join, resolve } from 'node:path';
import { buildLambdas } from './build.ts';
import { buildConsole, isConsoleStale } from './build-console.ts';
import { withProcessLock } from './process-lock.mjs';
import { staleLambdas } from './stale-lambdas.ts';

const lockFile = join(resolve(import.meta.dirname, '..'), '.cache/build.lock');

/**
 * Builds the Lambdas and the console where their sources have changed, then runs `use` before another process may build
 * again: what it reads belongs together.
 * @param say one line for the user, when there is something to wait for
 */
export function withFreshBuilds<T>(use: () => Promise<T> | T, say: (line: string) => void): Promise<T> {
  const run = async (): Promise<T> => {
    const [lambdas, isPageStale] = await Promise.all([staleLambdas(), isConsoleStale()]);
    const parts = [...lambdas, ...(isPageStale ? ['console'] : [])];
    if (parts.length > 0) say(`Building ${parts.join(', ')} …`);
    await Promise.all([lambdas.length > 0 && buildLambdas(lambdas), isPageStale && buildConsole()]);
    return use();
  };
  return withProcessLock(lockFile, run, () => say('Waiting for another process that builds …'));
}

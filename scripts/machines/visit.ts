/**
 * Runs `npm start` in the working directory until its page answers, and ends it with a SIGTERM to npm alone, after which
 * nothing of it may be left. Run by `main.ts` as another user, and where there is no network.
 */
import { startServer } from '../commands/await-server.ts';

try {
  const startedAtMs = performance.now();
  const server = await startServer('exec npm start -- --port 0', {
    cwd: process.cwd(),
    env: process.env,
    timeoutMs: 240_000,
  });
  console.log(`ready in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
  await server.stop('program');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

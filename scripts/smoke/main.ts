/**
 * `npm run smoke`: takes a deployed service, or without arguments one that it starts on this machine, through the life
 * of a session; checks every answer, prints how long each took, and ends with 0 if all is well, 1 if something is not,
 * 2 if the command line is wrong. `npm run -s smoke -- --help` lists the options.
 */
import { runSmoke, SmokeError, type SmokeResult, withTemporarySpeaker } from '../../packages/smoke/src/index.ts';
import { help, type Options, parseOptions, UsageError } from './options.ts';
import { resultJson, resultText } from './report.ts';

interface Outcome {
  readonly url: string;
  readonly result: SmokeResult;
}

async function main(args: readonly string[]): Promise<void> {
  const options = await parseOptions(args, process.env);
  if (!options) return console.log(help);
  const stopping = new AbortController();
  // A second one ends it at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const { url, result } = await smoke(options, stopping.signal);
  console.log(options.json ? JSON.stringify(resultJson(url, result), null, 2) : resultText(url, result));
  process.exitCode = result.failures.length === 0 ? 0 : 1;
}

async function smoke({ target, ...rest }: Options, signal: AbortSignal): Promise<Outcome> {
  const run = async (url: string, token: string): Promise<Outcome> => ({
    url,
    result: await runSmoke({ ...rest, url, token, signal }),
  });
  if (target.kind === 'token') return run(target.url, target.token);
  if (target.kind === 'pool') return withTemporarySpeaker(target.pool, ({ token }) => run(target.url, token));
  // Loading the CDKTF app takes a while: only when it is needed.
  const { startLocalTarget } = await import('./local-target.ts');
  const local = await startLocalTarget();
  try {
    return await run(local.url, local.token);
  } finally {
    await local.stop();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(isUsage || error instanceof SmokeError ? `smoke: ${error.message}` : error);
  process.exitCode = isUsage ? 2 : 1;
}

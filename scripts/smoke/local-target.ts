import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../infra/src/index.ts';
import { type LocalStack, startLocalStack } from '../../packages/local/src/index.ts';
import { buildLambdas } from '../build.ts';
import { staleLambdas } from '../stale-lambdas.ts';

/** A service on this machine, and a speaker of it. */
export interface LocalTarget {
  readonly url: string;
  readonly token: string;
  stop(): Promise<void>;
}

/** Builds what has changed, synthesizes the stack of `dev` and runs it, as `npm start` does, on any free port. */
export async function startLocalTarget(): Promise<LocalTarget> {
  const stale = await staleLambdas();
  if (stale.length > 0) await buildLambdas(stale);
  // Of its own: others may be reading the usual folder.
  const outdir = await mkdtemp(join(tmpdir(), 'sessions-smoke-'));
  const [synthesized] = synthesize({ environments: ['dev'], outdir });
  if (!synthesized) throw new Error('No stack was written for dev');
  const stack: LocalStack = await startLocalStack({ stackFile: synthesized.file });
  return {
    url: stack.webSocketUrl,
    token: await stack.tokens.issueToken({ username: 'smoke' }),
    stop: async () => {
      await stack.stop();
      await rm(outdir, { recursive: true, force: true });
    },
  };
}

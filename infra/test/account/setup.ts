import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Terraform } from '../../../scripts/terraform.ts';

const command = resolve(import.meta.dirname, '../../scripts/account-setup/main.ts');

export interface SetupRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npm run account:setup` as an administrator does, against an AWS of a test. */
export async function runSetup(
  args: readonly string[],
  { terraform, url }: { terraform?: Terraform; url: string },
): Promise<SetupRun> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|TF_)/.test(name)));
  const child = spawn(process.execPath, [command, ...args], {
    env: {
      ...env,
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
      ...(terraform && { TF_CLI_ARGS_init: terraform.initArguments.join(' ') }),
      TF_CLI_ARGS: '-no-color',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [code, stdout, stderr] = await Promise.all([
    new Promise<number>((done) => child.once('exit', (exitCode) => done(exitCode ?? 1))),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}

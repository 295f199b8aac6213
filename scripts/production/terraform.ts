import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const environment = (): NodeJS.ProcessEnv => ({ CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', ...process.env });
const NOT_FOUND = 'terraform is not on the PATH: install Terraform 1.11 or later';

/** Terraform failed. What it said is on stderr already. */
export class TerraformError extends Error {
  override readonly name = 'TerraformError';
  /** What it complained about. */
  readonly complaint: string;

  constructor(command: string, complaint: string) {
    super(`terraform ${command} failed; what it said is above`);
    this.complaint = complaint;
  }
}

/**
 * Runs Terraform in a folder. What it prints goes to stderr: stdout is for the result.
 * @returns its exit code: 0, or with `-detailed-exitcode` 2
 * @throws {TerraformError}
 */
export async function terraform(cwd: string, ...args: string[]): Promise<number> {
  const child = spawn('terraform', args, { cwd, env: environment(), stdio: ['ignore', process.stderr, 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
    process.stderr.write(text);
  });
  // Ctrl-C reaches Terraform by itself; it then ends in good order, and this waits for it.
  const ignore = () => {};
  const stop = () => child.kill('SIGTERM');
  process.on('SIGINT', ignore).on('SIGTERM', stop);
  try {
    const code = await new Promise<number>((done, fail) => {
      child.once('error', () => fail(new Error(NOT_FOUND)));
      child.once('close', (exitCode) => done(exitCode ?? 1));
    });
    if (code !== 0 && code !== 2) throw new TerraformError(args[0] ?? '', complaint);
    return code;
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', stop);
  }
}

/** Runs Terraform in a folder. @returns what it printed, as JSON says it */
export async function terraformJson(cwd: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)('terraform', args, {
    cwd,
    env: environment(),
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}

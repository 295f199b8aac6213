import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const environment = { CHECKPOINT_DISABLE: '1', ...process.env };

/** Runs Terraform in this terminal. @throws {Error} it failed; what it said is above */
export async function terraform(cwd: string, ...args: readonly string[]): Promise<void> {
  const child = spawn('terraform', args, { cwd, stdio: 'inherit', env: environment });
  // Ctrl-C reaches Terraform by itself; it ends in good order, and this waits for it.
  const wait = () => {};
  process.on('SIGINT', wait);
  const code = await new Promise<number>((done, fail) => {
    child.once('error', fail);
    child.once('exit', (exitCode) => done(exitCode ?? 1));
  }).finally(() => process.off('SIGINT', wait));
  if (code !== 0) throw new Error(`terraform ${args[0]} failed; what it said is above`);
}

/** The outputs of the applied stack. */
export async function readOutputs(cwd: string): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await promisify(execFile)('terraform', ['output', '-json'], { cwd, env: environment });
  const outputs = JSON.parse(stdout) as Record<string, { value: string }>;
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}

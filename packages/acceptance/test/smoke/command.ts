import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

const main = resolve(import.meta.dirname, '../../../../scripts/smoke/main.ts');

/** Below mocha's own: what hangs shows as itself. */
const LIMIT_MS = 25_000;

export interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a shell would, with these variables and no settings of AWS. */
export function smoke(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_') && name !== 'SMOKE_TOKEN');
  return new Promise((done) => {
    const options = { env: { ...Object.fromEntries(own), ...env }, timeout: LIMIT_MS };
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) =>
      done({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
    );
  });
}

/** The lines that say what was wrong, without their beginning. */
export const failuresOf = ({ stdout }: Ended): string[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('smoke: FAILED '))
    .map((line) => line.slice('smoke: FAILED '.length));

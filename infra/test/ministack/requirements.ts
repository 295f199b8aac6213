import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { findTerraform, type Terraform } from '../../../scripts/terraform.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../..');

export interface Requirements {
  readonly terraform: Terraform;
}

/** Where `.ci/install-ministack` puts Python with ministack, and `.ci/install-moto` Python with websockets. */
export const ministackPython = resolve(root, '.venv-ministack/bin/python');
export const clientPython = resolve(root, '.venv/bin/python');

/** What gives a command a network, hosts file and processes of its own, which end with it. */
export const unshareArguments = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;

/** Finds what this test needs. @returns as text, what is missing and how to get it */
export async function findRequirements(): Promise<Requirements | string> {
  if (process.platform !== 'linux') return `it needs Linux and its namespaces, and this is ${process.platform}`;
  const canUnshare = await succeeds('unshare', [...unshareArguments, 'ip', 'link', 'set', 'lo', 'up']);
  if (!canUnshare) return 'it needs root, `unshare` (util-linux) and `ip` (iproute2): run it as root';
  if (!existsSync(ministackPython)) return 'ministack is not installed: run `bash .ci/install-ministack`';
  if (!(await succeeds(clientPython, ['-c', 'import websockets.asyncio.client']))) {
    return 'the Python client needs websockets: run `bash .ci/install-moto`';
  }
  const terraform = await findTerraform();
  return typeof terraform === 'string' ? terraform : { terraform };
}

const succeeds = (command: string, args: readonly string[]): Promise<boolean> =>
  run(command, [...args]).then(
    () => true,
    () => false,
  );

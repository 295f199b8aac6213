import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { NotHere, type OptionalTool } from './need-tools.ts';

/** Runs a command that may mount what no other process sees: put these words before it. */
export const mountNamespace: OptionalTool<readonly string[]> = {
  name: 'unshare --mount',
  remedy: 'run as root on Linux',
  find: async () => {
    const words = ['unshare', '--mount', '--'] as const;
    const [file, ...args] = words;
    return promisify(execFile)(file, [...args, 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt']).then(
      () => words,
      () => new NotHere(),
    );
  },
};

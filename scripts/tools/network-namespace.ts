import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { NotHere, type OptionalTool } from './need-tools.ts';

/** Runs a command without any network: put these words before it. */
export const networkNamespace: OptionalTool<readonly string[]> = {
  name: 'unshare --net',
  remedy: 'run as root on Linux',
  find: async () => {
    const words = ['unshare', '--net', '--'] as const;
    const [file, ...args] = words;
    return promisify(execFile)(file, [...args, 'true']).then(
      () => words,
      () => new NotHere(),
    );
  },
};

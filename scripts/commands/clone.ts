import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Clones the checkout into a folder that is not there yet, with what is changed and not committed. */
export function cloneCheckout(root: string, folder: string): void {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  git('clone', '--quiet', '--no-hardlinks', root, folder);
  const changed = git('ls-files', '-z', '--modified', '--deleted', '--others', '--exclude-standard');
  const staged = git('diff', '-z', '--name-only', '--cached');
  for (const file of new Set(`${changed}${staged}`.split('\0').filter(Boolean))) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(folder, file), { recursive: true });
    else rmSync(join(folder, file), { force: true });
  }
}

/** Returns this process's environment as a user has it: without what npm and a project's Node.js put before the PATH. */
export function userEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_(registry|cafile))|INIT_CWD$|NODE$|SKIPS_FOLDER$|TEST_|IAM_USAGE)/.test(name),
  );
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !/node_modules|node-gyp/.test(folder));
  return { ...Object.fromEntries(entries), PATH: folders.join(delimiter) };
}

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { NotHere, type OptionalTool } from './need-tools.ts';

const root = resolve(import.meta.dirname, '../..');
const wanted = await readFile(join(root, '.ci/requirements-ministack.txt'), 'utf8');
const [, version = ''] = /^ministack\S*?==(\S+)/m.exec(wanted) ?? [];

/** ministack, which `.ci/install-ministack` installs, in the version that its requirements name. */
export const ministack: OptionalTool<{ readonly python: string; readonly version: string }> = {
  name: `ministack ${version}`,
  remedy: 'bash .ci/install-ministack',
  find: async () => {
    const folder = join(root, '.venv-ministack');
    const python = join(folder, 'bin/python');
    if (!existsSync(python)) return new NotHere();
    const installed = await readFile(join(folder, 'requirements.txt'), 'utf8').catch(() => '');
    return installed === wanted ? { python, version } : new NotHere('another version in .venv-ministack');
  },
};

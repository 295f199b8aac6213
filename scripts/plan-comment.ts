/**
 * What a change does to the infrastructure, as Markdown for a pull request: `npm run -s plan:comment -- <commit>` compares
 * the plans' summaries in `infra/test/snapshots`, which `npm run terraform` holds to what Terraform really
 * plans, with those of the commit that the change starts from.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { environmentNames, stackNameOf } from '../infra/src/environments.ts';

const root = resolve(import.meta.dirname, '..');
/** A comment may have 65,536 characters. */
const MOST_SHOWN = 15_000;

/** @param difference as `git diff` prints it; empty: nothing changes @param summary of the plan; its first line is its size */
export function describePlan(summary: string, difference: string): string {
  const [size = ''] = summary.split('\n');
  const lines = difference.split('\n').filter((line) => /^[-+@ ]/.test(line) && !/^(---|\+\+\+) /.test(line));
  if (lines.length === 0) return `**${size}**: nothing changes\n`;
  const shown = lines.join('\n').slice(0, MOST_SHOWN);
  const rest = shown.length === MOST_SHOWN ? '\n… and more: see the files in infra/test/snapshots' : '';
  // A fence that no line of a plan can close.
  return `<details><summary><b>${size}</b>: changes</summary>\n\n~~~~~~diff\n${shown}${rest}\n~~~~~~\n\n</details>\n`;
}

async function main(base: string | undefined): Promise<void> {
  if (!base || base.startsWith('-')) throw new Error('name the commit that the change starts from, such as HEAD^1');
  const parts = await Promise.all(
    environmentNames.map(async (environment) => {
      const file = join('infra/test/snapshots', `${stackNameOf(environment)}.txt`);
      const args = ['diff', '--no-ext-diff', '--no-color', '--unified=2', base, '--', file];
      const { stdout } = await promisify(execFile)('git', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
      return describePlan(await readFile(join(root, file), 'utf8'), stdout);
    }),
  );
  console.log(
    ['### Terraform plan', '', 'Of an empty account, compared with that of the base branch.', '', ...parts].join('\n'),
  );
}

if (process.argv[1] === import.meta.filename) {
  await main(process.argv[2]).catch((error: Error) => {
    console.error(`plan: ${error.message}`);
    process.exitCode = 1;
  });
}

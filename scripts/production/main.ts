/**
 * Plans what a deployment changes in production, and applies that plan and nothing else:
 *
 *     npm run -s plan:prod -- --plan <file> [--no-build] [--allow-replace <address>,…] [--result <file>]
 *     npm run -s apply:prod -- --plan <file> [--outputs-file <file>]
 *
 * `plan` prints as Markdown what would change, and writes the plan with the stack and the bundles, encrypted with
 * PLAN_KEY. `--no-build` takes the bundles in place as they are; `--result` appends `changes=true` or `changes=false`
 * to a file. It refuses to delete or replace an API, a table or a user pool that `--allow-replace` does not name.
 *
 * `apply` is refused when the state has moved since. `--outputs-file` gets the stack's outputs, in the form of
 * `cdktf deploy --outputs-file`.
 *
 * Settings, state and credentials are found as `npm run deploy:prod` finds them; `plan` needs credentials that may read.
 */
import { appendFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { environmentNames } from '../../infra/src/environments.ts';
import { buildLambdas } from '../build.ts';
import { applyPlan } from './apply.ts';
import { planDeployment } from './plan.ts';
import { readPlanKey } from './seal.ts';

const options = {
  plan: { type: 'string' },
  'no-build': { type: 'boolean', default: false },
  'allow-replace': { type: 'string', default: '' },
  result: { type: 'string' },
  'outputs-file': { type: 'string' },
} as const;

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [command, name] = positionals;
  const environment = environmentNames.find((each) => each === name);
  if (!environment) throw new Error(`name one environment: ${environmentNames.join(', ')}`);
  if (!values.plan) throw new Error('--plan <file> is missing: where the plan is written, or read from');
  const file = resolve(values.plan);
  const key = readPlanKey(process.env.PLAN_KEY);

  if (command === 'plan') {
    if (!values['no-build']) await buildLambdas();
    const allowReplace = values['allow-replace'].split(/[\s,]+/).filter(Boolean);
    const report = (markdown: string) => console.log(markdown);
    const hasChanges = await planDeployment({ environment, key, file, allowReplace, report });
    if (values.result) await appendFile(resolve(values.result), `changes=${hasChanges}\n`);
  } else if (command === 'apply') {
    const outputsFile = values['outputs-file'] && resolve(values['outputs-file']);
    const { commit, plannedAt } = await applyPlan({ environment, key, file, outputsFile });
    console.log(`production: the plan of commit ${commit}, made at ${plannedAt}, is applied`);
  } else throw new Error(`${command} is no command: use plan or apply`);
}

if (process.argv[1] === import.meta.filename) {
  await main(process.argv.slice(2)).catch((error: Error) => {
    console.error(`production: ${error.message}`);
    process.exitCode = 1;
  });
}

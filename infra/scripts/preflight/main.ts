/**
 * `npm run preflight:<environment>`: says what the AWS account allows, what the environment's settings need, and what to
 * raise. The exit code is 0 if the environment can be deployed and can hold one full session, 1 if not or if AWS cannot
 * be asked, 2 if the command line is wrong. What may not be asked is shown as not known, and does not fail.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { environmentNames, stackNameOf } from '../../src/environments.ts';
import { functionNames } from '../../src/functions.ts';
import { askAccount } from './account.ts';
import { check } from './checks.ts';
import { renderReport } from './report.ts';
import { readSettings } from './settings.ts';
import { countResources } from './stack-needs.ts';

async function main(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    // Where the files with variables are; for tests, and for a clone that keeps them elsewhere.
    options: { folder: { type: 'string' } },
    allowPositionals: true,
  });
  const environment = environmentNames.find((name) => name === positionals[0]);
  if (environment === undefined || positionals.length > 1) {
    console.error(
      `preflight: ${positionals.join(' ') || 'nothing'} is no environment: use ${environmentNames.join(', ')}`,
    );
    return 2;
  }
  const folder = resolve(values.folder ?? resolve(import.meta.dirname, '..', '..', '..'));
  const settings = await readSettings(environment, { folder, env: process.env });
  const region = String(settings.aws_region);
  const account = await askAccount({
    region,
    functionNames: functionNames.map((name) => `${stackNameOf(environment)}-${name}`),
    kmsKeyArn: String(settings.kms_key_arn),
    eventBusName: String(settings.event_bus_name),
  });
  const checks = check(account, settings, countResources(environment), region);
  console.log(`${stackNameOf(environment)} in account ${account.id}, ${region}, as ${account.caller}\n`);
  console.log(renderReport(account, checks, Number(settings.heartbeat_interval_seconds)));
  return checks.some(({ verdict }) => verdict === 'missing') ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`preflight: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { readFaultPlan } from '../../src/index.ts';
import { removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');

/** What a run that cannot start says. */
async function complaintOf(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [cli, '--port', '0', '--stack', 'none.json', ...args]);
  const [complaint] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return complaint;
}

describe('The command line of faults and time', () => {
  after(removeTemporaryFolders);

  it('names the place in the file of a fault plan that is not understood', async () => {
    const file = join(temporaryFolder(), 'plan.json');
    writeFileSync(file, '{"rules": [{"call": {"service": "dynamo"}, "do": "throttle"}]}');

    expect(await complaintOf('--faults', file)).to.equal(
      `${file}: rules[0].call.service must be one of dynamodb, lambda, execute-api, cognito-idp, sqs, events, ssm, not "dynamo"\n`,
    );
  });

  it('refuses time that stands still or flies', async () => {
    expect(await complaintOf('--time-scale', '0')).to.equal('--time-scale must be above 0 and at most 3600, not "0"\n');
    expect(await complaintOf('--time-scale', 'fast')).to.contain('not "fast"');
  });

  it('understands the example of the documentation', async () => {
    const { rules } = await readFaultPlan(join(import.meta.dirname, '../../../../docs/faults.example.json'));

    expect(rules.map(({ name }) => name)).to.deep.equal([
      'hot session',
      'lost answer',
      'crash',
      'slow network',
      'slow phone',
      'silent end',
      'late index',
      'busy item',
      'overtaken',
      'late changes',
      'repeated batch',
    ]);
  });
});

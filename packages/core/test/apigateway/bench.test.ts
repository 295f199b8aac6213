import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../../scripts/tools/need-tools.ts';

const main = join(resolve(import.meta.dirname, '../../../..'), 'scripts/bench/main.ts');

describe('The benchmark of the fan-out', function () {
  this.timeout(60_000);
  before(function () {
    leaveOutWhenFast(this, 'the benchmark of the fan-out');
  });

  it("finds that a post takes less CPU than with the SDK's client, by a good deal", async () => {
    const args = ['fan-out', '--json', '--rounds', '3', '--posts', '500'];
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], { timeout: 55_000 });
    const { rows } = JSON.parse(stdout) as { rows: { over: string; bytes: number; ratio: number }[] };

    expect(rows.map(({ over, bytes }) => [over, bytes])).to.deep.equal([
      ['http', 300],
      ['http', 14_500],
      ['https', 300],
      ['https', 14_500],
    ]);
    // CPU time, not the clock's; about 0.3 when it is measured at length.
    for (const { ratio } of rows) expect(ratio).to.be.above(0).and.below(0.6);
  });
});

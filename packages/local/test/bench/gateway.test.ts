import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../../scripts/tools/need-tools.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../../..');
const main = join(root, 'scripts/bench/main.ts');
/** `npm test` synthesizes it first. */
const stack = join(root, 'infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');

/** Less than the test's own: what it started ends with it. */
const LIMIT_MS = 55_000;

async function measured(...args: string[]) {
  const tiny = [
    '--json',
    '--rounds',
    '1',
    '--warm-up',
    '0',
    '--connects',
    '4',
    '--round-trips',
    '8',
    '--seconds',
    '20',
    '--stack',
    stack,
  ];
  const { stdout } = await run(process.execPath, [main, 'gateway', ...tiny, ...args], { timeout: LIMIT_MS });
  return JSON.parse(stdout);
}

describe('The benchmark of the gateway', function () {
  // It starts seven processes, one after the other.
  this.timeout(60_000);
  before(function () {
    leaveOutWhenFast(this, 'the benchmark of the gateway');
  });

  it('measures our heartbeat and a bare echo beside a raw server', async () => {
    const { results } = await measured('--idle', '');

    expect(results.map(({ name }: { name: string }) => name)).to.deep.equal(['raw', 'echo', 'heartbeat']);
    for (const { connects, roundTrips, ratios } of results) {
      expect(connects.count).to.equal(4);
      expect(roundTrips).to.have.keys('1', '64');
      expect(roundTrips['1'].count).to.equal(8);
      expect(ratios).to.have.keys('connectsPerSecond', 'roundTripsPerSecond', 'rssBytes');
    }
    expect(results[0].ratios.connectsPerSecond).to.equal(1);
  });

  it('measures the memory of idle connections', async () => {
    const { notes, results } = await measured('--idle', '8,16', '--only', 'raw');

    expect(notes).to.deep.equal([]);
    expect(results[0].memory.map(({ connections }: { connections: number }) => connections)).to.deep.equal([8, 16]);
  });

  it('says which option is wrong', async () => {
    const error = await run(process.execPath, [main, 'gateway', '--rounds', 'many']).then(
      () => '',
      ({ stderr }: { stderr: string }) => stderr,
    );

    expect(error).to.contain('--rounds must be a number above 0, not many');
  });
});

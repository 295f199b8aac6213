import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { leaveForTheNight, leaveOutWhenFast } from '../../../../scripts/tools/need-tools.ts';

const main = resolve(import.meta.dirname, '../../../../scripts/bench/main.ts');

interface Recovery {
  readonly published: number;
  readonly delivered: number;
  readonly doubled: number;
  readonly lost: number;
  readonly failed: number;
  readonly returns: number;
}

/** Runs the benchmark. @returns what it has measured, by part */
async function bench<T>(timeoutMs: number, ...args: string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'publish', '--json', ...args], {
    timeout: timeoutMs,
  });
  const { results } = JSON.parse(stdout) as { results: object[] };
  return Object.assign({}, ...results) as T;
}

describe('The benchmark of publishing', function () {
  this.timeout(120_000);

  it('finds one read and two writes for a message, besides the page of listeners, and each listener posted to once', async function () {
    leaveOutWhenFast(this, 'the benchmark of publishing');
    const { fanOut } = await bench<{ fanOut: { posts: number; calls: object }[] }>(
      110_000,
      ...['--part', 'fan-out', '--listeners', '40', '--rounds', '1'],
    );
    expect(fanOut.map(({ posts }) => posts)).to.deep.equal([40]);
    expect(fanOut[0]?.calls).to.deep.equal({
      'publisher BatchGetItem': 1,
      'publisher PutItem': 2,
      'publisher Invoke': 1,
      'deliverer Query': 1,
    });
  });

  it('finds that listeners whose lines are cut miss nothing and hear nothing twice', async function () {
    leaveOutWhenFast(this, 'lines that are cut');
    const { recovery } = await bench<{ recovery: Recovery }>(
      110_000,
      ...['--part', 'recovery', '--clients', '10', '--seconds', '8'],
    );
    expect(recovery).to.include({ published: 16, delivered: 1, doubled: 0, lost: 0, failed: 0 });
    expect(recovery.returns).to.be.at.least(1);
  });

  it('finds that of 500 of them, in two minutes', async function () {
    leaveForTheNight(this, 'two minutes of lines that are cut');
    this.timeout(900_000);
    const { recovery } = await bench<{ recovery: Recovery }>(
      890_000,
      ...['--part', 'recovery', '--clients', '500', '--per-second', '4'],
    );
    expect(recovery).to.include({ published: 480, delivered: 1, doubled: 0, lost: 0, failed: 0 });
  });
});

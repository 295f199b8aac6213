import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { BUDGET_SECONDS, LIMIT_SECONDS, lanes, type Part } from '../../../../scripts/ci/parts.ts';
import { runLanes } from '../../../../scripts/ci/run-lanes.ts';
import { summarize } from '../../../../scripts/ci/summary.ts';

const part = (name: string, command: string, more: Partial<Part> = {}): Part => ({
  name,
  command,
  budgetSeconds: 60,
  ...more,
});

describe('.ci/run', function () {
  this.timeout(60_000);
  let folder: string;
  let stop: AbortController;
  const printed: string[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sessions-lanes-'));
    stop = new AbortController();
    printed.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (parts: Partial<typeof lanes>, heartbeatMs = 60_000) =>
    runLanes(
      { prepare: [], first: [], second: [], ...parts },
      {
        folder,
        cwd: folder,
        env: process.env,
        signal: stop.signal,
        graceMs: 200,
        heartbeatMs,
        print: (text) => printed.push(text),
      },
    );
  const lastLine = (text: string) => text.split('\n').at(-1);

  it('prepares first, and then runs two lanes side by side', async () => {
    // Each lane waits for the other: one after the other they would never end.
    const meet = (own: string, other: string) =>
      `touch ${own}; until [ -e ${other} ]; do sleep 0.05; done; test -e ready`;

    const results = await run({
      prepare: [part('prepare', 'sleep 0.2; touch ready')],
      first: [part('a', meet('a', 'b'))],
      second: [part('b', meet('b', 'a'))],
    });

    expect(results.map(({ failed }) => failed)).to.deep.equal([0, 0, 0]);
    expect(results[0]?.part.name).to.equal('prepare');
    expect(lastLine(summarize(results, 1, false).text)).to.equal('3 passed, 0 failed');
  });

  it('goes on after a failure, counts it, and prints each output whole', async () => {
    const slowly = (word: string) => `for n in 1 2 3; do echo ${word} $n; sleep 0.1; done`;
    const results = await run({
      first: [part('bad', `${slowly('one')}; exit 3`), part('after', 'echo still here')],
      second: [part('good', slowly('two'))],
    });

    const text = printed.join('\n');
    expect(text).to.include('one 1\none 2\none 3\n--- bad: failed').and.include('two 1\ntwo 2\ntwo 3\n--- good: done');
    expect(text).to.include('still here');
    const summary = summarize(results, 1, false);
    expect(summary.succeeded).to.equal(false);
    expect(lastLine(summary.text)).to.equal('2 passed, 1 failed');
  });

  it("counts mocha's tests, and a run that broke outside of them", async () => {
    const results = await run({
      first: [
        part('all pass', 'printf "  12 passing (3s)\\n"', { counts: 'mocha' }),
        part('some fail', 'printf "  \\033[32m 7 passing\\033[0m\\n  2 failing\\n"; exit 1', { counts: 'mocha' }),
        part('broken', 'printf "  5 passing\\n"; exit 1', { counts: 'mocha' }),
      ],
    });

    expect(results.map(({ passed, failed }) => [passed, failed])).to.deep.equal([
      [12, 0],
      [7, 2],
      [5, 1],
    ]);
  });

  it('ends what takes twice its budget, with all that it started, and says who was over budget', async () => {
    const results = await run({
      first: [part('hangs', 'sleep 300 & echo $! > child; trap "" TERM; wait; wait', { budgetSeconds: 0.2 })],
      second: [part('slow', 'sleep 0.3', { budgetSeconds: 0.25 })],
    });

    expect(results.find(({ part: { name } }) => name === 'hangs')).to.include({
      failed: 1,
      ended: 'took longer than 0.4 s, twice its budget',
    });
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'));
    expect(isRunning(child)).to.equal(false);
    expect(summarize(results, 1, false).text).to.match(/!!! OVER BUDGET: (slow, hangs|hangs, slow)\./);
  });

  it('says what is running while a part is silent', async () => {
    const running = run({ first: [part('silent', 'until [ -e enough ]; do sleep 0.05; done')] }, 50);
    while (!printed.some((text) => /^\.\.\. silent \d+ s of 60$/.test(text))) await new Promise(setImmediate);
    stop.abort(new Error('seen'));
    await running;
  });

  it('ends everything when it is asked to end, and starts nothing any more', async () => {
    const running = run({
      first: [part('runs', 'touch started; sleep 300'), part('next', 'touch next')],
    });
    while (!existsSync(join(folder, 'started'))) await new Promise((done) => setTimeout(done, 20));
    stop.abort(new Error('the run got SIGTERM'));

    const results = await running;
    expect(results.map(({ failed, ended }) => [failed, ended])).to.deep.equal([
      [1, 'the run got SIGTERM'],
      [1, 'the run got SIGTERM'],
    ]);
    expect(existsSync(join(folder, 'next'))).to.equal(false);
  });

  it('says what is skipped for lack of a tool, which is a failure with CI=true alone', async () => {
    const skip = JSON.stringify({ what: 'some tests', tool: 'tool 1.2', remedy: 'get it' });
    const results = await run({ first: [part('skips', `echo '${skip}' > "$SKIPS_FOLDER/1.json"`)] });

    const relaxed = summarize(results, 1, false);
    expect(relaxed.text).to.include('skipped: some tests (tool 1.2: get it)\n');
    expect(lastLine(relaxed.text)).to.equal('0 passed, 0 failed');
    expect(relaxed.succeeded).to.equal(true);
    const strict = summarize(results, 1, true);
    expect(lastLine(strict.text)).to.equal('0 passed, 1 failed');
    expect(strict.succeeded).to.equal(false);
  });

  it('goes on without a tool that cannot be had', async () => {
    const results = await run({ prepare: [part('tool', 'exit 1', { optional: true })] });

    expect(lastLine(summarize(results, 1, false).text)).to.equal('0 passed, 0 failed');
  });

  it('has parts whose budgets fit into 20 minutes, and a limit of 25', () => {
    const budgetOf = (parts: readonly Part[]) => parts.reduce((sum, { budgetSeconds }) => sum + budgetSeconds, 0);
    const longer = Math.max(budgetOf(lanes.first), budgetOf(lanes.second));

    expect(budgetOf(lanes.prepare) + longer).to.be.at.most(BUDGET_SECONDS);
    expect(BUDGET_SECONDS).to.equal(1200);
    expect(LIMIT_SECONDS).to.equal(2100);
  });

  it('runs npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../package.json'), 'utf8'));
    for (const { command } of [...lanes.prepare, ...lanes.first, ...lanes.second]) {
      const [, name] = /npm run -s (\S+)/.exec(command) ?? [];
      if (name !== undefined) expect(scripts).to.have.property(name);
    }
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process whose parent has not waited for it yet has ended all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CostUsageError, parseOptions } from '../../../../scripts/cost/options.ts';
import { dollars } from '../../../../scripts/cost/report.ts';

const parse = (...args: string[]) => parseOptions(args, ['heartbeat', 'sweeper']);
const run = promisify(execFile);
const main = resolve(import.meta.dirname, '../../../../scripts/cost/main.ts');

describe('the options of the price', () => {
  it('have defaults', () => {
    expect(parse().scenario).to.deep.equal({
      listeners: 500,
      minutes: 120,
      heartbeatSeconds: 30,
      refreshMinutes: 100,
      rejoins: 0,
      captionSeconds: 0,
      audioSeconds: 0,
      sessionsPerMonth: 20,
      accessLogs: false,
    });
  });

  it('are taken as given', () => {
    const { scenario, assumptions, json } = parse(
      ...['--listeners', '2000', '--minutes=45', '--heartbeat', '10', '--sessions-per-month', '4', '--json'],
      ...['--captions-every', '3', '--audio-every=6.5'],
      ...['--cold-starts', '0.2', '--duration', 'heartbeat=12', '--duration', 'sweeper=80', '--access-logs'],
    );
    expect(scenario).to.include({ listeners: 2000, minutes: 45, heartbeatSeconds: 10, sessionsPerMonth: 4 });
    expect(scenario).to.include({ captionSeconds: 3, audioSeconds: 6.5 });
    expect(scenario.accessLogs).to.equal(true);
    expect(assumptions).to.deep.include({ coldStarts: 0.2, durationMs: { heartbeat: 12, sweeper: 80 } });
    expect(json).to.equal(true);
  });

  it('are refused with their name and what is allowed', () => {
    const refusals: [args: string[], problem: string][] = [
      [['--listeners=-1'], '--listeners must be a whole number from 0 to 10000, not "-1"'],
      [['--listeners', '1.5'], '--listeners must be a whole number from 0 to 10000, not "1.5"'],
      [['--minutes', 'soon'], '--minutes must be a number from 1 to 1440, not "soon"'],
      [['--heartbeat', ''], '--heartbeat must be a number from 1 to 540, not ""'],
      [['--minutes', '-5'], "Option '--minutes' argument is ambiguous: --minutes=<n> takes a number from 1 to 1440"],
      [['--heartbeat'], "Option '--heartbeat <value>' argument missing: --heartbeat=<n> takes a number from 1 to 540"],
      [['--listener', '5'], "Unknown option '--listener': there are --listeners, --minutes, --heartbeat, "],
      [
        ['--duration', 'audio=5'],
        '--duration must be <function>=<ms>, with one of heartbeat, sweeper and 0 to 900000, not "audio=5"',
      ],
    ];
    for (const [args, problem] of refusals) expect(() => parse(...args)).to.throw(CostUsageError, problem);
  });
});

describe('the price on the command line', () => {
  it('is a table', async () => {
    const { stdout } = await run(process.execPath, [main, '--listeners', '50', '--minutes', '60']);
    expect(stdout).to.include('50 listeners for 60 minutes, a heartbeat every 30 s; US dollars, us-east-1');
    expect(stdout).to.match(/API Gateway +connection minutes +3,060 +\$0\.000765/);
  });

  it('is JSON on request', async () => {
    const { stdout } = await run(process.execPath, [main, '--listeners', '50', '--minutes', '60', '--json']);
    const { session, currency, prices } = JSON.parse(stdout);
    expect(currency).to.equal('USD');
    expect(session.lines).to.deep.include({
      service: 'API Gateway',
      price: 'connectionMinute',
      quantity: 3060,
      usd: 0.000765,
    });
    expect(prices.connectionMinute).to.include({ usd: 0.25, per: 1_000_000 });
  });

  it('is refused with one line and a code of its own', async () => {
    const failure = await run(process.execPath, [main, '--minutes', '0']).catch((error: unknown) => error);
    expect(failure).to.include({ code: 2, stderr: '--minutes must be a number from 1 to 1440, not "0"\n' });
  });

  it('is rounded to three digits that count, and to cents from a dollar on', () => {
    expect([0, 0.0004396, 0.4396, 1.2345, 1234.5].map(dollars)).to.deep.equal([
      '$0.00',
      '$0.000440',
      '$0.440',
      '$1.23',
      '$1234.50',
    ]);
  });
});

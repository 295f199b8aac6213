/** `npm run cost -- --listeners 500 --minutes 120 --heartbeat 30`: what a session and a month cost. `--help` lists the options. */
import { billOf } from './bill.ts';
import { readMeasured } from './measured.ts';
import { CostUsageError, help, parseOptions } from './options.ts';
import { prices, REGION } from './prices.ts';
import { renderBill } from './report.ts';

try {
  const measured = readMeasured();
  const options = parseOptions(process.argv.slice(2), Object.keys(measured.memoryMb));
  const { scenario, assumptions } = options;
  const bill = billOf(scenario, measured, assumptions);
  if (options.help) console.log(help);
  else if (options.json) {
    console.log(JSON.stringify({ region: REGION, currency: 'USD', scenario, assumptions, ...bill, prices }, null, 2));
  } else console.log(renderBill(scenario, bill));
} catch (error) {
  if (!(error instanceof CostUsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

import { formatTable } from '../bench/table.ts';
import type { Bill, BillLine } from './bill.ts';
import { prices, REGION } from './prices.ts';
import type { Scenario } from './usage.ts';

/** The bill as text for a terminal. */
export function renderBill(scenario: Scenario, { session, month }: Bill): string {
  const { listeners, minutes, heartbeatSeconds, sessionsPerMonth } = scenario;
  const rows = (lines: readonly BillLine[]) =>
    lines.map(({ service, price, quantity, usd }) => [
      `  ${service}`,
      prices[price].unit,
      count(quantity),
      dollars(usd),
    ]);
  const table = formatTable([
    ['One session', '', '', ''],
    ...rows(session.lines),
    ['  together', '', '', dollars(session.usd)],
    ...(session.usdPerListenerHour === undefined
      ? []
      : [['  for each listener and hour', '', '', dollars(session.usdPerListenerHour)]]),
    ['A month', '', '', ''],
    [`  ${count(sessionsPerMonth)} such sessions`, '', '', dollars(month.sessionsUsd)],
    ...rows(month.standing),
    ['  together', '', '', dollars(month.usd)],
    ...(month.usdPerListenerHour === undefined
      ? []
      : [['  for each listener and hour', '', '', dollars(month.usdPerListenerHour)]]),
  ]);
  return `${listeners} listeners for ${minutes} minutes, a heartbeat every ${heartbeatSeconds} s; US dollars, ${REGION}

${table}

Without free tiers, taxes, the audio itself, and speakers' sign-in. docs/costs.md says what is counted and what assumed.`;
}

/** Dollars with at least three digits that count. */
export function dollars(usd: number): string {
  const digits = usd === 0 || usd >= 1 ? 2 : Math.min(7, 2 - Math.floor(Math.log10(usd)));
  return `$${usd.toFixed(digits)}`;
}

export const count = (quantity: number): string =>
  quantity.toLocaleString('en-US', { maximumFractionDigits: quantity < 10 ? 2 : 0 });

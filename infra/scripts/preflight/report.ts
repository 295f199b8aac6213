import { listenerCeiling, usualTraffic } from '../../src/listener-ceiling.ts';
import type { Account } from './account.ts';
import type { Check } from './checks.ts';

const words = { ok: 'ok', missing: 'MISSING', low: 'low', unknown: '?' } as const;

/** The table, what to do, and how many listeners the account carries. */
export function renderReport(account: Account, checks: readonly Check[], heartbeatSeconds: number): string {
  const rows = [
    ['', 'What', 'The account allows', 'The settings need'],
    ...checks.map(({ what, allows, needs, verdict }) => [words[verdict], what, allows, needs]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const remedies = checks.filter(({ remedy }) => remedy !== undefined);
  return [
    ...lines,
    ...(remedies.length === 0 ? [] : ['', 'To do:']),
    ...remedies.map(({ what, verdict, remedy }) => `- ${what} (${verdict}): ${remedy}`),
    ...ceiling(account, heartbeatSeconds),
  ].join('\n');
}

function ceiling({ apiGateway }: Account, heartbeatSeconds: number): string[] {
  if (!('value' in apiGateway)) return [];
  const { rate } = apiGateway.value;
  const listeners = listenerCeiling(rate, { ...usualTraffic, heartbeatSeconds });
  return [
    '',
    `At a message every ${usualTraffic.messageSeconds} s and a heartbeat every ${heartbeatSeconds} s, ${rate} requests a second carry ${listeners} listeners`,
    'in this account and Region, all environments and other APIs together.',
  ];
}

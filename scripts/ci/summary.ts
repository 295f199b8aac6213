import { type Skip, skippedLine } from '../tools/skips.ts';
import type { PartResult } from './run-part.ts';

export interface Summary {
  readonly text: string;
  readonly succeeded: boolean;
}

/**
 * Returns the table of the parts with their budgets, what was skipped, and in the last line what passed and failed.
 *
 * @param skipsNothing what is skipped for lack of a tool counts as failed
 */
export function summarize(results: readonly PartResult[], seconds: number, skipsNothing: boolean): Summary {
  const width = Math.max(...results.map(({ part }) => part.name.length));
  const rows = results.map(({ part, seconds: took, failed }) => {
    const over = took > part.budgetSeconds ? '  OVER BUDGET' : '';
    const outcome = failed > 0 ? '  FAILED' : '';
    return `${part.name.padEnd(width)} ${took.toFixed(0).padStart(5)} s of ${String(part.budgetSeconds).padStart(4)}${over}${outcome}`;
  });
  const slow = results.filter(({ part, seconds: took }) => took > part.budgetSeconds).map(({ part }) => part.name);
  const skips: Skip[] = results.flatMap(({ skips: its }) => its);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + failuresOf(result, skipsNothing), 0);
  const lines = [
    '',
    ...rows,
    `${'all'.padEnd(width)} ${seconds.toFixed(0).padStart(5)} s`,
    ...(slow.length === 0 ? [] : [`!!! OVER BUDGET: ${slow.join(', ')}. Make it faster, or move it to the night.`]),
    ...(skips.length === 0 ? [] : [`${skippedLine(skips)}${skipsNothing ? ' (with CI=true: failed)' : ''}`]),
    '',
    `${passed} passed, ${failed} failed`,
  ];
  return { text: lines.join('\n'), succeeded: failed === 0 };
}

/** A part that has failed for what it skips has counted that already. */
const failuresOf = ({ failed, skips }: PartResult, skipsNothing: boolean): number =>
  skipsNothing ? Math.max(failed, skips.length) : failed;

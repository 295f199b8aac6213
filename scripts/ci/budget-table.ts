import { resolve } from 'node:path';
import { BUDGET_SECONDS, LIMIT_SECONDS, lanes, type Part } from './parts.ts';

export const contributingPage = resolve(import.meta.dirname, '../../CONTRIBUTING.md');

const START = '<!-- budgets: made by npm run generate from scripts/ci/parts.ts -->';
const END = '<!-- budgets end -->';

/** Returns the page with the table of the parts of `.ci/run` between its two marks. @throws {Error} without the marks */
export function renderContributing(page: string): string {
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`CONTRIBUTING.md must have ${START} and ${END}`);
  return `${before}${START}\n${renderBudgets()}${END}${after}`;
}

function renderBudgets(): string {
  const rows = (lane: string, parts: readonly Part[]) =>
    parts.map(({ name, command, budgetSeconds }) => `| ${lane} | ${name} | \`${command}\` | ${budgetSeconds} s |`);
  return `
| Lane | Part | Command | Budget |
|---|---|---|---|
${[...rows('before both', lanes.prepare), ...rows('first', lanes.first), ...rows('second', lanes.second)].join('\n')}
| | all | \`bash .ci/run\` | ${BUDGET_SECONDS / 60} min; ended after ${LIMIT_SECONDS / 60} |

`;
}

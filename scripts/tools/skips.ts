import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something that was not run. */
export interface Skip {
  /** What was not run: `deploy tests`. */
  readonly what: string;
  /** The tool that is not here, with its version; undefined: it was left out on purpose, by `npm run test:fast`. */
  readonly tool?: string;
  /** How to get the tool. */
  readonly remedy?: string;
  /** What is here instead of the tool, if anything is. */
  readonly found?: string;
  /** It is run every night. */
  readonly isNightly?: true;
}

/** Names the folder in which the processes of one run write down what they skip. */
export const SKIPS_FOLDER = 'SKIPS_FOLDER';

/** Writes down a skip for the run's last line. Without a run (mocha was called directly) it prints the line at once. */
export function recordSkip(skip: Skip): void {
  const folder = process.env[SKIPS_FOLDER];
  if (folder === undefined) console.log(skippedLine([skip]) ?? leftOutLines([skip]).join('\n'));
  else writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(skip));
}

/** Returns what was skipped, each once, in the order of the alphabet. */
export function readSkips(folder: string): Skip[] {
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  return [...new Set(texts)].sort().map((text) => JSON.parse(text) as Skip);
}

/** Returns those that a tool is missing for. */
export const missingTools = (skips: readonly Skip[]): Skip[] => skips.filter(({ tool }) => tool !== undefined);

/** Returns the line that says what was skipped for lack of which tool, and how to get it; undefined: nothing was. */
export function skippedLine(skips: readonly Skip[]): string | undefined {
  const missing = missingTools(skips);
  if (missing.length === 0) return undefined;
  const entries = missing.map(({ what, tool, remedy, found }) => {
    return `${what} (${tool}: ${remedy}${found === undefined ? '' : `; here: ${found}`})`;
  });
  return `skipped: ${entries.join(', ')}`;
}

/** Returns the lines that say what was left out on purpose: by `npm run test:fast`, and for the night. */
export function leftOutLines(skips: readonly Skip[]): string[] {
  const line = (by: string, isNightly: boolean): string[] => {
    const left = skips.filter((skip) => skip.tool === undefined && (skip.isNightly ?? false) === isNightly);
    return left.length === 0 ? [] : [`left out by ${by}: ${left.map(({ what }) => what).join(', ')}`];
  };
  return [...line('test:fast', false), ...line('day (npm run test:nightly)', true)];
}

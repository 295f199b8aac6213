import { recordSkip } from './skips.ts';

/** A program that tests want and that not every machine has. Another version of it counts as missing. */
export interface OptionalTool<T> {
  /** Its name with the version that is wanted: `moto 5.2.5`. */
  readonly name: string;
  /** How to get it, in a few words: `bash .ci/install-moto`. */
  readonly remedy: string;
  /** Returns the tool, or what was found instead of it (`moto 5.2.1 in .venv`; empty: nothing). */
  find(): Promise<T | NotHere>;
}

/** A tool is not here, in the version that is wanted. */
export class NotHere {
  /** What was found instead, if anything was. */
  readonly found: string | undefined;

  constructor(found?: string) {
    this.found = found || undefined;
  }
}

/** What mocha hands to a hook or a test as `this`. */
interface Skippable {
  skip(): never;
}

type Found<Tools extends readonly OptionalTool<unknown>[]> = {
  readonly [Index in keyof Tools]: Tools[Index] extends OptionalTool<infer T> ? T : never;
};

/** `npm run test:fast` is running. */
export const isFastRun = (): boolean => process.env.TEST_FAST === '1';

/**
 * Returns the tools that a suite needs, or skips the suite: without one of them, which the run's last line then says, and
 * in `npm run test:fast`. Every test that needs more than Node.js asks here, in its `before`, so a new one is left out
 * by itself where it has to be.
 *
 * @param what the tests' name in the line: `deploy tests`
 */
export async function needTools<const Tools extends readonly OptionalTool<unknown>[]>(
  context: Skippable,
  what: string,
  ...tools: Tools
): Promise<Found<Tools>> {
  leaveOutWhenFast(context, what);
  const found = await Promise.all(tools.map((tool) => tool.find()));
  const missing = tools.flatMap((tool, index) => {
    const one = found[index];
    return one instanceof NotHere ? [{ tool, found: one.found }] : [];
  });
  for (const { tool, found: instead } of missing) {
    recordSkip({ what, tool: tool.name, remedy: tool.remedy, ...(instead !== undefined && { found: instead }) });
  }
  if (missing.length > 0) context.skip();
  return found as Found<Tools>;
}

/** Skips a suite in `npm run test:fast`: one that needs no tool, and takes long. */
export function leaveOutWhenFast(context: Skippable, what: string): void {
  if (!isFastRun()) return;
  recordSkip({ what });
  context.skip();
}

/** Skips a suite unless it is night: one that takes minutes, and whose parts are tried by day in a shorter way. */
export function leaveForTheNight(context: Skippable, what: string): void {
  if (process.env.TEST_NIGHTLY === '1') return;
  recordSkip({ what, isNightly: true });
  context.skip();
}

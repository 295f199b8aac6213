import type { FixtureName } from './fixture/synthesize.ts';
import { isRemote, urlVariableOf } from './targets.ts';

export interface CheckFacts {
  /**
   * What says so: `facts §2.4 CAP S16` (section of the facts page, kind of evidence, its sources), or an AWS page or RFC by
   * its name. The kinds: DOC official text, CAP captured from AWS, COMM a community's statement.
   */
  readonly source: string;
  /** False: no source says it; the check holds an assumption. Default true. */
  readonly confirmed?: boolean;
  /** The API that it needs; `http`: the HTTP API; `events`: EventBridge's. Default `main`. */
  readonly api?: FixtureName | 'events';
  /** Of tables: goes to our engine, and never to a remote API. */
  readonly service?: 'dynamodb';
  /** What DynamoDB Local does with the same check; `cannot`: it would need another clock. */
  readonly dynamoDbLocal?: 'pass' | 'fail' | 'cannot';
  /** It needs the platform's clock, or things that AWS does not show from outside. */
  readonly localOnly?: boolean;
}

export type Result = 'pass' | 'FAIL' | 'not run';

export interface Check extends CheckFacts {
  readonly id: string;
  readonly title: string;
  readonly section: string;
  result: Result;
}

/** Every check, in the order of the suite. */
export const checks: Check[] = [];
let currentSection = '';

/** A section of the suite, and of the matrix. */
export function section(title: string, define: () => void): void {
  currentSection = title;
  describe(title, define);
}

/** One check: a mocha test that says where it comes from. `id` never changes; `title` is a sentence. */
export function check(id: string, title: string, facts: CheckFacts, run: () => Promise<void> | void): void {
  const one: Check = { id, title, section: currentSection, result: 'not run', ...facts };
  checks.push(one);
  it(`${title} [${id}]`, async function () {
    const { api = 'main', localOnly, service } = facts;
    if (isRemote && (localOnly || service || !process.env[urlVariableOf(api)])) this.skip();
    one.result = 'FAIL';
    await run();
    one.result = 'pass';
  });
}

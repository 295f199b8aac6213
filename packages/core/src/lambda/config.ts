import * as z from 'zod/mini';
import { describeIssues } from '../protocol/index.ts';

/** The environment of a function is not what it must be. Thrown at the cold start, so that a deployment shows it at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Environment variables: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

/** A text that is not empty. */
export const text = () => z.string().check(z.minLength(1));

/** An absolute http or https address. */
export const address = () => z.string().check(z.regex(/^https?:\/\/[^\s/]+/, 'must be an http(s) address'));

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A number written in digits, e.g. `90` or `0.5`. */
export const decimal = (range: Range) => number(/^\d+(\.\d+)?$/, 'number', range);

/** A whole number written in digits. */
export const wholeNumber = (range: Range) => number(/^\d+$/, 'whole number', range);

/** One check, and not one for each bound: every schema of a function is made at its start. */
const number = (digits: RegExp, what: string, { min, max }: Range) =>
  z.pipe(
    z
      .string()
      .check(
        z.refine(
          (text) => digits.test(text) && Number(text) >= min && Number(text) <= max,
          `must be a ${what} from ${min} to ${max}`,
        ),
      ),
    z.transform(Number),
  );

/**
 * Reads the variables that a schema names. Variables set to nothing count as not set, which is how Terraform writes an
 * optional one.
 * @throws {ConfigurationError} names each variable that is missing or wrong, and what it should be
 */
export function readConfig<S extends z.ZodMiniObject>(schema: S, env: NodeJS.ProcessEnv): z.output<S> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  // Read once: to generate code for it, as Zod does, would take longer than to interpret the schema.
  const result = schema.safeParse(set, { jitless: true });
  if (result.success) return result.data;
  throw new ConfigurationError(
    describeIssues(result.error.issues, set).map(({ field, problem }) => `${field} ${problem}`),
  );
}

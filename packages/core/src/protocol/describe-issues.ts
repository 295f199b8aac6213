import type * as z from 'zod/mini';
import type { ErrorDetail } from './errors.ts';

/** What zod/mini says where nobody has said anything better. */
const GENERIC_MESSAGE = 'Invalid input';

/** What is said of a field that the message does not have: its name is the sender's. */
export const NOT_A_FIELD = 'is not a field of this message';

/**
 * Zod's findings in the words of the protocol. (zod/mini brings no messages of its own; the locale file that would
 * is larger than all our schemas.)
 */
export function describeIssues(issues: readonly z.core.$ZodIssue[], input: unknown): ErrorDetail[] {
  return issues.flatMap((issue): ErrorDetail | ErrorDetail[] => {
    const field = issue.path.join('.');
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({
          field: [...issue.path, key].join('.').slice(0, 64),
          problem: NOT_A_FIELD,
        }));
      case 'invalid_type':
        return { field, problem: isMissing(input, issue.path) ? 'is missing' : `must be ${issue.expected}` };
      case 'invalid_value': {
        const allowed = issue.values.map(String);
        const problem = isMissing(input, issue.path) ? 'is missing' : `must be ${allowed.join(' or ')}`;
        return { field, problem, allowed };
      }
      case 'too_big':
        return { field, problem: `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}` };
      case 'too_small':
        return { field, problem: `must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}` };
      default:
        // A schema with words of its own for this check.
        return {
          ...(field === '' ? {} : { field }), // it is about the message, and not about one of its fields
          problem: issue.message === GENERIC_MESSAGE ? 'is not valid' : issue.message,
        };
    }
  });
}

/** Returns findings as one line: `field: problem; …`. */
export const describeDetails = (details: readonly ErrorDetail[]): string =>
  details.map(({ field, problem }) => (field ? `${field}: ${problem}` : problem)).join('; ');

const isMissing = (input: unknown, path: readonly PropertyKey[]): boolean =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input) === undefined;

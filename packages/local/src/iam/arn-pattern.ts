import { matchesWildcard } from '../wildcard.ts';

/** An ARN has these many fields; the last one, the resource, may hold colons of its own. */
const FIELDS = 6;

/**
 * Whether an ARN pattern covers an ARN: field by field, so that a `*` never reaches into the next field. A pattern with
 * fewer fields than an ARN is completed with `*`.
 * @see "IAM JSON policy elements: Resource" and "ArnLike", IAM User Guide
 */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const patterns = fieldsOf(pattern);
  const fields = fieldsOf(arn);
  if (patterns.length > fields.length) return false;
  return fields.every((field, index) => matchesWildcard(patterns[index] ?? '*', field));
}

function fieldsOf(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= FIELDS ? parts : [...parts.slice(0, FIELDS - 1), parts.slice(FIELDS - 1).join(':')];
}

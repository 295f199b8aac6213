import { BlockList, isIP, isIPv6 } from 'node:net';
import { matchesWildcard } from '../wildcard.ts';
import { matchesArn } from './arn-pattern.ts';

/** Compares a value of the request with one of the policy. */
type Test = (actual: string, expected: string) => boolean;

export interface ConditionOperator {
  readonly test: Test;
  /** `…Not…`: true if none of the policy's values fits, and if the request lacks the key. */
  readonly negated: boolean;
  /** Whether a policy's value can be compared with at all. Absent: any text can. */
  readonly takes?: (expected: string) => boolean;
}

const compareBy =
  (read: (text: string) => number, holds: (actual: number, expected: number) => boolean): Test =>
  (actual, expected) =>
    holds(read(actual), read(expected)); // NaN compares false with everything, as a value that cannot be read should

/** ISO 8601, or seconds since 1970. */
const readDate = (text: string): number => (/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text));
const readNumber = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

const isRange = (range: string): boolean => {
  const [network = '', prefix = '0', ...rest] = range.split('/');
  return (
    rest.length === 0 && isIP(network) !== 0 && /^\d+$/.test(prefix) && Number(prefix) <= (isIPv6(network) ? 128 : 32)
  );
};
const isInRange: Test = (address, range) => {
  const [network = '', prefix] = range.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
};

const sameText: Test = (actual, expected) => actual === expected;
const sameIgnoringCase: Test = (actual, expected) => actual.toLowerCase() === expected.toLowerCase();
const like: Test = (actual, expected) => matchesWildcard(expected, actual);
// ArnEquals and ArnLike behave identically, says the user guide.
const likeArn: Test = (actual, expected) => matchesArn(expected, actual);

const ordered = (prefix: string, read: (text: string) => number): [string, ConditionOperator][] => {
  const takes = (expected: string) => !Number.isNaN(read(expected));
  return [
    [`${prefix}Equals`, { test: compareBy(read, (a, b) => a === b), negated: false, takes }],
    [`${prefix}NotEquals`, { test: compareBy(read, (a, b) => a === b), negated: true, takes }],
    [`${prefix}LessThan`, { test: compareBy(read, (a, b) => a < b), negated: false, takes }],
    [`${prefix}LessThanEquals`, { test: compareBy(read, (a, b) => a <= b), negated: false, takes }],
    [`${prefix}GreaterThan`, { test: compareBy(read, (a, b) => a > b), negated: false, takes }],
    [`${prefix}GreaterThanEquals`, { test: compareBy(read, (a, b) => a >= b), negated: false, takes }],
  ];
};

/**
 * Every operator that is evaluated here, without `IfExists` and set prefixes; `Null` is none of them, since it looks at
 * no value. `BinaryEquals` is missing: no key that is known here is binary.
 * @see "IAM JSON policy elements: Condition operators", IAM User Guide
 */
export const conditionOperators: ReadonlyMap<string, ConditionOperator> = new Map<string, ConditionOperator>([
  ['StringEquals', { test: sameText, negated: false }],
  ['StringNotEquals', { test: sameText, negated: true }],
  ['StringEqualsIgnoreCase', { test: sameIgnoringCase, negated: false }],
  ['StringNotEqualsIgnoreCase', { test: sameIgnoringCase, negated: true }],
  ['StringLike', { test: like, negated: false }],
  ['StringNotLike', { test: like, negated: true }],
  ['ArnEquals', { test: likeArn, negated: false }],
  ['ArnLike', { test: likeArn, negated: false }],
  ['ArnNotEquals', { test: likeArn, negated: true }],
  ['ArnNotLike', { test: likeArn, negated: true }],
  ['Bool', { test: sameIgnoringCase, negated: false }],
  ['IpAddress', { test: isInRange, negated: false, takes: isRange }],
  ['NotIpAddress', { test: isInRange, negated: true, takes: isRange }],
  ...ordered('Numeric', readNumber),
  ...ordered('Date', readDate),
]);

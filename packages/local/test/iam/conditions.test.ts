import { expect } from 'chai';
import { compileCondition } from '../../src/iam/conditions.ts';

const region = 'aws:RequestedRegion';
const arn = 'aws:PrincipalArn';
const time = 'aws:CurrentTime';
const epoch = 'aws:EpochTime';
const ip = 'aws:SourceIp';
const role = 'arn:aws:iam::000000000000:role/buy';

/** Operator, key, the policy's values, the request's value (undefined: absent), whether it holds. */
const cases: [string, string, string[], string | undefined, boolean][] = [
  ['StringEquals', region, ['eu-west-1'], 'eu-west-1', true],
  ['StringEquals', region, ['eu-west-1'], 'EU-west-1', false],
  ['StringEquals', region, ['eu-west-1'], undefined, false],
  ['StringEquals', 'kms:ViaService', ['dynamodb.eu-west-1.amazonaws.com'], undefined, false],
  ['StringEqualsIfExists', region, ['eu-west-1'], undefined, true],
  ['StringEqualsIfExists', region, ['eu-west-1'], 'us-east-1', false],
  ['StringNotEquals', region, ['a', 'b'], 'c', true],
  ['StringNotEquals', region, ['a', 'b'], 'b', false],
  ['StringNotEquals', region, ['a'], undefined, true],
  ['StringEqualsIgnoreCase', region, ['EU-west-1'], 'eu-WEST-1', true],
  ['StringNotEqualsIgnoreCase', region, ['EU-west-1'], 'eu-WEST-1', false],
  ['StringLike', region, ['eu-*'], 'eu-west-1', true],
  ['StringNotLike', region, ['eu-*'], 'eu-west-1', false],
  ['ArnEquals', arn, ['arn:aws:iam::*:role/b?y'], role, true],
  ['ArnLike', arn, ['arn:aws:iam:*:role/buy'], role, false],
  ['ArnNotEquals', arn, [role], role, false],
  ['ArnNotLike', arn, ['arn:aws:iam::*:role/sell'], role, true],
  ['Bool', 'aws:SecureTransport', ['True'], 'true', true],
  ['Bool', 'aws:SecureTransport', ['false'], 'true', false],
  ['NumericEquals', epoch, ['10.0'], '10', true],
  ['NumericNotEquals', epoch, ['10'], '10', false],
  ['NumericLessThan', epoch, ['10'], '9', true],
  ['NumericLessThanEquals', epoch, ['10'], '10', true],
  ['NumericGreaterThan', epoch, ['10'], '10', false],
  ['NumericGreaterThanEquals', epoch, ['10'], '10', true],
  ['NumericLessThan', epoch, ['10'], 'nine', false],
  ['DateLessThan', time, ['2026-11-23T00:00:00Z'], '2026-11-22T23:59:59Z', true],
  ['DateGreaterThan', time, ['2026-11-23T00:00:00Z'], '2026-11-22T23:59:59Z', false],
  ['DateLessThanEquals', epoch, ['2026-11-23T00:00:00Z'], '1795392000', true],
  ['DateEquals', time, ['1795392000'], '2026-11-23T00:00:00Z', true],
  ['IpAddress', ip, ['10.0.0.0/8', '127.0.0.0/8'], '127.0.0.1', true],
  ['IpAddress', ip, ['127.0.0.2'], '127.0.0.1', false],
  ['IpAddress', ip, ['::1/128'], '::1', true],
  ['NotIpAddress', ip, ['127.0.0.0/8'], '127.0.0.1', false],
  ['Null', 'aws:SourceVpc', ['true'], undefined, true],
  ['Null', 'aws:SourceVpc', ['false'], undefined, false],
  ['ForAnyValue:StringEquals', region, ['a', 'b'], 'b', true],
  ['ForAnyValue:StringEquals', region, ['a', 'b'], undefined, false],
  ['ForAllValues:StringEquals', region, ['a', 'b'], undefined, true],
  ['ForAllValues:StringLike', region, ['a*'], 'b', false],
];

describe('A condition', () => {
  for (const [operator, key, expected, actual, holds] of cases) {
    it(`${operator} ${expected.join(' or ')} ${holds ? 'holds' : 'does not hold'} for ${actual ?? 'an absent key'}`, () => {
      const condition = compileCondition({ [operator]: { [key]: expected } });
      expect(condition(new Map(actual === undefined ? [] : [[key.toLowerCase(), actual]]))).to.equal(holds);
    });
  }

  it('needs every operator and key to hold', () => {
    const condition = compileCondition({
      StringEquals: { [region]: ['a'], 'aws:PrincipalAccount': ['1'] },
      Bool: { 'aws:SecureTransport': ['true'] },
    });
    const keys: [string, string][] = [
      ['aws:requestedregion', 'a'],
      ['aws:principalaccount', '1'],
      ['aws:securetransport', 'true'],
    ];

    expect(condition(new Map(keys))).to.equal(true);
    for (const missing of keys) expect(condition(new Map(keys.filter((key) => key !== missing)))).to.equal(false);
  });

  for (const operator of [
    'BinaryEquals',
    'stringequals',
    'NullIfExists',
    'ForSomeValues:StringEquals',
    'StringMatches',
  ]) {
    it(`cannot be compiled with the operator ${operator}`, () => {
      expect(() => compileCondition({ [operator]: { [region]: ['x'] } })).to.throw(
        `the condition operator ${operator} is not known here`,
      );
    });
  }

  const values: [string, string, string][] = [
    ['NumericLessThan', epoch, 'ten'],
    ['DateLessThan', time, 'tomorrow'],
    ['IpAddress', ip, '10.0.0/8'],
    ['NotIpAddress', ip, '10.0.0.0/33'],
  ];
  for (const [operator, key, value] of values) {
    it(`cannot be compiled when ${operator} has the value ${value}`, () => {
      expect(() => compileCondition({ [operator]: { [key]: [value] } })).to.throw(
        `${operator} cannot compare with "${value}"`,
      );
    });
  }

  it('cannot be compiled with a key whose value is not known', () => {
    expect(() => compileCondition({ StringEquals: { 'dynamodb:LeadingKeys': ['x'] } })).to.throw(
      'the condition key dynamodb:leadingkeys is not known here',
    );
  });
});

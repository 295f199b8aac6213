import { expect } from 'chai';
import { EventPatternError, matchesPattern, parsePattern } from '../../src/event-pattern/matches-pattern.ts';

const OPERATORS = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html';
const PATTERNS = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html';
const ARRAYS = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html';
const NULLS = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-null-values.html';
const RULER = 'https://github.com/aws/event-ruler/blob/main/README.md';

interface Example {
  readonly what: string;
  readonly source: string;
  readonly pattern: unknown;
  readonly matching?: readonly unknown[];
  readonly others?: readonly unknown[];
}

const terminated = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2017-12-22T18:43:48Z',
  region: 'us-west-1',
  resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0'],
  detail: { 'instance-id': 'i-1234567890abcdef0', state: 'terminated' },
};

const examples: readonly Example[] = [
  {
    what: 'exact values at every level, all of them',
    source: PATTERNS,
    pattern: {
      source: ['aws.ec2'],
      'detail-type': ['EC2 Instance State-change Notification'],
      detail: { state: ['terminated'] },
    },
    matching: [terminated],
    others: [
      { ...terminated, source: 'aws.s3' },
      { ...terminated, detail: { state: 'running' } },
      { source: 'aws.ec2' },
    ],
  },
  {
    what: 'exact strings by case, and numbers and booleans by type',
    source: RULER,
    pattern: { name: ['Alice'], count: [100], open: [true] },
    matching: [{ name: 'Alice', count: 100, open: true }],
    others: [
      { name: 'alice', count: 100, open: true },
      { name: 'Alice', count: '100', open: true },
      { name: 'Alice', count: 100, open: 'true' },
    ],
  },
  {
    what: 'null apart from empty and absent',
    source: NULLS,
    pattern: { responseElements: [null] },
    matching: [{ responseElements: null }],
    others: [{ responseElements: '' }, { responseElements: 'null' }, {}],
  },
  {
    what: 'an empty string apart from null',
    source: NULLS,
    pattern: { eventVersion: [''] },
    matching: [{ eventVersion: '' }],
    others: [{ eventVersion: null }, {}, { eventVersion: ' ' }],
  },
  {
    what: 'a list of the event by one of its elements',
    source: ARRAYS,
    pattern: { resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f', 'arn:two'] },
    matching: [{ resources: ['arn:one', 'arn:two'] }, { resources: 'arn:two' }],
    others: [{ resources: ['arn:one'] }, { resources: [] }],
  },
  {
    what: 'what is below a list by one and the same element',
    source: RULER,
    pattern: { employees: { firstName: ['Anna'], lastName: ['Jones'] } },
    matching: [{ employees: [{ firstName: 'Bob' }, { firstName: 'Anna', lastName: 'Jones' }] }],
    others: [
      {
        employees: [
          { firstName: 'Anna', lastName: 'Smith' },
          { firstName: 'Bob', lastName: 'Jones' },
        ],
      },
    ],
  },
  {
    what: 'prefix',
    source: OPERATORS,
    pattern: { time: [{ prefix: '2017-10-02' }] },
    matching: [{ time: '2017-10-02T18:43:48Z' }],
    others: [{ time: '2017-10-03T00:00:00Z' }, { time: 20171002 }, {}],
  },
  {
    what: 'prefix, ignoring case',
    source: OPERATORS,
    pattern: { detail: { service: [{ prefix: { 'equals-ignore-case': 'EventB' } }] } },
    matching: [{ detail: { service: 'EVENTBRIDGE' } }, { detail: { service: 'eventbus' } }],
    others: [{ detail: { service: 'event' } }],
  },
  {
    what: 'suffix',
    source: OPERATORS,
    pattern: { FileName: [{ suffix: '.png' }] },
    matching: [{ FileName: 'a.png' }],
    others: [{ FileName: 'a.PNG' }, { FileName: 'a.png.txt' }],
  },
  {
    what: 'suffix, ignoring case',
    source: OPERATORS,
    pattern: { detail: { FileName: [{ suffix: { 'equals-ignore-case': '.png' } }] } },
    matching: [{ detail: { FileName: 'a.PNG' } }, { detail: { FileName: 'a.png' } }],
    others: [{ detail: { FileName: 'png' } }],
  },
  {
    what: 'anything-but of a string',
    source: OPERATORS,
    pattern: { detail: { state: [{ 'anything-but': 'initializing' }] } },
    matching: [{ detail: { state: 'running' } }, { detail: { state: null } }, { detail: { state: 5 } }],
    others: [{ detail: { state: 'initializing' } }, { detail: {} }],
  },
  {
    what: 'anything-but of a number',
    source: OPERATORS,
    pattern: { detail: { 'x-limit': [{ 'anything-but': 123 }] } },
    matching: [{ detail: { 'x-limit': 124 } }],
    others: [{ detail: { 'x-limit': 123 } }],
  },
  {
    what: 'anything-but of a list of strings',
    source: OPERATORS,
    pattern: { detail: { state: [{ 'anything-but': ['stopped', 'overloaded'] }] } },
    matching: [{ detail: { state: 'running' } }],
    others: [{ detail: { state: 'stopped' } }, { detail: { state: 'overloaded' } }],
  },
  {
    what: 'anything-but of a list of numbers',
    source: OPERATORS,
    pattern: { detail: { 'x-limit': [{ 'anything-but': [100, 200, 300] }] } },
    matching: [{ detail: { 'x-limit': 150 } }],
    others: [{ detail: { 'x-limit': 200 } }],
  },
  {
    what: 'anything-but, ignoring case',
    source: OPERATORS,
    pattern: { detail: { state: [{ 'anything-but': { 'equals-ignore-case': ['initializing', 'stopped'] } }] } },
    matching: [{ detail: { state: 'running' } }],
    others: [{ detail: { state: 'INITIALIZING' } }, { detail: { state: 'Stopped' } }],
  },
  {
    what: 'anything-but a prefix',
    source: OPERATORS,
    pattern: { detail: { state: [{ 'anything-but': { prefix: 'init' } }] } },
    matching: [{ detail: { state: 'running' } }],
    others: [{ detail: { state: 'initializing' } }],
  },
  {
    what: 'anything-but one of some suffixes',
    source: OPERATORS,
    pattern: { detail: { FileName: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] } },
    matching: [{ detail: { FileName: 'a.png' } }],
    others: [{ detail: { FileName: 'a.txt' } }, { detail: { FileName: 'a.rtf' } }],
  },
  {
    what: 'anything-but a wildcard',
    source: OPERATORS,
    pattern: { detail: { FilePath: [{ 'anything-but': { wildcard: '*/lib/*' } }] } },
    matching: [{ detail: { FilePath: '/usr/bin/x' } }],
    others: [{ detail: { FilePath: '/usr/lib/x' } }],
  },
  {
    what: 'numeric: equal, a bound, a range',
    source: OPERATORS,
    pattern: {
      detail: {
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        'd-count': [{ numeric: ['<', 10] }],
        'x-limit': [{ numeric: ['=', 3.018e2] }],
      },
    },
    matching: [{ detail: { 'c-count': 5, 'd-count': 9.99, 'x-limit': 301.8 } }],
    others: [
      { detail: { 'c-count': 0, 'd-count': 9, 'x-limit': 301.8 } },
      { detail: { 'c-count': '5', 'd-count': 9, 'x-limit': 301.8 } },
      { detail: { 'c-count': 5.1, 'd-count': 9, 'x-limit': 301.8 } },
      { detail: { 'c-count': 5, 'd-count': 10, 'x-limit': 301.8 } },
      { detail: { 'c-count': 5, 'd-count': 9, 'x-limit': '301.8' } },
    ],
  },
  {
    what: 'an IPv4 block',
    source: OPERATORS,
    pattern: { detail: { sourceIPAddress: [{ cidr: '10.0.0.0/24' }] } },
    matching: [{ detail: { sourceIPAddress: '10.0.0.0' } }, { detail: { sourceIPAddress: '10.0.0.255' } }],
    others: [{ detail: { sourceIPAddress: '10.0.1.0' } }, { detail: { sourceIPAddress: 'host' } }],
  },
  {
    what: 'an IPv6 block',
    source: RULER,
    pattern: { ip: [{ cidr: '2001:db8::/32' }] },
    matching: [{ ip: '2001:db8:1::5' }],
    others: [{ ip: '2001:db9::1' }, { ip: '32.1.13.184' }],
  },
  {
    what: 'exists, on leaves only',
    source: OPERATORS,
    pattern: { detail: { state: [{ exists: true }] } },
    matching: [{ detail: { state: 'x' } }, { detail: { state: null } }],
    others: [{ detail: {} }, { detail: { state: { of: 'mind' } } }],
  },
  {
    what: 'exists: false, where the field or what would hold it is absent',
    source: OPERATORS,
    pattern: { detail: { 'c-count': [{ exists: false }] } },
    matching: [{ 'detail-type': 'x', detail: { 'x-limit': 1 } }, { detail: { 'c-count': { c1: 100 } } }, {}],
    others: [{ detail: { 'c-count': 1 } }, { detail: { 'c-count': null } }],
  },
  {
    what: 'exists: false or a value',
    source: OPERATORS,
    pattern: { state: [{ exists: false }, 'on'] },
    matching: [{}, { state: 'on' }],
    others: [{ state: 'off' }],
  },
  {
    what: 'equals-ignore-case',
    source: OPERATORS,
    pattern: { 'detail-type': [{ 'equals-ignore-case': 'ec2 instance state-change notification' }] },
    matching: [terminated],
    others: [{ 'detail-type': 'EC2 Instance State-change' }],
  },
  {
    what: 'wildcards',
    source: OPERATORS,
    pattern: { EventBusArn: [{ wildcard: 'arn:aws:events:us-east-1:*:event-bus/*' }] },
    matching: [{ EventBusArn: 'arn:aws:events:us-east-1:123456789012:event-bus/default' }],
    others: [{ EventBusArn: 'arn:aws:events:eu-west-1:123456789012:event-bus/default' }, { EventBusArn: '' }],
  },
  {
    what: 'wildcards: a run may be empty, and a question mark is a question mark',
    source: OPERATORS,
    pattern: { FileName: [{ wildcard: 'dir/*.png' }] },
    matching: [{ FileName: 'dir/.png' }, { FileName: 'dir/a/b.png' }],
    others: [{ FileName: 'dir/a.png.' }, { FileName: '/dir/a.png' }],
  },
  {
    what: 'an escaped star and backslash',
    source: OPERATORS,
    pattern: { name: [{ wildcard: 'a\\**\\\\' }] },
    matching: [{ name: 'a*b\\' }, { name: 'a*\\' }],
    others: [{ name: 'ab\\' }, { name: 'a*b' }],
  },
  {
    what: '$or over fields',
    source: OPERATORS,
    pattern: {
      source: ['aws.ec2'],
      detail: {
        $or: [
          { 'c-count': [{ numeric: ['>', 0, '<=', 5] }] },
          { 'd-count': [{ numeric: ['<', 10] }] },
          { 'x-limit': [{ numeric: ['=', 3.018e2] }] },
        ],
      },
    },
    matching: [
      { source: 'aws.ec2', detail: { 'c-count': 1 } },
      { source: 'aws.ec2', detail: { 'd-count': 1, 'c-count': 9 } },
    ],
    others: [
      { source: 'aws.ec2', detail: { 'c-count': 9 } },
      { source: 'aws.s3', detail: { 'c-count': 1 } },
    ],
  },
  {
    what: 'nested $or at the top',
    source: RULER,
    pattern: { $or: [{ source: ['a'] }, { $or: [{ metric: ['b'] }, { metric: ['c'], unit: ['d'] }] }] },
    matching: [{ source: 'a' }, { metric: 'b' }, { metric: 'c', unit: 'd' }],
    others: [{ metric: 'c' }, {}],
  },
  {
    what: '$or as a field like any other, with operators in it',
    source: RULER,
    pattern: { $or: [{ prefix: 'a' }, { suffix: 'z' }] },
    matching: [{ $or: 'ab' }, { $or: 'yz' }],
    others: [{ $or: 'by' }, {}],
  },
  {
    what: 'different operators in one pattern',
    source: OPERATORS,
    pattern: {
      time: [{ prefix: '2017-10-02' }],
      detail: {
        state: [{ 'anything-but': 'initializing' }],
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        'x-limit': [{ 'anything-but': [100, 200, 300] }],
      },
    },
    matching: [{ time: '2017-10-02T01:00:00Z', detail: { state: 'on', 'c-count': 3, 'x-limit': 1 } }],
    others: [{ time: '2017-10-02T01:00:00Z', detail: { state: 'on', 'c-count': 3, 'x-limit': 100 } }],
  },
];

describe('an event pattern', () => {
  for (const { what, source, pattern, matching = [], others = [] } of examples) {
    it(`matches ${what} (${source})`, () => {
      const parsed = parsePattern(pattern);
      for (const event of matching) expect(matchesPattern(parsed, event), JSON.stringify(event)).to.equal(true);
      for (const event of others) expect(matchesPattern(parsed, event), JSON.stringify(event)).to.equal(false);
    });
  }

  it('takes absence for that of the whole event, below lists', () => {
    const pattern = parsePattern({ items: { error: [{ exists: false }] } });
    expect(matchesPattern(pattern, { items: [{ ok: 1 }, { ok: 2 }] })).to.equal(true);
    expect(matchesPattern(pattern, { items: [{ ok: 1 }, { error: 2 }] })).to.equal(false);
  });

  it('matches everything if it is empty', () => {
    expect(matchesPattern(parsePattern({}), { any: 1 })).to.equal(true);
  });

  it('takes no property that JavaScript adds', () => {
    expect(matchesPattern(parsePattern({ toString: [{ exists: true }] }), { a: 1 })).to.equal(false);
  });

  const refused: readonly [unknown, string][] = [
    [[], 'an event pattern is a JSON object'],
    [{ source: 'aws.ec2' }, 'source: "aws.ec2" has to be in an array, or be an object'],
    [{ $or: [{ source: ['a'] }] }, '$or: there is no operator "source"'],
    [{ source: [] }, 'source: an empty array is not allowed'],
    [{ detail: {} }, 'detail: an empty object is not allowed'],
    [{ detail: { a: [['x']] } }, 'detail.a: an array in an array is not allowed'],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, 'a: {"prefix":"x","suffix":"y"} has to have exactly one operator'],
    [{ a: [{ matches: 'x' }] }, 'a: there is no operator "matches"'],
    [{ a: [{ prefix: 5 }] }, 'a: prefix takes a string, not 5'],
    [{ a: [{ suffix: '' }] }, 'a: suffix takes a string that is not empty'],
    [{ a: [{ prefix: { wildcard: 'x' } }] }, 'a: prefix takes a string, or {"equals-ignore-case": "…"}'],
    [{ a: [{ exists: 'yes' }] }, 'a: exists takes true or false'],
    [{ a: [{ numeric: ['>'] }] }, 'a: numeric [">"]: it takes [operator, number], or two of them for a range'],
    [{ a: [{ numeric: ['!', 1] }] }, 'a: numeric ["!",1]: its operators are =, <, <=, > and >='],
    [{ a: [{ numeric: ['<', 5, '>', 1] }] }, 'a: numeric ["<",5,">",1]: a range takes > or >= first, then < or <='],
    [
      { a: [{ numeric: ['>', 5, '<', 1] }] },
      'a: numeric [">",5,"<",1]: the lower bound has to be less than the upper one',
    ],
    [{ a: [{ numeric: ['>', 6e9] }] }, 'a: numeric [">",6000000000]: numbers are between -5e9 and 5e9'],
    [{ a: [{ cidr: '10.0.0.0' }] }, 'a: cidr "10.0.0.0" is no block, e.g. 10.0.0.0/24 or 2001:db8::/32'],
    [{ a: [{ cidr: '10.0.0.0/33' }] }, 'a: cidr "10.0.0.0/33" is no block, e.g. 10.0.0.0/24 or 2001:db8::/32'],
    [{ a: [{ 'anything-but': ['x', 1] }] }, 'a: anything-but takes strings only, or numbers only'],
    [{ a: [{ 'anything-but': [] }] }, 'a: anything-but: an empty array is not allowed'],
    [{ a: [{ wildcard: 'a**b' }] }, 'a: wildcard: two * in a row are not allowed'],
    [{ a: [{ wildcard: 'a\\b' }] }, 'a: wildcard: only \\* and \\\\ are escapes'],
    [
      { a: { $or: Array(40).fill({ x: [1] }) }, b: { $or: Array(40).fill({ x: [1] }) } },
      'the entries of its $or arrays make 1600 combinations, and 1000 are allowed',
    ],
  ];
  for (const [pattern, message] of refused) {
    it(`is refused: ${message}`, () => {
      expect(() => parsePattern(pattern)).to.throw(EventPatternError, message);
    });
  }
});

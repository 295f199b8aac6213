import { expect } from 'chai';
import { check, section } from '../check.ts';
import { matches, refusalOfPattern } from '../event-bridge.ts';

const guide = (page: string): string => `AWS: EventBridge User Guide, "${page}"`;
const operators = guide('Comparison operators for use in event patterns');
const ruler = 'AWS: README of aws/event-ruler, the matcher of EventBridge';

interface PatternCheck {
  readonly id: string;
  readonly title: string;
  readonly source?: string;
  readonly confirmed?: boolean;
  /** Of the event's detail, unless `whole`. */
  readonly pattern: object;
  readonly whole?: boolean;
  /** Details. */
  readonly matching: readonly object[];
  readonly others: readonly object[];
}

const patternChecks: readonly PatternCheck[] = [
  {
    id: 'pattern-exact',
    title: 'A value in the list matches that value, and its case',
    source: guide('Amazon EventBridge event patterns'),
    pattern: { state: ['on', 'off'] },
    matching: [{ state: 'on' }, { state: 'off', more: 1 }],
    others: [{ state: 'ON' }, { state: 'o' }, {}],
  },
  {
    id: 'pattern-all-fields',
    title: 'Every field of the pattern has to match',
    source: guide('Amazon EventBridge event patterns'),
    pattern: { state: ['on'], place: { city: ['Bern'] } },
    matching: [{ state: 'on', place: { city: 'Bern' } }],
    others: [{ state: 'on' }, { state: 'on', place: { city: 'Biel' } }, { place: { city: 'Bern' } }],
  },
  {
    id: 'pattern-types',
    title: 'A number, a boolean and a text are different values',
    source: ruler,
    pattern: { value: [100, true] },
    matching: [{ value: 100 }, { value: true }],
    others: [{ value: '100' }, { value: 'true' }, { value: false }],
  },
  {
    id: 'pattern-number-form',
    title: 'A number matches however it is written: 300 and 3.0e2',
    source: `${ruler}; the User Guide says the contrary`,
    confirmed: false,
    pattern: { value: [300] },
    matching: [{ value: 3.0e2 }],
    others: [{ value: 301 }],
  },
  {
    id: 'pattern-null',
    title: 'null matches null, not an empty text and not absence',
    source: guide('Null values and empty strings in event patterns'),
    pattern: { value: [null] },
    matching: [{ value: null }],
    others: [{ value: '' }, { value: 'null' }, {}],
  },
  {
    id: 'pattern-empty',
    title: 'An empty text matches an empty text, not null',
    source: guide('Null values and empty strings in event patterns'),
    pattern: { value: [''] },
    matching: [{ value: '' }],
    others: [{ value: null }, {}],
  },
  {
    id: 'pattern-array',
    title: 'A list in the event matches by one of its elements',
    source: guide('Arrays in event patterns'),
    pattern: { tags: ['a', 'b'] },
    matching: [{ tags: ['c', 'b'] }, { tags: 'a' }],
    others: [{ tags: ['c'] }, { tags: [] }],
  },
  {
    id: 'pattern-array-objects',
    title: 'What is asked below a list, one and the same element has to have',
    source: ruler,
    pattern: { people: { first: ['Anna'], last: ['Jones'] } },
    matching: [{ people: [{ first: 'Bob' }, { first: 'Anna', last: 'Jones' }] }],
    others: [
      {
        people: [
          { first: 'Anna', last: 'Smith' },
          { first: 'Bob', last: 'Jones' },
        ],
      },
    ],
  },
  {
    id: 'pattern-prefix',
    title: 'prefix matches the beginning of a text, by case',
    pattern: { region: [{ prefix: 'us-' }] },
    matching: [{ region: 'us-east-1' }, { region: 'us-' }],
    others: [{ region: 'US-EAST-1' }, { region: 'eu-us-' }, { region: 5 }],
  },
  {
    id: 'pattern-prefix-ignore-case',
    title: 'prefix with equals-ignore-case ignores case',
    pattern: { service: [{ prefix: { 'equals-ignore-case': 'EventB' } }] },
    matching: [{ service: 'EVENTBRIDGE' }, { service: 'eventb' }],
    others: [{ service: 'event' }],
  },
  {
    id: 'pattern-suffix',
    title: 'suffix matches the end of a text, by case',
    pattern: { file: [{ suffix: '.png' }] },
    matching: [{ file: 'a.png' }],
    others: [{ file: 'a.PNG' }, { file: 'a.png.txt' }],
  },
  {
    id: 'pattern-suffix-ignore-case',
    title: 'suffix with equals-ignore-case ignores case',
    pattern: { file: [{ suffix: { 'equals-ignore-case': '.png' } }] },
    matching: [{ file: 'a.PNG' }],
    others: [{ file: 'png' }],
  },
  {
    id: 'pattern-ignore-case',
    title: 'equals-ignore-case matches the whole text in any case',
    pattern: { name: [{ 'equals-ignore-case': 'alice' }] },
    matching: [{ name: 'ALICE' }, { name: 'alice' }],
    others: [{ name: 'alice2' }],
  },
  {
    id: 'pattern-anything-but',
    title: 'anything-but matches every other value of any type, but not absence',
    pattern: { state: [{ 'anything-but': 'initializing' }] },
    matching: [{ state: 'on' }, { state: 5 }],
    others: [{ state: 'initializing' }, {}],
  },
  {
    id: 'pattern-anything-but-list',
    title: 'anything-but takes a list of texts, or of numbers',
    pattern: { limit: [{ 'anything-but': [100, 200] }], state: [{ 'anything-but': ['stopped', 'overloaded'] }] },
    matching: [{ limit: 150, state: 'on' }],
    others: [
      { limit: 200, state: 'on' },
      { limit: 150, state: 'stopped' },
    ],
  },
  {
    id: 'pattern-anything-but-array',
    title: 'anything-but matches a list that has one other element',
    source: ruler,
    confirmed: false,
    pattern: { tags: [{ 'anything-but': 'a' }] },
    matching: [{ tags: ['a', 'b'] }],
    others: [{ tags: ['a'] }, { tags: [] }],
  },
  {
    id: 'pattern-anything-but-prefix',
    title: 'anything-but takes a prefix',
    pattern: { state: [{ 'anything-but': { prefix: 'init' } }] },
    matching: [{ state: 'on' }],
    others: [{ state: 'initializing' }],
  },
  {
    id: 'pattern-anything-but-suffix',
    title: 'anything-but takes a suffix, or a list of them',
    pattern: { file: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] },
    matching: [{ file: 'a.png' }],
    others: [{ file: 'a.txt' }, { file: 'a.rtf' }],
  },
  {
    id: 'pattern-anything-but-ignore-case',
    title: 'anything-but takes equals-ignore-case',
    pattern: { state: [{ 'anything-but': { 'equals-ignore-case': 'initializing' } }] },
    matching: [{ state: 'on' }],
    others: [{ state: 'INITIALIZING' }],
  },
  {
    id: 'pattern-anything-but-wildcard',
    title: 'anything-but takes a wildcard',
    pattern: { path: [{ 'anything-but': { wildcard: '*/lib/*' } }] },
    matching: [{ path: '/bin/x' }],
    others: [{ path: '/usr/lib/x' }],
  },
  {
    id: 'pattern-numeric',
    title: 'numeric compares numbers, with one bound or two',
    pattern: { count: [{ numeric: ['>', 0, '<=', 5] }], price: [{ numeric: ['<', 10] }] },
    matching: [{ count: 5, price: 9.99 }],
    others: [
      { count: 0, price: 1 },
      { count: 5.1, price: 1 },
      { count: 5, price: 10 },
    ],
  },
  {
    id: 'pattern-numeric-equal',
    title: 'numeric = compares the number, however it is written, and no text',
    pattern: { limit: [{ numeric: ['=', 301.8] }] },
    matching: [{ limit: 3.018e2 }],
    others: [{ limit: '301.8' }, { limit: 301 }],
  },
  {
    id: 'pattern-cidr',
    title: 'cidr matches the addresses of a block',
    pattern: { ip: [{ cidr: '10.0.0.0/24' }] },
    matching: [{ ip: '10.0.0.0' }, { ip: '10.0.0.255' }],
    others: [{ ip: '10.0.1.0' }, { ip: 'ten' }],
  },
  {
    id: 'pattern-cidr-v6',
    title: 'cidr takes a block of IPv6',
    source: ruler,
    pattern: { ip: [{ cidr: '2001:db8::/32' }] },
    matching: [{ ip: '2001:db8:1::5' }],
    others: [{ ip: '2001:db9::1' }],
  },
  {
    id: 'pattern-exists',
    title: 'exists: true asks for a value, null included',
    pattern: { state: [{ exists: true }] },
    matching: [{ state: 'x' }, { state: null }],
    others: [{}],
  },
  {
    id: 'pattern-exists-leaf',
    title: 'exists looks at values only: an object counts as absent',
    pattern: { count: [{ exists: false }] },
    matching: [{}, { count: { a: 1 } }],
    others: [{ count: 1 }],
  },
  {
    id: 'pattern-exists-or-value',
    title: 'Absence and a value can be alternatives',
    pattern: { state: [{ exists: false }, 'on'] },
    matching: [{}, { state: 'on' }],
    others: [{ state: 'off' }],
  },
  {
    id: 'pattern-wildcard',
    title: 'A star of a wildcard is any run of characters, an empty one included',
    pattern: { file: [{ wildcard: 'dir/*.png' }] },
    matching: [{ file: 'dir/.png' }, { file: 'dir/a/b.png' }],
    others: [{ file: 'dir/a.jpg' }, { file: '/dir/a.png' }],
  },
  {
    id: 'pattern-wildcard-escape',
    title: 'A backslash makes a star of a wildcard a star',
    pattern: { name: [{ wildcard: 'a\\**' }] },
    matching: [{ name: 'a*b' }],
    others: [{ name: 'ab' }],
  },
  {
    id: 'pattern-or',
    title: '$or matches if one of its patterns does, beside the other fields',
    pattern: { kind: ['a'], $or: [{ count: [{ numeric: ['>', 5] }] }, { state: ['on'] }] },
    matching: [
      { kind: 'a', count: 6 },
      { kind: 'a', state: 'on', count: 1 },
    ],
    others: [
      { kind: 'a', count: 1 },
      { kind: 'b', count: 6 },
    ],
  },
];

const refusals: readonly (readonly [id: string, title: string, pattern: object, source?: string])[] = [
  ['pattern-refuses-plain', 'A value that is in no list is refused', { source: 'shop' }],
  ['pattern-refuses-empty-list', 'An empty list is refused', { source: [] }, ruler],
  ['pattern-refuses-operator', 'An unknown operator is refused', { source: [{ matches: 'x' }] }, ruler],
  ['pattern-refuses-mixed', 'anything-but of texts and numbers is refused', { source: [{ 'anything-but': ['x', 1] }] }],
  ['pattern-refuses-stars', 'Two stars in a row are refused', { source: [{ wildcard: 'a**b' }] }],
  ['pattern-refuses-range', 'A range that is empty is refused', { source: [{ numeric: ['>', 5, '<', 1] }] }, ruler],
];

/** Event patterns, by TestEventPattern. */
export function eventPatternChecks(): void {
  section('EventBridge: event patterns', () => {
    for (const { id, title, source = operators, confirmed = true, pattern, matching, others } of patternChecks) {
      check(id, title, { source, confirmed, api: 'events' }, async () => {
        for (const detail of matching) {
          expect(await matches({ detail: pattern }, detail), JSON.stringify(detail)).to.equal(true);
        }
        for (const detail of others) {
          expect(await matches({ detail: pattern }, detail), JSON.stringify(detail)).to.equal(false);
        }
      });
    }
    check(
      'pattern-envelope',
      'The fields around the detail match as those in it',
      { source: guide('Amazon EventBridge event patterns'), api: 'events' },
      async () => {
        const pattern = { source: ['shop'], resources: [{ prefix: 'arn:' }], time: [{ prefix: '2026-' }] };
        expect(await matches(pattern, {}, { resources: ['x', 'arn:one'] })).to.equal(true);
        expect(await matches(pattern, {}, { resources: ['x'] })).to.equal(false);
      },
    );
    for (const [id, title, pattern, source = operators] of refusals) {
      check(id, title, { source, api: 'events' }, async () => {
        expect(await refusalOfPattern(pattern)).to.equal('InvalidEventPatternException');
      });
    }
  });
}

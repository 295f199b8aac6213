import { expect } from 'chai';
import { type Order, startOrders } from '../../event-sources/set-up.ts';
import { check, section } from '../check.ts';

const ddb = { source: 'AWS: Lambda Developer Guide, "Using event filtering with a DynamoDB event source"' };
const rules = { source: 'AWS: Lambda Developer Guide, "Control which events Lambda sends to your function"' };

/** The orders that the filters let through, of those that are written in turn; the last one says that all have passed. */
async function passed(patterns: readonly object[], rounds: readonly (readonly Order[])[]): Promise<string[]> {
  const end = { dynamodb: { Keys: { id: { S: ['end'] } } } };
  const filter = [...patterns, end].map((pattern) => ({ pattern: JSON.stringify(pattern) }));
  const { put, until, batches } = await startOrders({ mapping: { filter_criteria: { filter } } });
  for (const orders of rounds) await put(...orders);
  await put({ id: 'end' });
  await until(() => batches().flat().includes('end'));
  return batches()
    .flat()
    .filter((id) => id !== 'end');
}

const state = (tests: readonly unknown[]) => ({ dynamodb: { NewImage: { state: { S: tests } } } });
const open = { id: '1', state: { S: 'open' } };
const closed = { id: '2', state: { S: 'closed' } };
const none = { id: '3' };

const filters = () => {
  for (const [id, title, facts, pattern, wanted] of [
    ['key', 'By a key', ddb, { dynamodb: { Keys: { id: { S: ['2'] } } } }, ['2']],
    ['image', 'By an attribute of the new image', ddb, state(['open']), ['1']],
    ['values', 'Of several values one is enough', ddb, state(['open', 'closed']), ['1', '2']],
    ['exists', 'exists: true lets through what is there', ddb, state([{ exists: true }]), ['1', '2']],
    ['absent', 'exists: false lets through what is not there', ddb, state([{ exists: false }]), ['3']],
    ['prefix', 'prefix lets through what begins so', rules, state([{ prefix: 'op' }]), ['1']],
    ['suffix', 'suffix lets through what ends so', rules, state([{ suffix: 'ed' }]), ['2']],
    ['not', 'anything-but lets through other values', rules, state([{ 'anything-but': ['open'] }]), ['2']],
    ['case', 'equals-ignore-case passes over case', rules, state([{ 'equals-ignore-case': 'OPEN' }]), ['1']],
    ['exact', 'An exact value minds case', rules, state(['OPEN']), []],
    [
      'and',
      'Of several fields each has to match',
      rules,
      { eventName: ['INSERT'], dynamodb: { Keys: { id: { S: ['1', '3'] } }, NewImage: { state: { S: ['open'] } } } },
      ['1'],
    ],
    [
      'or',
      '$or lets through what matches one of its patterns',
      rules,
      { $or: [state(['open']), { dynamodb: { Keys: { id: { S: ['3'] } } } }] },
      ['1', '3'],
    ],
  ] as const) {
    check(`esm-filter-${id}`, title, { ...facts, localOnly: true }, async () => {
      expect(await passed([pattern], [[open, closed, none]])).to.deep.equal(wanted);
    });
  }
  check('esm-filter-event-name', 'By the name of the event', { ...rules, localOnly: true }, async () => {
    const rounds = [[open], [{ ...open, state: { S: 'paid' } }]];
    expect(await passed([{ eventName: ['MODIFY'] }], rounds)).to.deep.equal(['1']);
  });
  check('esm-filter-old-image', 'By an attribute of the old image', { ...ddb, localOnly: true }, async () => {
    const pattern = { dynamodb: { OldImage: { state: { S: ['open'] } } } };
    expect(await passed([pattern], [[open], [{ ...open, state: { S: 'paid' } }]])).to.deep.equal(['1']);
  });
  check('esm-filter-any', 'Of several filters one is enough', { ...rules, localOnly: true }, async () => {
    expect(await passed([state(['open']), state(['closed'])], [[open, closed, none]])).to.deep.equal(['1', '2']);
  });
  check(
    'esm-filter-numeric',
    'numeric does not look into numbers, which records hold as text',
    { ...ddb, localOnly: true, confirmed: false },
    async () => {
      const pattern = { dynamodb: { NewImage: { total: { N: [{ numeric: ['>', 1] }] } } } };
      expect(await passed([pattern], [[{ id: '1', total: { N: '5' } }]])).to.deep.equal([]);
    },
  );
  check(
    'esm-filter-numeric-number',
    'numeric looks at what is a number in the record',
    { ...rules, localOnly: true, confirmed: false },
    async () => {
      const pattern = { dynamodb: { SizeBytes: [{ numeric: ['>', 100] }] } };
      const text = { S: 'x'.repeat(100) };
      expect(await passed([pattern], [[{ id: '1' }, { id: '2', text }]])).to.deep.equal(['2']);
    },
  );
  check(
    'esm-filter-done',
    'Records that are filtered out are done: they come in no batch, and nothing waits for them',
    { ...rules, localOnly: true },
    async () => {
      const { put, until, delivered, events } = await startOrders({
        mapping: { batch_size: 1, filter_criteria: { filter: [{ pattern: JSON.stringify(state(['open'])) }] } },
      });
      await put(closed, none, open);
      await until(() => delivered() === 1);
      expect(events).to.have.length(1);
    },
  );
};

export function eventFilterChecks(): void {
  section('Event source mappings: filters', filters);
}

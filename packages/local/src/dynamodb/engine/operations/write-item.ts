import type { Database } from '../database.ts';
import { DynamoDbError, validationError } from '../errors.ts';
import { project } from '../expressions/paths.ts';
import type { Write } from '../store/commit.ts';
import { emptyItem, type Item } from '../values/attribute-value.ts';
import { Capacity, writeUnits } from './capacity.ts';
import { decideWrite, type PreparedWrite, prepareWrite, readWrite } from './decide-write.ts';
import { type Input, optionalWord } from './input.ts';

const returnValues = ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'] as const;
type ReturnValues = (typeof returnValues)[number];

export const putItem = (db: Database, input: Input): object => writeItem(db, 'Put', input);
export const updateItem = (db: Database, input: Input): object => writeItem(db, 'Update', input);
export const deleteItem = (db: Database, input: Input): object => writeItem(db, 'Delete', input);

function writeItem(db: Database, kind: 'Put' | 'Update' | 'Delete', input: Input): object {
  const wanted = optionalWord(input, 'ReturnValues', returnValues) ?? 'NONE';
  if (kind !== 'Update' && wanted !== 'NONE' && wanted !== 'ALL_OLD') {
    throw validationError('ReturnValues can only be ALL_OLD or NONE');
  }
  const capacity = new Capacity(input);
  const metrics = optionalWord(input, 'ReturnItemCollectionMetrics', ['SIZE', 'NONE'] as const);
  const prepared = prepareWrite(db, readWrite(kind, input));
  refuseIfHeld(db, prepared);
  const write = decideWrite(prepared);
  // A deletion of nothing writes nothing.
  const written = write.before || write.after ? db.commit({ writes: [write] }) : [];
  countWrite(capacity, write, written[0]);
  const attributes = attributesOf(wanted, write, prepared);
  void metrics;
  return { ...(attributes && { Attributes: attributes }), ...capacity.one };
}

/** @throws {DynamoDbError} a transaction in flight holds the item */
export function refuseIfHeld(db: Database, { table, place }: PreparedWrite): void {
  if (db.holds.isHeld(table, place)) {
    throw new DynamoDbError('TransactionConflictException', 'Transaction is ongoing for the item');
  }
}

/** Counts what a write takes: by the larger of the item before and after it, and for each index that changed. */
export function countWrite(
  capacity: Capacity,
  { table, before, after }: Write,
  written: ReadonlyMap<string, readonly number[]> | undefined,
  factor = 1,
): void {
  const { name } = table.schema;
  capacity.add(name, factor * writeUnits(Math.max(before?.bytes ?? 0, after?.bytes ?? 0)));
  for (const [indexName, sizes] of written ?? []) {
    const index = table.indexes.get(indexName)?.schema;
    for (const bytes of sizes) if (index) capacity.add(name, factor * writeUnits(bytes), index);
  }
}

function attributesOf(wanted: ReturnValues, { before, after }: Write, { update }: PreparedWrite): Item | undefined {
  switch (wanted) {
    case 'NONE':
      return undefined;
    case 'ALL_OLD':
      return before?.item;
    case 'ALL_NEW':
      return after?.item;
    default: {
      const item = (wanted === 'UPDATED_OLD' ? before : after)?.item ?? emptyItem();
      const updated = update ? project(item, update.paths) : emptyItem();
      return Object.keys(updated).length > 0 ? updated : undefined;
    }
  }
}

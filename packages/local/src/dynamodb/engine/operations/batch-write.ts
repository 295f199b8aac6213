import type { Database } from '../database.ts';
import { validationError } from '../errors.ts';
import { Capacity } from './capacity.ts';
import { decideWrite, type PreparedWrite, prepareWrite, readWrite } from './decide-write.ts';
import { asObject, batchRequests, constraint, type Input, optionalList, optionalObject } from './input.ts';
import { countWrite } from './write-item.ts';

/** @see `BatchWriteItem`, DynamoDB API Reference */
const MAX_WRITES = 25;

/** Puts and deletes up to 25 items, each by itself. */
export function batchWriteItem(db: Database, input: Input): object {
  const capacity = new Capacity(input);
  const requests = batchRequests(input);
  const names = Object.keys(requests);
  const prepared = names.flatMap((TableName) => {
    const list = optionalList(requests, TableName) ?? [];
    if (list.length === 0) {
      throw constraint('[]', `RequestItems.${TableName}.member`, 'Member must have length greater than or equal to 1');
    }
    return list.map((request) => ({
      TableName,
      request: asObject(request),
      write: prepareOne(db, TableName, asObject(request)),
    }));
  });
  if (prepared.length > MAX_WRITES) throw validationError('Too many items requested for the BatchWriteItem call');
  const places = prepared.map(({ write: { table, place } }) =>
    JSON.stringify([table.schema.name, place.hash, place.range]),
  );
  if (new Set(places).size < places.length) throw validationError('Provided list of item keys contains duplicates');
  // Without a prototype: a table may be called `__proto__`.
  const unprocessed: Record<string, unknown[]> = Object.create(null);
  for (const { TableName, request, write } of prepared) {
    if (db.holds.isHeld(write.table, write.place)) {
      unprocessed[TableName] = [...(unprocessed[TableName] ?? []), request];
      continue;
    }
    const decided = decideWrite(write);
    const written = decided.before || decided.after ? db.commit({ writes: [decided] }) : [];
    countWrite(capacity, decided, written[0]);
  }
  return { UnprocessedItems: unprocessed, ...capacity.all };
}

function prepareOne(db: Database, TableName: string, request: Input): PreparedWrite {
  const [put, remove] = [optionalObject(request, 'PutRequest'), optionalObject(request, 'DeleteRequest')];
  if (put && remove) {
    throw validationError(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  if (put) {
    const write = prepareWrite(db, readWrite('Put', { TableName, Item: put.Item }));
    // All of a batch is looked at before any of it is written.
    write.table.entryOf(write.given);
    return write;
  }
  if (remove) return prepareWrite(db, readWrite('Delete', { TableName, Key: remove.Key }));
  throw validationError('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
}

import type { Database } from '../database.ts';
import { validationError } from '../errors.ts';
import { asValidationError, Bindings, type ResolvedPath } from '../expressions/bindings.ts';
import { parseProjection } from '../expressions/parse-projection.ts';
import { checkDistinctPaths, project } from '../expressions/paths.ts';
import { checkKey, checkKeysAreScalars, type Entry, type Place, placeOf } from '../store/schema.ts';
import type { Table } from '../store/table.ts';
import { type Item, parseItem } from '../values/attribute-value.ts';
import { Capacity, readUnits } from './capacity.ts';
import {
  asObject,
  batchRequests,
  constraint,
  type Input,
  optionalBoolean,
  optionalList,
  refuseLegacy,
  tableName,
} from './input.ts';

/** What of an item is wanted; undefined: all. */
export type Projection = readonly ResolvedPath[] | undefined;

/** Reads the projection of a request. @throws {DynamoDbError} */
export function bindProjection(input: Input, bindings: Bindings): Projection {
  const source = input.ProjectionExpression;
  if (source === undefined || source === null) return undefined;
  const paths = bindings
    .bind('ProjectionExpression', source, parseProjection)
    .tree.map((path) => bindings.resolve(path));
  try {
    checkDistinctPaths(paths);
  } catch (error) {
    throw asValidationError('ProjectionExpression', error);
  }
  return paths;
}

export const projected = (item: Item, projection: Projection): Item =>
  projection === undefined ? item : project(item, projection);

interface PreparedRead {
  readonly table: Table;
  readonly place: Place;
  readonly projection: Projection;
}

/** Reads a request for one item: the input of GetItem, or one action of a transaction. @throws {DynamoDbError} */
export function prepareRead(db: Database, input: Input): PreparedRead {
  refuseLegacy(input);
  const name = tableName(input);
  if (input.Key === undefined || input.Key === null) throw constraint(undefined, 'Key', 'Member must not be null');
  const key = parseItem(input.Key);
  const bindings = new Bindings(input);
  bindings.checkHasExpressions(input.ProjectionExpression !== undefined, {});
  const projection = bindProjection(input, bindings);
  bindings.checkAllUsed();
  const table = db.table(name);
  checkKeysAreScalars(table, projection ?? []);
  checkKey(table.schema.keys, key);
  return { table, place: placeOf(table.schema.keys, key), projection };
}

export function getItem(db: Database, input: Input): object {
  const capacity = new Capacity(input);
  const isConsistent = optionalBoolean(input, 'ConsistentRead') === true;
  const { table, place, projection } = prepareRead(db, input);
  const entry = table.at(place);
  capacity.add(table.schema.name, readUnits(entry?.bytes ?? 0, isConsistent));
  return { ...(entry && { Item: projected(entry.item, projection) }), ...capacity.one };
}

/** Items and bytes of one batch. @see `BatchGetItem`, DynamoDB API Reference */
const MAX_KEYS = 100;
const MAX_BYTES = 16 * 1024 * 1024;

export function batchGetItem(db: Database, input: Input): object {
  const capacity = new Capacity(input);
  const requests = batchRequests(input);
  const names = Object.keys(requests);
  const prepared = names.map((given) => {
    const request = asObject(requests[given]);
    const name = tableName({ TableName: given });
    const keys = (optionalList(request, 'Keys') ?? []).map((key) => parseItem(key));
    if (keys.length === 0) {
      throw constraint('[]', `RequestItems.${given}.member.Keys`, 'Member must have length greater than or equal to 1');
    }
    refuseLegacy(request);
    const bindings = new Bindings(request);
    const projection = bindProjection(request, bindings);
    bindings.checkAllUsed();
    const table = db.table(name);
    for (const key of keys) checkKey(table.schema.keys, key);
    const places = keys.map((key) => placeOf(table.schema.keys, key));
    if (new Set(places.map(({ hash, range }) => JSON.stringify([hash, range]))).size < places.length) {
      throw validationError('Provided list of item keys contains duplicates');
    }
    return {
      given,
      request,
      keys,
      table,
      places,
      projection,
      isConsistent: optionalBoolean(request, 'ConsistentRead') === true,
    };
  });
  if (prepared.reduce((count, { keys }) => count + keys.length, 0) > MAX_KEYS) {
    throw validationError('Too many items requested for the BatchGetItem call');
  }
  let bytes = 0;
  // Without a prototype: a table may be called `__proto__`.
  const responses: Record<string, Item[]> = Object.create(null);
  const unprocessed: Record<string, object> = Object.create(null);
  for (const { given, request, keys, table, places, projection, isConsistent } of prepared) {
    const items: Item[] = [];
    responses[given] = items;
    const left: Item[] = [];
    for (const [at, place] of places.entries()) {
      const entry: Entry | undefined = table.at(place);
      if (entry && bytes + entry.bytes > MAX_BYTES) {
        left.push(keys[at] as Item);
        continue;
      }
      bytes += entry?.bytes ?? 0;
      capacity.add(table.schema.name, readUnits(entry?.bytes ?? 0, isConsistent));
      if (entry) items.push(projected(entry.item, projection));
    }
    if (left.length > 0) unprocessed[given] = { ...request, Keys: left };
  }
  return { Responses: responses, UnprocessedKeys: unprocessed, ...capacity.all };
}

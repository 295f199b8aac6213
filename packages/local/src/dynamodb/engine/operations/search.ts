import type { Database } from '../database.ts';
import { invalidParameters, validationError } from '../errors.ts';
import { Bindings, type ResolvedPath } from '../expressions/bindings.ts';
import { type BoundCondition, bindCondition, isSatisfied } from '../expressions/condition.ts';
import { type KeyTest, keyTests, rangePosition } from '../expressions/key-condition.ts';
import { pathsIn } from '../expressions/visit.ts';
import {
  checkKeysAreScalars,
  comparePlaces,
  type KeyAttribute,
  type KeySchema,
  keyAttributes,
  type Place,
  placeOf,
  positionOf,
} from '../store/schema.ts';
import type { IndexEntry, SecondaryIndex } from '../store/secondary-index.ts';
import type { Position } from '../store/sorted-list.ts';
import type { Table } from '../store/table.ts';
import { emptyItem, type Item, parseItem, typeOf } from '../values/attribute-value.ts';
import { keyOrder } from '../values/order.ts';
import { Capacity, readUnits } from './capacity.ts';
import {
  type Input,
  optionalBoolean,
  optionalInteger,
  optionalString,
  optionalWord,
  refuseLegacy,
  tableName,
} from './input.ts';
import { bindProjection, type Projection, projected } from './read-item.ts';

/** Of items looked at in one call, bytes: the one that reaches it is the last. @see "Paginating table query results", DynamoDB Developer Guide */
const MAX_PAGE_BYTES = 1024 * 1024;
const MAX_SEGMENTS = 1_000_000;

const selects = ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'] as const;

/** An item of a table or an index. */
interface Found extends Place {
  readonly item: Item;
  readonly bytes: number;
  /** Of an index: where it is in the table. */
  readonly of?: Place;
}

/** What query and scan have in common. */
interface Search {
  readonly table: Table;
  readonly index: SecondaryIndex | undefined;
  readonly keys: KeySchema;
  readonly isConsistent: boolean;
  readonly limit: number;
  readonly select: (typeof selects)[number] | undefined;
  readonly filter: BoundCondition | undefined;
  readonly projection: Projection;
  readonly startKey: Item | undefined;
  readonly capacity: Capacity;
}

/** Returns the items of one partition key, in the order of their sort keys. @throws {DynamoDbError} */
export function query(db: Database, input: Input): object {
  const bindings = new Bindings(input);
  const { KeyConditionExpression, FilterExpression } = input;
  if (KeyConditionExpression === undefined || KeyConditionExpression === null) {
    refuseLegacy(input);
    throw validationError(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  }
  bindings.checkHasExpressions(true, { FilterExpression, KeyConditionExpression });
  const tests = keyTests(bindCondition('KeyConditionExpression', KeyConditionExpression, bindings));
  const search = prepare(db, input, bindings);
  const { keys, filter } = search;
  const [hash, range] = testsOf(keys, tests);
  if (filter) refuseKeysInFilter(filter, keys);
  const hashValue = keyOrder(hash.values[0] ?? {});
  const position = positionOf(hashValue);
  const rangeAt = range ? rangePosition(range) : () => 0;
  const within: Position<Place> = (entry) => {
    if (entry.position !== position) return entry.position - position;
    if (entry.hash !== hashValue) return entry.hash < hashValue ? -1 : 1;
    return rangeAt(entry.range);
  };
  const start = startOf(search);
  if (start && within(start) !== 0) {
    throw validationError('The provided starting key is outside query boundaries based on provided conditions');
  }
  const forward = optionalBoolean(input, 'ScanIndexForward') !== false;
  return page(search, walk(search, within, start, forward));
}

/** Returns all items, or those of one segment. @throws {DynamoDbError} */
export function scan(db: Database, input: Input): object {
  const bindings = new Bindings(input);
  const { FilterExpression, ProjectionExpression } = input;
  bindings.checkHasExpressions(FilterExpression !== undefined || ProjectionExpression !== undefined, {
    FilterExpression,
  });
  const total = optionalInteger(input, 'TotalSegments', { least: 1, most: MAX_SEGMENTS });
  const segment = optionalInteger(input, 'Segment', { least: 0, most: MAX_SEGMENTS - 1 });
  if (total === undefined && segment !== undefined) {
    throw validationError(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  if (total !== undefined && segment === undefined) {
    throw validationError(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  }
  if (total !== undefined && segment !== undefined && segment >= total) {
    throw validationError(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${total}`,
    );
  }
  const search = prepare(db, input, bindings);
  const segmentOf = ({ position }: Place) => Math.floor((position / 2 ** 32) * (total ?? 1));
  const within: Position<Place> = (entry) => segmentOf(entry) - (segment ?? 0);
  const start = startOf(search);
  if (start && within(start) !== 0) {
    throw validationError(
      'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. ' +
        `TotalSegments: ${total} Segment: ${segment}`,
    );
  }
  return page(search, walk(search, within, start, true));
}

function prepare(db: Database, input: Input, bindings: Bindings): Search {
  refuseLegacy(input);
  const name = tableName(input);
  const capacity = new Capacity(input);
  const asked = optionalInteger(input, 'Limit', { least: 1 }) ?? Number.POSITIVE_INFINITY;
  const limit = Math.min(asked, db.maxPageItems);
  const select = optionalWord(input, 'Select', selects);
  const isConsistent = optionalBoolean(input, 'ConsistentRead') === true;
  const { FilterExpression } = input;
  const filter =
    FilterExpression === undefined || FilterExpression === null
      ? undefined
      : bindCondition('FilterExpression', FilterExpression, bindings);
  const projection = bindProjection(input, bindings);
  bindings.checkAllUsed();
  if (projection && select !== undefined && select !== 'SPECIFIC_ATTRIBUTES') {
    const what = {
      ALL_ATTRIBUTES: 'all attributes',
      ALL_PROJECTED_ATTRIBUTES: 'all projected attributes',
      COUNT: 'only the Count',
    }[select];
    throw validationError(`Cannot specify the ProjectionExpression when choosing to get ${what}`);
  }
  if (!projection && select === 'SPECIFIC_ATTRIBUTES') {
    throw validationError(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  const { ExclusiveStartKey } = input;
  const startKey =
    ExclusiveStartKey === undefined || ExclusiveStartKey === null ? undefined : parseItem(ExclusiveStartKey);
  const table = db.table(name);
  const indexName = optionalString(input, 'IndexName');
  const index = indexName === undefined ? undefined : table.indexes.get(indexName);
  if (indexName !== undefined && !index) {
    throw validationError(`The table does not have the specified index: ${indexName}`);
  }
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && !index) {
    throw validationError('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  if (index?.schema.isGlobal && isConsistent) {
    throw validationError('Consistent reads are not supported on global secondary indexes');
  }
  if (index?.schema.isGlobal && select === 'ALL_ATTRIBUTES' && index.schema.projected !== undefined) {
    throw invalidParameters(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${indexName} because its projection type is not ALL`,
    );
  }
  checkKeysAreScalars(table, [...(filter ? pathsIn(filter) : []), ...(projection ?? [])]);
  // A scan takes what an index does not have for not there.
  const isQuery = input.KeyConditionExpression !== undefined;
  if (index) checkProjected(index, table.schema.keys, { filter: isQuery ? filter : undefined, projection });
  if (index) db.readIndex(table, index);
  const keys = index?.schema.keys ?? table.schema.keys;
  return { table, index, keys, isConsistent, limit, select, filter, projection, startKey, capacity };
}

/** @throws {DynamoDbError} the conditions are not those of a query on these keys */
function testsOf(
  { hash, range }: KeySchema,
  tests: ReadonlyMap<string, KeyTest>,
): [hash: KeyTest, range: KeyTest | undefined] {
  const hashTest = tests.get(hash.name);
  const rangeTest = range && tests.get(range.name);
  if (!range && tests.size > 1) throw validationError('Query key condition not supported');
  if (!hashTest) throw validationError(`Query condition missed key schema element: ${hash.name}`);
  if (range && tests.size > 1 && !rangeTest) {
    throw validationError(`Query condition missed key schema element: ${range.name}`);
  }
  checkTestType(hash, hashTest);
  if (hashTest.operator !== '=') throw validationError('Query key condition not supported');
  if (range && rangeTest) checkTestType(range, rangeTest);
  return [hashTest, rangeTest];
}

function checkTestType({ type, name }: KeyAttribute, { values }: KeyTest): void {
  for (const value of values) {
    if (typeOf(value) !== type) throw invalidParameters('Condition parameter type does not match schema type');
    if (value.S === '' || value.B === '') {
      throw validationError(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${value.S === '' ? 'string' : 'binary'} value. Key: ${name}`,
      );
    }
  }
}

function refuseKeysInFilter(filter: BoundCondition, keys: KeySchema): void {
  const names = new Set(pathsIn(filter).map(([first]) => first));
  const key = keyAttributes(keys).find(({ name }) => names.has(name));
  if (key) {
    throw validationError(
      `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key.name}`,
    );
  }
}

/** @throws {DynamoDbError} an index is asked for attributes that it does not have */
function checkProjected(
  { schema: { name, keys, projected: has, isGlobal } }: SecondaryIndex,
  tableKeys: KeySchema,
  { filter, projection }: { filter: BoundCondition | undefined; projection: Projection },
): void {
  if (has === undefined) return;
  const names = new Set([...has, ...[...keyAttributes(tableKeys), ...keyAttributes(keys)].map((key) => key.name)]);
  const missing = (paths: readonly ResolvedPath[]) => [
    ...new Set(paths.map(([first]) => String(first)).filter((first) => !names.has(first))),
  ];
  const notShown = isGlobal && projection ? missing(projection) : [];
  if (notShown.length > 0) {
    throw invalidParameters(`Global secondary index ${name} does not project [${notShown.join(', ')}]`);
  }
  const notFiltered = filter ? missing(pathsIn(filter)) : [];
  if (notFiltered.length > 0) {
    throw invalidParameters(
      `Secondary index ${name} does not project one or more filter attributes: [${notFiltered.join(', ')}]`,
    );
  }
}

/** Returns the place that a page starts behind. @throws {DynamoDbError} the key has other attributes than it must have */
function startOf({ startKey, table, index, keys }: Search): Found | undefined {
  if (startKey === undefined) return undefined;
  const wanted = new Map(
    [...keyAttributes(table.schema.keys), ...keyAttributes(keys)].map(({ name, type }) => [name, type]),
  );
  const fits =
    Object.keys(startKey).length === wanted.size &&
    [...wanted].every(([name, type]) => startKey[name] !== undefined && typeOf(startKey[name]) === type);
  if (!fits) {
    throw validationError(
      index
        ? 'The provided starting key is invalid'
        : 'The provided starting key is invalid: The provided key element does not match the schema',
    );
  }
  const place = { ...placeOf(keys, startKey), item: startKey, bytes: 0 };
  return index ? { ...place, of: placeOf(table.schema.keys, startKey) } : place;
}

const compareFound = (a: Found, b: Found): number =>
  comparePlaces(a, b) || (a.of && b.of ? comparePlaces(a.of, b.of) : 0);

/** Lists what lies within bounds, behind the start if there is one. */
function* walk(
  { table, index }: Search,
  within: Position<Place>,
  start: Found | undefined,
  forward: boolean,
): Generator<Found> {
  const entries: {
    ascending(from: Position<Found>): Iterable<Found>;
    descending(from: Position<Found>): Iterable<Found>;
  } = index ? (index.entries as never) : (table.entries as never);
  const from: Position<Found> = forward
    ? (entry) => (start ? (compareFound(entry, start) <= 0 ? -1 : 0) : within(entry))
    : (entry) => (start ? (compareFound(entry, start) < 0 ? -1 : 0) : within(entry) <= 0 ? -1 : 0);
  for (const entry of forward ? entries.ascending(from) : entries.descending(from)) {
    if (within(entry) !== 0) return;
    yield entry;
  }
}

/** Takes a page: so many items, or 1 MB of them, looked at before the filter. */
function page(search: Search, found: Iterable<Found>): object {
  const { table, index, keys, isConsistent, limit, select, filter, projection, capacity } = search;
  const items: Item[] = [];
  let [count, scanned, bytes] = [0, 0, 0];
  let last: Found | undefined;
  let isMore = false;
  for (const entry of found) {
    if (scanned === limit || bytes >= MAX_PAGE_BYTES) {
      isMore = true;
      break;
    }
    scanned++;
    bytes += entry.bytes;
    last = entry;
    if (filter && !isSatisfied(filter, tableItem(search, entry))) continue;
    count++;
    if (select !== 'COUNT') items.push(projected(returnedItem(search, entry), projection));
  }
  // A page that is full says where it ended, also when nothing follows.
  if (scanned === limit) isMore = true;
  const units = readUnits(bytes, isConsistent);
  capacity.add(table.schema.name, index ? 0 : units);
  if (index) capacity.add(table.schema.name, units, index.schema);
  return {
    ...(select !== 'COUNT' && { Items: items }),
    Count: count,
    ScannedCount: scanned,
    ...(isMore && last && { LastEvaluatedKey: keyOfEntry(last, table.schema.keys, keys) }),
    ...capacity.one,
  };
}

/** A local index reads from the table what it does not have. */
function tableItem({ table, index }: Search, entry: Found): Item {
  const isPartial = index && !index.schema.isGlobal && index.schema.projected !== undefined;
  return isPartial ? (table.at((entry as IndexEntry).of)?.item ?? entry.item) : entry.item;
}

function returnedItem(search: Search, entry: Found): Item {
  return search.select === 'ALL_ATTRIBUTES' || search.projection ? tableItem(search, entry) : entry.item;
}

function keyOfEntry({ item }: Found, tableKeys: KeySchema, keys: KeySchema): Item {
  const key = emptyItem();
  for (const { name } of [...keyAttributes(tableKeys), ...keyAttributes(keys)]) {
    const value = item[name];
    if (value !== undefined) key[name] = value;
  }
  return key;
}

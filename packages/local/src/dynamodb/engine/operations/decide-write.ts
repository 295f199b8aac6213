import type { Database } from '../database.ts';
import { conditionFailed, DynamoDbError, invalidParameters, validationError } from '../errors.ts';
import { Bindings } from '../expressions/bindings.ts';
import { type BoundCondition, bindCondition, isSatisfied } from '../expressions/condition.ts';
import { applyUpdate, type BoundUpdate, bindUpdate } from '../expressions/update.ts';
import { pathsIn } from '../expressions/visit.ts';
import type { Write } from '../store/commit.ts';
import { checkKey, checkKeysAreScalars, keyAttributes, keyOf, type Place, placeOf } from '../store/schema.ts';
import type { Table } from '../store/table.ts';
import { emptyItem, type Item, parseItem } from '../values/attribute-value.ts';
import { constraint, type Input, optionalWord, refuseLegacy, tableName } from './input.ts';

export type WriteKind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

/** A write that was read and checked as far as that is possible without looking at the item. */
export interface PreparedWrite {
  readonly kind: WriteKind;
  readonly table: Table;
  readonly key: Item;
  readonly place: Place;
  /** Of a put. */
  readonly item: Item | undefined;
  readonly update: BoundUpdate | undefined;
  readonly condition: BoundCondition | undefined;
  readonly returnsItemOnFailure: boolean;
}

/**
 * Reads a write: the input of PutItem, UpdateItem or DeleteItem, or one action of a transaction.
 * @throws {DynamoDbError}
 */
export function prepareWrite(db: Database, kind: WriteKind, input: Input): PreparedWrite {
  refuseLegacy(input);
  const name = tableName(input);
  const parameter = kind === 'Put' ? 'Item' : 'Key';
  if (input[parameter] === undefined || input[parameter] === null) {
    throw constraint(undefined, parameter, 'Member must not be null');
  }
  const given = parseItem(input[parameter]);
  const bindings = new Bindings(input);
  const { UpdateExpression, ConditionExpression } = input;
  const takesUpdate = kind === 'Update';
  bindings.checkHasExpressions(
    ConditionExpression !== undefined || (takesUpdate && UpdateExpression !== undefined),
    takesUpdate ? { UpdateExpression, ConditionExpression } : { ConditionExpression },
  );
  const update =
    takesUpdate && UpdateExpression !== undefined && UpdateExpression !== null
      ? bindUpdate(UpdateExpression, bindings)
      : undefined;
  const condition =
    ConditionExpression !== undefined && ConditionExpression !== null
      ? bindCondition('ConditionExpression', ConditionExpression, bindings)
      : undefined;
  bindings.checkAllUsed();
  const returnsItemOnFailure =
    optionalWord(input, 'ReturnValuesOnConditionCheckFailure', ['ALL_OLD', 'NONE'] as const) === 'ALL_OLD';
  const table = db.table(name);
  const { keys } = table.schema;
  checkKeysAreScalars(table, [
    ...(update?.paths ?? []),
    ...[update, condition].flatMap((each) => (each ? pathsIn(each) : [])),
  ]);
  if (kind === 'Put') {
    const entry = table.entryOf(given);
    const shared = { key: keyOf(keys, given), place: placeOf(keys, given), item: entry.item };
    return { kind, table, ...shared, update, condition, returnsItemOnFailure };
  }
  checkKey(keys, given);
  if (update) checkKeyIsUntouched(table, update);
  const place = placeOf(keys, given);
  return { kind, table, key: given, place, item: undefined, update, condition, returnsItemOnFailure };
}

function checkKeyIsUntouched(table: Table, { paths }: BoundUpdate): void {
  for (const { name } of keyAttributes(table.schema.keys)) {
    if (paths.some(([first]) => first === name)) {
      throw invalidParameters(`Cannot update attribute ${name}. This attribute is part of the key`);
    }
  }
}

/** Looks at the item, and decides. @throws {DynamoDbError} the condition is not satisfied, or the update cannot be */
export function decideWrite({ kind, table, key, place, item, update, condition, ...rest }: PreparedWrite): Write {
  const before = table.at(place);
  if (condition && !isSatisfied(condition, before?.item ?? emptyItem())) {
    throw conditionFailed(rest.returnsItemOnFailure ? before?.item : undefined);
  }
  switch (kind) {
    case 'Put':
      return { table, key, place, before, after: table.entryOf(item as Item) };
    case 'Delete':
      return { table, key, place, before, after: undefined };
    case 'ConditionCheck':
      return { table, key, place, before, after: before };
    case 'Update': {
      const existing = before?.item ?? key;
      const updated = update ? applyUpdate(update, existing) : existing;
      try {
        return { table, key, place, before, after: table.entryOf(updated) };
      } catch (error) {
        throw asUpdateError(error);
      }
    }
  }
}

/** What is wrong with an item that an update made is said in other words than of one that is put. */
function asUpdateError(error: unknown): unknown {
  if (!(error instanceof DynamoDbError)) return error;
  if (error.message === 'Item size has exceeded the maximum allowed size') {
    return validationError('Item size to update has exceeded the maximum allowed size');
  }
  return error.message.includes('Type mismatch for Index Key')
    ? invalidParameters(error.message.replace(/^.*?: /, ''))
    : error;
}

import type { Database } from '../database.ts';
import { conditionFailed, DynamoDbError, invalidParameters, validationError } from '../errors.ts';
import { Bindings } from '../expressions/bindings.ts';
import { type BoundCondition, bindCondition, isSatisfied } from '../expressions/condition.ts';
import { applyUpdate, type BoundUpdate, bindUpdate } from '../expressions/update.ts';
import { pathsIn } from '../expressions/visit.ts';
import type { Write } from '../store/commit.ts';
import {
  checkItemKeys,
  checkKey,
  checkKeysAreScalars,
  keyAttributes,
  keyOf,
  type Place,
  placeOf,
} from '../store/schema.ts';
import type { Table } from '../store/table.ts';
import { emptyItem, type Item, parseItem } from '../values/attribute-value.ts';
import { constraint, type Input, optionalWord, refuseLegacy, tableName } from './input.ts';

export type WriteKind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

/** A write as its request says it, before its table is looked at. */
export interface ReadWrite {
  readonly kind: WriteKind;
  readonly tableName: string;
  /** The item of a put, the key of anything else. */
  readonly given: Item;
  readonly update: BoundUpdate | undefined;
  readonly condition: BoundCondition | undefined;
  readonly returnsItemOnFailure: boolean;
}

/** A write that fits its table. */
export interface PreparedWrite extends ReadWrite {
  readonly table: Table;
  readonly key: Item;
  readonly place: Place;
}

/**
 * Reads a write: the input of PutItem, UpdateItem or DeleteItem, or one action of a transaction.
 * @throws {DynamoDbError}
 */
export function readWrite(kind: WriteKind, input: Input): ReadWrite {
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
  return { kind, tableName: name, given, update, condition, returnsItemOnFailure };
}

/** Looks whether a write fits its table. @throws {DynamoDbError} */
export function prepareWrite(db: Database, write: ReadWrite): PreparedWrite {
  const { kind, given, condition } = write;
  const table = db.table(write.tableName);
  const { keys } = table.schema;
  if (condition && kind !== 'ConditionCheck') checkKeysAreScalars(table, pathsIn(condition));
  if (kind === 'Put') checkItemKeys(keys, given);
  else checkKey(keys, given);
  return { ...write, table, key: kind === 'Put' ? keyOf(keys, given) : given, place: placeOf(keys, given) };
}

function checkKeyIsUntouched(table: Table, update: BoundUpdate): void {
  const { paths } = update;
  for (const { name } of keyAttributes(table.schema.keys)) {
    if (paths.some(([first]) => first === name)) {
      throw invalidParameters(`Cannot update attribute ${name}. This attribute is part of the key`);
    }
  }
  checkKeysAreScalars(table, [...paths, ...pathsIn(update)]);
}

/** Looks at the item, and decides. @throws {DynamoDbError} the condition is not satisfied, or the update cannot be */
export function decideWrite({ kind, table, key, place, given, update, condition, ...rest }: PreparedWrite): Write {
  const before = table.at(place);
  const replacement = kind === 'Put' ? table.entryOf(given) : undefined;
  if (condition && !isSatisfied(condition, before?.item ?? emptyItem())) {
    throw conditionFailed(rest.returnsItemOnFailure ? before?.item : undefined);
  }
  switch (kind) {
    case 'Put':
      return { table, key, place, before, after: replacement };
    case 'Delete':
      return { table, key, place, before, after: undefined };
    case 'ConditionCheck':
      return { table, key, place, before, after: before };
    case 'Update': {
      if (update) checkKeyIsUntouched(table, update);
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

import { type Database, hashOf } from '../database.ts';
import { DynamoDbError, tableNotFound, validationError } from '../errors.ts';
import type { Write } from '../store/commit.ts';
import { Capacity, readUnits } from './capacity.ts';
import { decideWrite, type PreparedWrite, prepareWrite, readWrite, type WriteKind } from './decide-write.ts';
import { asObject, constraint, type Input, optionalList, optionalString } from './input.ts';
import { prepareRead, projected } from './read-item.ts';
import { countWrite } from './write-item.ts';

/** @see "Amazon DynamoDB Transactions: How it works", Developer Guide */
const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1024 * 1024;
/** A transaction prepares and commits: each action costs twice. */
const TRANSACTION_FACTOR = 2;
const MAX_TOKEN_LENGTH = 36;

const kinds: readonly WriteKind[] = ['ConditionCheck', 'Put', 'Delete', 'Update'];

/** Why an action stood in the way of its transaction; `None`: it did not. */
interface Reason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: object;
}

/**
 * Carries out up to 100 writes and checks, all or none.
 * @throws {DynamoDbError} TransactionCanceledException with a reason for each action; what cannot be at all is a
 * ValidationException of its own
 */
export async function transactWriteItems(db: Database, input: Input): Promise<object> {
  const capacity = new Capacity(input, 'Write');
  const actions = actionsOf(input);
  const token = optionalString(input, 'ClientRequestToken');
  if (token !== undefined && (token.length < 1 || token.length > MAX_TOKEN_LENGTH)) {
    throw constraint(token, 'ClientRequestToken', `Member must have length less than or equal to ${MAX_TOKEN_LENGTH}`);
  }
  const requested = actions.map((action) => {
    const given = kinds.filter((kind) => action[kind] !== undefined && action[kind] !== null);
    const [kind] = given;
    if (kind === undefined || given.length > 1) {
      throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
    }
    return readWrite(kind, asObject(action[kind]));
  });
  for (const { kind, condition, update } of requested) {
    if (kind === 'ConditionCheck' && !condition) {
      throw constraint(undefined, 'ConditionExpression', 'Member must not be null');
    }
    if (kind === 'Update' && !update) {
      throw constraint(undefined, 'UpdateExpression', 'Member must not be null');
    }
  }
  const prepared = requested.map((write) => prepareWrite(db, write));
  checkDistinct(prepared);

  const requestHash = token === undefined ? '' : hashOf(JSON.stringify(input.TransactItems));
  const known = token === undefined ? undefined : db.tokenOf(token);
  if (known) {
    if (known.requestHash !== requestHash) {
      throw new DynamoDbError(
        'IdempotentParameterMismatchException',
        'The parameters given for this request differ from those of an earlier one with the same client request token',
      );
    }
    // Done already: what a repetition takes is a read of each item.
    const reads = new Capacity(input, 'Read');
    for (const { table, place } of prepared) {
      reads.add(table.schema.name, TRANSACTION_FACTOR * readUnits(table.at(place)?.bytes ?? 0, true));
    }
    return reads.all;
  }
  if (token !== undefined && db.holds.inFlight.has(token)) {
    throw new DynamoDbError(
      'TransactionInProgressException',
      'The transaction with the given request token is already in progress.',
    );
  }

  const writes = decideAll(db, prepared);
  if (db.holds.holdMs > 0) {
    if (token !== undefined) db.holds.inFlight.add(token);
    await db.holds.during(prepared);
    if (token !== undefined) db.holds.inFlight.delete(token);
    for (const { table } of prepared) {
      if (db.tables.get(table.schema.name) !== table) throw tableNotFound();
    }
  }
  const written = db.commit({
    writes: writes.filter(isWrite),
    ...(token !== undefined && { token: { token, requestHash } }),
  });
  const sizes = written.values();
  for (const write of writes) {
    countWrite(capacity, write, isWrite(write) ? sizes.next().value : undefined, TRANSACTION_FACTOR);
  }
  return capacity.all;
}

/** A check changes nothing, and neither does the deletion of nothing. */
const isWrite = ({ before, after }: Write): boolean => before !== after;

function actionsOf(input: Input): Input[] {
  const list = optionalList(input, 'TransactItems');
  if (list === undefined) throw constraint(undefined, 'TransactItems', 'Member must not be null');
  if (list.length === 0) {
    throw constraint('[]', 'TransactItems', 'Member must have length greater than or equal to 1');
  }
  if (list.length > MAX_ACTIONS) {
    throw constraint(
      `[${list.length} items]`,
      'TransactItems',
      `Member must have length less than or equal to ${MAX_ACTIONS}`,
    );
  }
  return list.map(asObject);
}

function checkDistinct(prepared: readonly Pick<PreparedWrite, 'table' | 'place'>[]): void {
  const names = prepared.map(({ table, place }) => JSON.stringify([table.schema.name, place.hash, place.range]));
  if (new Set(names).size < names.length) {
    throw validationError('Transaction request cannot include multiple operations on one item');
  }
}

/** @throws {DynamoDbError} at least one action cannot be carried out */
function decideAll(db: Database, prepared: readonly PreparedWrite[]): Write[] {
  const writes: Write[] = [];
  const reasons = prepared.map((action): Reason => {
    if (db.holds.isHeld(action.table, action.place)) return conflict;
    try {
      writes.push(decideWrite(action));
      return { Code: 'None' };
    } catch (error) {
      return reasonOf(error);
    }
  });
  if (reasons.some(({ Code }) => Code !== 'None')) throw canceled(reasons);
  const bytes = writes.reduce((sum, { before, after }) => sum + Math.max(before?.bytes ?? 0, after?.bytes ?? 0), 0);
  if (bytes > MAX_BYTES)
    throw validationError('Collection size of items in transaction exceeded the maximum allowed size');
  return writes;
}

const conflict: Reason = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };

function reasonOf(error: unknown): Reason {
  if (!(error instanceof DynamoDbError)) throw error;
  const Code = { ConditionalCheckFailedException: 'ConditionalCheckFailed', ValidationException: 'ValidationError' }[
    error.code
  ];
  if (Code === undefined) throw error;
  return { Code, Message: error.message, ...error.details };
}

function canceled(reasons: readonly Reason[]): DynamoDbError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new DynamoDbError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { details: { CancellationReasons: reasons } },
  );
}

/** Reads up to 100 items as they are at one moment. */
export function transactGetItems(db: Database, input: Input): object {
  const capacity = new Capacity(input, 'Read');
  const reads = actionsOf(input).map((action) => {
    if (action.Get === undefined || action.Get === null) {
      throw constraint(undefined, 'TransactItems.1.member.Get', 'Member must not be null');
    }
    return prepareRead(db, asObject(action.Get));
  });
  checkDistinct(reads);
  const reasons = reads.map(({ table, place }) => (db.holds.isHeld(table, place) ? conflict : { Code: 'None' }));
  if (reasons.some(({ Code }) => Code !== 'None')) throw canceled(reasons);
  const Responses = reads.map(({ table, place, projection }) => {
    const entry = table.at(place);
    capacity.add(table.schema.name, TRANSACTION_FACTOR * readUnits(entry?.bytes ?? 0, true));
    return entry ? { Item: projected(entry.item, projection) } : {};
  });
  return { Responses, ...capacity.all };
}

import type { DynamoDbAnswer } from '../dynamodb/dynamodb.ts';
import { refused } from '../dynamodb/engine/engine.ts';
import { DynamoDbError } from '../dynamodb/engine/errors.ts';
import type { FaultableCall } from './faults.ts';

const writes = ['PutItem', 'UpdateItem', 'DeleteItem'];
const transactions = ['TransactWriteItems', 'TransactGetItems'];

/** Whether DynamoDB refuses such a call when a transaction holds its item. */
export const canConflict = ({ service, operation }: FaultableCall): boolean =>
  service === 'dynamodb' && (writes.includes(operation) || transactions.includes(operation));

/**
 * Refuses a call as if a transaction held its item; of a transaction, its first one.
 * @see "Transaction conflict handling in DynamoDB", Developer Guide
 */
export function conflictAnswer({ operation, resources }: FaultableCall): DynamoDbAnswer {
  const message = 'Transaction is ongoing for the item';
  if (!transactions.includes(operation)) return refused(new DynamoDbError('TransactionConflictException', message));
  // Each action of a transaction is about one resource.
  const CancellationReasons = resources.map((_, index) =>
    index === 0 ? { Code: 'TransactionConflict', Message: message } : { Code: 'None' },
  );
  const codes = CancellationReasons.map(({ Code }) => Code).join(', ');
  return refused(
    new DynamoDbError(
      'TransactionCanceledException',
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      { details: { CancellationReasons } },
    ),
  );
}

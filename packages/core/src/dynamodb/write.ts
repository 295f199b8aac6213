import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Send } from './database.ts';
import { isTransient } from './errors.ts';
import type { Item } from './items.ts';
import type { Patience, Retry } from './retry.ts';

/** The outcome of one conditional write. */
export type Written =
  /** Its return values, if it asked for some and there are any. */
  | { readonly attributes: Item | undefined }
  /** The condition did not hold: the item as it is, if there is one. */
  | { readonly refused: Item | undefined };

/**
 * Writes of one item, repeated while transactions in flight hold it: the SDK does not repeat those.
 * @throws {ServiceError} SERVICE_UNAVAILABLE
 */
export interface Write {
  update(input: UpdateItemCommandInput, patience: Patience): Promise<Written>;
  put(input: PutItemCommandInput, patience: Patience): Promise<Written>;
  remove(input: DeleteItemCommandInput, patience: Patience): Promise<Written>;
}

/** Asks for the item that refuses, where something can. */
const explain = ({ ConditionExpression }: { ConditionExpression?: string | undefined }) =>
  ConditionExpression === undefined ? {} : ({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const);

export function createWrite(send: Send, retry: Retry): Write {
  const written = (patience: Patience, attempt: () => Promise<{ Attributes?: Item | undefined }>): Promise<Written> =>
    retry(
      patience,
      async () => {
        try {
          return { attributes: (await attempt()).Attributes };
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) return { refused: error.Item };
          throw error;
        }
      },
      (outcome) => 'error' in outcome && isTransient(outcome.error),
    );
  return {
    update: (input, patience) => written(patience, () => send(new UpdateItemCommand({ ...explain(input), ...input }))),
    put: (input, patience) => written(patience, () => send(new PutItemCommand({ ...explain(input), ...input }))),
    remove: (input, patience) => written(patience, () => send(new DeleteItemCommand({ ...explain(input), ...input }))),
  };
}

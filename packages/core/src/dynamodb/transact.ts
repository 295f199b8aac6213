import { randomUUID } from 'node:crypto';
import {
  type CancellationReason,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Send } from './database.ts';
import { isTransient } from './errors.ts';
import type { Item } from './items.ts';
import type { Patience, Retry } from './retry.ts';

/** Why an action of a transaction was not carried out. */
export interface Refusal {
  /** The item as it is, if there is one and the action asked for it. */
  readonly item: Item | undefined;
}

/** For each action, by position: what it was refused for, or undefined if nothing was wrong with it. */
export type Refusals = readonly (Refusal | undefined)[];

type Attempt = 'committed' | { readonly refusals: Refusals; readonly isTransient: boolean };

/** All of the actions, or nothing. @returns `committed`, or which conditions did not hold */
export interface Transact {
  /** Repeats it while other transactions stand in the way. @throws {ServiceError} SERVICE_UNAVAILABLE */
  (actions: TransactWriteItem[], patience: Patience): Promise<'committed' | Refusals>;
  /** Does not repeat it. @returns also `conflict`, with the conditions that did not hold all the same */
  once(
    actions: TransactWriteItem[],
  ): Promise<'committed' | { readonly refusals: Refusals; readonly isConflict: boolean }>;
}

const TRANSIENT = new Set(['TransactionConflict', 'ProvisionedThroughputExceeded', 'ThrottlingError']);

export function createTransact(send: Send, retry: Retry): Transact {
  /**
   * Attempts with one token until one has certainly changed nothing: an earlier one may have been carried out, its
   * answer lost, and only its token tells.
   */
  function startAttempts(actions: TransactWriteItem[]): () => Promise<Attempt> {
    let token = randomUUID();
    return async () => {
      try {
        await send(new TransactWriteItemsCommand({ TransactItems: actions, ClientRequestToken: token }));
        return 'committed';
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        token = randomUUID();
        return judge(error);
      }
    };
  }

  const transact = async (actions: TransactWriteItem[], patience: Patience): Promise<'committed' | Refusals> => {
    const attempt = await retry(patience, startAttempts(actions), (outcome) =>
      'error' in outcome ? isTransient(outcome.error) : outcome.result !== 'committed' && outcome.result.isTransient,
    );
    return attempt === 'committed' ? attempt : attempt.refusals;
  };
  const once: Transact['once'] = async (actions) => {
    const attempt = await retry(
      ONCE,
      startAttempts(actions),
      (outcome) => 'error' in outcome && isTransient(outcome.error),
    );
    return attempt === 'committed' ? attempt : { refusals: attempt.refusals, isConflict: attempt.isTransient };
  };
  return Object.assign(transact, { once });
}

/** Attempts of `once`, for what is not decided: throttling, and an earlier attempt in flight. */
const ONCE: Patience = { maxAttempts: 3 };

/** @throws the error itself for every reason that is a bug, such as ValidationError */
function judge(error: TransactionCanceledException): Attempt {
  const reasons: CancellationReason[] = error.CancellationReasons ?? [];
  const isKnown = ({ Code = 'None' }: CancellationReason) =>
    Code === 'None' || Code === 'ConditionalCheckFailed' || TRANSIENT.has(Code);
  if (reasons.length === 0 || !reasons.every(isKnown)) throw error;
  return {
    refusals: reasons.map(({ Code, Item: item }) => (Code === 'ConditionalCheckFailed' ? { item } : undefined)),
    isTransient: reasons.some(({ Code }) => Code !== undefined && TRANSIENT.has(Code)),
  };
}

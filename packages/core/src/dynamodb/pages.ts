import { QueryCommand, type QueryCommandInput, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import type { Send } from './database.ts';
import type { Item } from './items.ts';

export interface Page {
  readonly items: readonly Item[];
  /** Items that the database looked at, those that a filter left out included. */
  readonly scanned: number;
  /** Where the next page begins; undefined: this is the last one. */
  readonly last: Item | undefined;
}

export const queryPages = (send: Send, input: QueryCommandInput): AsyncIterable<Page> =>
  pages((start) => send(new QueryCommand({ ...input, ExclusiveStartKey: start })));

/** Begins after `ExclusiveStartKey`, if there is one. */
export const scanPages = (send: Send, input: ScanCommandInput): AsyncIterable<Page> =>
  pages((start) => send(new ScanCommand({ ...input, ExclusiveStartKey: start })), input.ExclusiveStartKey);

interface Answer {
  Items?: Item[] | undefined;
  ScannedCount?: number | undefined;
  LastEvaluatedKey?: Item | undefined;
}

/** Reads page after page, each when it is asked for. */
async function* pages(
  read: (start: Item | undefined) => Promise<Answer>,
  from?: Item | undefined,
): AsyncGenerator<Page> {
  let start = from;
  do {
    const { Items, ScannedCount, LastEvaluatedKey } = await read(start);
    yield { items: Items ?? [], scanned: ScannedCount ?? 0, last: LastEvaluatedKey };
    start = LastEvaluatedKey;
  } while (start !== undefined);
}

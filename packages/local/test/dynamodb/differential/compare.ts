import type { Answer } from './dynamodb-local.ts';
import type { Operation } from './operations.ts';

export type Verdict =
  | { readonly kind: 'same' }
  /** Both refuse it, for the same or another of several reasons, in their own words. */
  | { readonly kind: 'words'; readonly local: string; readonly ours: string }
  | { readonly kind: 'different'; readonly text: string };

/** Compares two answers, apart from what DynamoDB Local is known to do in another way than DynamoDB. */
export function compare({ name, input }: Operation, local: Answer, ours: Answer): Verdict {
  // It fails at an update without an expression.
  if (local.statusCode === 500 && ours.statusCode < 500) return { kind: 'same' };
  const [theirs, own] = [normal(name, input, local.body), normal(name, input, ours.body)];
  if (local.statusCode === ours.statusCode && JSON.stringify(theirs) === JSON.stringify(own)) return { kind: 'same' };
  if (bothRefuse(name, local, ours)) return { kind: 'words', local: messageOf(local), ours: messageOf(ours) };
  return {
    kind: 'different',
    text: `DynamoDB Local: ${local.statusCode} ${JSON.stringify(theirs)}\n  ours: ${ours.statusCode} ${JSON.stringify(own)}`,
  };
}

function bothRefuse(name: string, local: Answer, ours: Answer): boolean {
  if (local.statusCode !== 400 || ours.statusCode !== 400) return false;
  const [theirs, own] = [codeOf(local), codeOf(ours)];
  if (name === 'TransactWriteItems' && theirs !== 'ResourceNotFoundException') {
    // Some of what is wrong is an answer of its own to one, and a reason of a cancelled transaction to the other; AWS
    // documents both. And of several reasons, Local tells fewer.
    return [local, ours].every(isInvalid);
  }
  // Local looks for the table before it reads the rest of a request.
  return theirs === 'ResourceNotFoundException' ? own === 'ValidationException' || own === theirs : theirs === own;
}

const isInvalid = (answer: Answer): boolean =>
  codeOf(answer) === 'ValidationException' || reasonsOf(answer).includes('ValidationError');

const reasonsOf = ({ body }: Answer): string[] =>
  ((body.CancellationReasons ?? []) as { Code: string }[]).map(({ Code }) => Code);
const codeOf = ({ body }: Answer): string => String(body.__type).replace(/^.*#/, '');
const messageOf = ({ body }: Answer): string => String(body.message ?? body.Message ?? '');

/** An answer without what cannot be compared: orders that are no orders, and capacity where its arithmetic is its own. */
function normal(name: string, input: Operation['input'], body: Answer['body']): unknown {
  const { __type, message, Message, ConsumedCapacity, LastEvaluatedKey, ...rest } = body;
  const copy = canonical(rest) as Record<string, unknown>;
  for (const reason of (copy.CancellationReasons ?? []) as { Message?: string }[]) {
    if (reason.Message) reason.Message = reason.Message.replace(/\.$/, '');
  }
  if (__type !== undefined)
    Object.assign(copy, { code: String(__type).replace(/^.*#/, ''), message: message ?? Message });
  // Of a document it returns what is beside an updated part as well.
  const isDeep = /[.[]/.test(String(input.UpdateExpression));
  if (name === 'UpdateItem' && /^UPDATED/.test(String(input.ReturnValues)) && isDeep) {
    delete copy.Attributes;
  }
  // It does not say where a page ends that is full exactly when nothing is left.
  const isLimited = input.Limit !== undefined;
  if (LastEvaluatedKey !== undefined && !isLimited) copy.LastEvaluatedKey = canonical(LastEvaluatedKey);
  // It counts nothing for items that are not there, and transactions and batches by rules of its own.
  const comparesCapacity = ['PutItem', 'UpdateItem'].includes(name);
  if (comparesCapacity && ConsumedCapacity !== undefined) copy.ConsumedCapacity = canonical(ConsumedCapacity);
  // The items of a scan have no order, and those of an index with the same sort key neither; it sorts bytes as signed.
  if (Array.isArray(copy.Items) && (name === 'Scan' || input.IndexName !== undefined))
    copy.Items = unordered(copy.Items);
  if (name === 'BatchGetItem') {
    for (const [table, items] of Object.entries((copy.Responses ?? {}) as Record<string, unknown[]>)) {
      (copy.Responses as Record<string, unknown>)[table] = unordered(items);
    }
  }
  return copy;
}

const unordered = (items: readonly unknown[]): string[] => items.map((item) => JSON.stringify(item)).sort();

/** Names in order, sets in order, and numbers as DynamoDB writes them: Local leaves those within documents as they came. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => {
        if (name === 'N' && typeof part === 'string') return [name, plain(part)];
        if (name === 'NS' && Array.isArray(part)) return [name, part.map(plain).sort()];
        if ((name === 'SS' || name === 'BS') && Array.isArray(part)) return [name, [...part].sort()];
        return [name, canonical(part)];
      }),
  );
}

/** The numbers of the operations are few, and none is beyond what this writes exactly but one. */
const plain = (text: string): string => (text.length > 15 ? text : String(Number(text)));

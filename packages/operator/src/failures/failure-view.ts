import { counted, facts, localTime, table } from '../text.ts';
import type { DeliveryPayload, Failure } from './failure.ts';

/** As much of an ID as tells messages apart; any part from its beginning that does is taken. */
const SHORT = 8;

/** A failure as the commands show it to machines. */
export const failureData = ({ message: _, what, ...failure }: Failure) => ({ ...failure, ...what });

/** One line a failure, for people. */
export function failuresText(failures: readonly Failure[], heldByOthers: number): string {
  const held =
    heldByOthers === 0 ? '' : `\n${counted(heldByOthers, 'more message')} may be held by another operator just now.`;
  if (failures.length === 0) return `Nothing has failed.${held}`;
  const rows = failures.map((failure) => [
    failure.id.slice(0, SHORT),
    localTime(failure.failedAtMs),
    whatText(failure),
    whyText(failure),
  ]);
  return `${table([['ID', 'FAILED', 'WHAT', 'WHY'], ...rows])}${held}`;
}

/** Everything about one, for people. */
export function failureText(failure: Failure): string {
  const { id, queue, failedAtMs, message, what } = failure;
  const head = facts([
    ['queue', queue],
    ['failed', localTime(failedAtMs)],
    ['what', whatText(failure)],
    ['why', whyText(failure)],
  ]);
  const content = what.kind === 'delivery' ? what.payload : what.kind === 'changes' ? what.batch : message.body;
  return `${id}\n${head}\n\n${typeof content === 'string' ? content : JSON.stringify(content, null, 2)}`;
}

export function whatText({ what, queue }: Failure): string {
  if (what.kind === 'unreadable') return `unreadable message in ${queue}`;
  if (what.kind === 'delivery') return deliveryText(what.payload);
  const { batchSize, approximateArrivalOfFirstRecord } = what.batch;
  return `${counted(batchSize, 'change')} of ${localTime(Date.parse(approximateArrivalOfFirstRecord))} and later`;
}

function deliveryText({ task, sessionId, message, connectionId }: DeliveryPayload): string {
  const { type, sessionId: ofMessage } = (message ?? {}) as { type?: string; sessionId?: string };
  return [task, type, sessionId ?? ofMessage, connectionId].filter((part) => typeof part === 'string').join(' ');
}

const whyText = ({ condition, attempts, error }: Failure): string =>
  [
    `${condition}${attempts === undefined ? '' : ` after ${counted(attempts, 'attempt')}`}`,
    ...(error === undefined ? [] : [error]),
  ].join(': ');

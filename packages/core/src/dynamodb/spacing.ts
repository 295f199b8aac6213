import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { ConnectionRepository, SpacedMessage, SpacingOutcome } from '../sessions/ports.ts';
import { connectionKey, fromConnectionItem } from './connection-item.ts';
import { expressions } from './expressions.ts';
import type { Item } from './items.ts';
import type { Written } from './write.ts';

type Spacing = Pick<ConnectionRepository, 'recordHeartbeat' | 'recordStatusRequest'>;

/** Messages that must keep their distance: the times of the last two are in the connection's own item. */
export function createSpacing(update: (input: UpdateItemCommandInput) => Promise<Written>, tableName: string): Spacing {
  const record = (change: SpacedMessage, { set, condition, ...values }: Rule): Promise<Written> =>
    update({
      TableName: tableName,
      Key: connectionKey(change.connectionId),
      ...expressions({
        update: `SET ${set}`,
        condition,
        values: { ...values, ':now': change.nowMs, ':earliest': change.previousNotAfterMs },
      }),
      ReturnValues: 'ALL_NEW',
    });

  return {
    async recordHeartbeat(change) {
      const outcome = await record(change, HEARTBEAT);
      return outcomeOf(outcome, change, ['lastHeartbeatAt', 'lastButOneHeartbeatAt']);
    },
    async recordStatusRequest(change) {
      const outcome = await record(change, STATUS_REQUEST);
      if ('refused' in outcome && outcome.refused && outcome.refused.role?.S !== 'speaker') {
        return { notSpeaker: fromConnectionItem(outcome.refused) };
      }
      return outcomeOf(outcome, change, ['lastStatusAt', 'lastButOneStatusAt']);
    },
  };
}

interface Rule {
  readonly set: string;
  readonly condition: string;
  readonly [value: `:${string}`]: unknown;
}

// The same moment again is the SDK's repetition after a lost answer: it must not count as a second message.
const HEARTBEAT: Rule = {
  set: '#lastButOneHeartbeatAt = #lastHeartbeatAt, #lastHeartbeatAt = :now',
  condition:
    'attribute_exists(#connectionId) AND #lastHeartbeatAt <> :now AND (attribute_not_exists(#lastButOneHeartbeatAt) OR #lastButOneHeartbeatAt <= :earliest)',
};
const STATUS_REQUEST: Rule = {
  set: '#lastButOneStatusAt = if_not_exists(#lastStatusAt, :never), #lastStatusAt = :now',
  condition:
    '#role = :speaker AND (attribute_not_exists(#lastStatusAt) OR (#lastStatusAt <> :now AND #lastButOneStatusAt <= :earliest))',
  ':speaker': 'speaker',
  ':never': 0,
};

function outcomeOf(
  outcome: Written,
  { nowMs }: SpacedMessage,
  [last, lastButOne]: readonly [string, string],
): SpacingOutcome {
  const item = 'refused' in outcome ? outcome.refused : outcome.attributes;
  if (item === undefined) return 'noRole';
  const connection = fromConnectionItem(item);
  if (!('refused' in outcome) || timeIn(item, last) === nowMs) return { recorded: connection };
  return { tooSoon: connection, previousAtMs: timeIn(item, lastButOne) };
}

function timeIn(item: Item, name: string): number | undefined {
  const value = item[name]?.N;
  return value === undefined ? undefined : Number(value);
}

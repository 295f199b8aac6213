import type { Session } from '../sessions/model.ts';
import type { SessionRepository } from '../sessions/ports.ts';
import { asGiven, connectionKey, IS_AS_GIVEN } from './connection-item.ts';
import { expressions } from './expressions.ts';
import { ttlAt } from './items.ts';
import { fromPlacesItem, languageAttribute, placesKey } from './places-item.ts';
import { LEAVE, REQUEST } from './retry.ts';
import { fromSessionItem, sessionKey } from './session-item.ts';
import type { Store } from './store.ts';

type Ends = Pick<SessionRepository, 'end' | 'closeShard' | 'removeListeners' | 'completeEnd'>;

/** How long a session whose end is complete can still be seen. */
const KEPT_MS = 24 * 3_600_000;

/** The end of a session: first it ends, then its places are closed and emptied, then the end is complete. */
export function createEnds({ transact, write, tables }: Store): Ends {
  const session = (sessionId: string) => ({ TableName: tables.sessions, Key: sessionKey(sessionId) });
  const shard = (of: { sessionId: string; placeShard: string }) => ({
    TableName: tables.sessions,
    Key: placesKey(of),
  });

  return {
    async end({ sessionId, endedAt, endReason, only, isSpeakerUnaware }) {
      const expected = conditionOf(only);
      const outcome = await write.update(
        {
          ...session(sessionId),
          ...expressions({
            update:
              `SET #state = :ended, #endedAt = :endedAt, #endReason = :reason` +
              `${isSpeakerUnaware ? ', #isSpeakerUnaware = :unaware' : ''} REMOVE #interruptedAt ADD #revision :one`,
            condition: `#state <> :ended AND ${expected.condition}`,
            values: {
              ':ended': 'ended',
              ':endedAt': endedAt,
              ':reason': endReason,
              ':unaware': isSpeakerUnaware,
              ':one': 1,
              ...expected.values,
            },
          }),
          ReturnValues: 'ALL_NEW',
        },
        REQUEST,
      );
      if ('attributes' in outcome) return outcome.attributes && fromSessionItem(outcome.attributes);
      const now = outcome.refused && fromSessionItem(outcome.refused);
      // Ended by this very call: the SDK has repeated it, since its first answer was lost.
      return now?.endedAt === endedAt && now.endReason === endReason && isStillSo(only, now) ? now : undefined;
    },

    async closeShard({ sessionId, placeShard, closedAt }) {
      const outcome = await write.update(
        {
          ...shard({ sessionId, placeShard }),
          ...expressions({
            update: 'SET #closedAt = if_not_exists(#closedAt, :closedAt)',
            condition: 'attribute_exists(#part)',
            values: { ':closedAt': closedAt },
          }),
          ReturnValues: 'ALL_NEW',
        },
        LEAVE,
      );
      return 'attributes' in outcome && outcome.attributes ? fromPlacesItem(outcome.attributes) : undefined;
    },

    async removeListeners({ sessionId, placeShard, listeners, isAwaited }) {
      let rest = listeners;
      while (rest.length > 0) {
        const byLanguage = countByLanguage(rest);
        const outcome = await transact(
          [
            {
              Update: {
                ...shard({ sessionId, placeShard }),
                ...expressions({
                  update: `ADD ${['#taken :all', ...byLanguage.map((_, index) => `#l${index} :l${index}`)].join(', ')}`,
                  condition: 'attribute_exists(#part)',
                  values: {
                    ':all': -rest.length,
                    ...Object.fromEntries(byLanguage.map(([, count], index) => [`:l${index}`, -count])),
                  },
                  names: Object.fromEntries(byLanguage.map(([code], index) => [`#l${index}`, languageAttribute(code)])),
                }),
              },
            },
            ...rest.map((listener) => ({
              Delete: {
                TableName: tables.connections,
                Key: connectionKey(listener.connectionId),
                ...expressions({
                  condition: IS_AS_GIVEN,
                  values: asGiven({ ...listener, sessionId, placeShard }),
                }),
              },
            })),
          ],
          isAwaited ? REQUEST : LEAVE,
        );
        if (outcome === 'committed') break;
        // Those that are gone or have changed their language are passed over; the others once more.
        const [shardRefusal, ...refusals] = outcome;
        const still = rest.filter((_, index) => refusals[index] === undefined);
        if (shardRefusal !== undefined && still.length > 0) throw new Error(`No shard ${placeShard} of ${sessionId}`);
        rest = still;
      }
      return rest.length;
    },

    async completeEnd({ sessionWithPlaces: { session: before, shards }, completedAt }) {
      const { sessionId, createdAt, revision } = before;
      const ttl = ttlAt(completedAt + KEPT_MS);
      const outcome = await transact(
        [
          {
            Update: {
              ...session(sessionId),
              ...expressions({
                update:
                  'SET #endCompletedAt = :completedAt, #ttl = :ttl REMOVE #openSince, #speakerConnectionId ADD #revision :one',
                condition:
                  '#createdAt = :createdAt AND #revision = :revision AND #state = :ended AND attribute_not_exists(#endCompletedAt)',
                values: {
                  ':completedAt': completedAt,
                  ':ttl': ttl,
                  ':one': 1,
                  ':createdAt': createdAt,
                  ':revision': revision,
                  ':ended': 'ended',
                },
              }),
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
          ...shards.map(({ placeShard }) => ({
            Update: {
              ...shard({ sessionId, placeShard }),
              ...expressions({
                update: 'SET #ttl = :ttl',
                condition: 'attribute_exists(#closedAt) AND #taken = :zero',
                values: { ':ttl': ttl, ':zero': 0 },
              }),
            },
          })),
        ],
        LEAVE,
      );
      if (outcome === 'committed') {
        const { speakerConnectionId: _, ...rest } = before;
        return { ...rest, endCompletedAt: completedAt, revision: revision + 1 };
      }
      const now = outcome[0]?.item && fromSessionItem(outcome[0].item);
      return now?.createdAt === createdAt && now.endCompletedAt !== undefined ? now : undefined;
    },
  };
}

type Only = Parameters<SessionRepository['end']>[0]['only'];

function conditionOf(only: Only): { condition: string; values: Record<string, unknown> } {
  if ('speakerConnectionId' in only) {
    return { condition: '#speakerConnectionId = :only', values: { ':only': only.speakerConnectionId } };
  }
  if ('interruptedAt' in only) return { condition: '#interruptedAt = :only', values: { ':only': only.interruptedAt } };
  if ('expiredBy' in only) return { condition: '#expiresAt <= :only', values: { ':only': only.expiredBy } };
  return { condition: '#createdAt = :only', values: { ':only': only.createdAt } };
}

/** Whether an ended session may be the one that was meant. Since when it was interrupted it does not say any more. */
function isStillSo(only: Only, now: Session): boolean {
  if ('speakerConnectionId' in only) return now.speakerConnectionId === only.speakerConnectionId;
  if ('interruptedAt' in only) return now.speakerConnectionId === undefined;
  if ('expiredBy' in only) return now.expiresAt <= only.expiredBy;
  return now.createdAt === only.createdAt;
}

function countByLanguage(listeners: readonly { targetLanguage: string }[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { targetLanguage } of listeners) counts.set(targetLanguage, (counts.get(targetLanguage) ?? 0) + 1);
  return [...counts];
}

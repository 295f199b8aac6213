import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { ListenerConnection } from '../sessions/model.ts';
import type { SessionRepository } from '../sessions/ports.ts';
import {
  asGiven,
  connectionKey,
  fromConnectionItem,
  HAS_NO_ROLE,
  holderOf,
  IS_AS_GIVEN,
  toConnectionItem,
} from './connection-item.ts';
import { expressions } from './expressions.ts';
import { languageAttribute, placesKey } from './places-item.ts';
import { LEAVE, REQUEST } from './retry.ts';
import type { Store } from './store.ts';

type Places = Pick<SessionRepository, 'takePlace' | 'releasePlace' | 'movePlace' | 'changeLanguage'>;

const IS_THERE = 'attribute_exists(#part)';
const IS_OPEN = `${IS_THERE} AND attribute_not_exists(#closedAt)`;

/** Places of a session: each is one of a shard's, and one connection's. Both change together, or neither. */
export function createPlaces({ transact, tables }: Store): Places {
  const shard = (of: Pick<ListenerConnection, 'sessionId' | 'placeShard'>) => ({
    TableName: tables.sessions,
    Key: placesKey(of),
  });
  const connection = (connectionId: string) => ({
    TableName: tables.connections,
    Key: connectionKey(connectionId),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  });
  const store = (listener: ListenerConnection): TransactWriteItem => ({
    Put: {
      TableName: tables.connections,
      Item: toConnectionItem(listener),
      ...expressions({ condition: HAS_NO_ROLE }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  });

  return {
    async takePlace(listener) {
      const outcome = await transact.once([
        {
          Update: {
            ...shard(listener),
            ...expressions({
              update: 'ADD #taken :one, #joins :one, #language :one',
              condition: `${IS_OPEN} AND #taken < #capacity`,
              values: { ':one': 1 },
              names: { '#language': languageAttribute(listener.targetLanguage) },
            }),
          },
        },
        store(listener),
      ]);
      if (outcome === 'committed') return 'taken';
      const [place, connection] = outcome.refusals;
      if (connection) return 'connectionHasRole';
      return place ? 'noRoom' : 'conflict';
    },

    async releasePlace(listener) {
      const outcome = await transact(
        [
          {
            Delete: {
              ...connection(listener.connectionId),
              ...expressions({ condition: IS_AS_GIVEN, values: asGiven(listener) }),
            },
          },
          {
            Update: {
              ...shard(listener),
              ...expressions({
                update: 'ADD #taken :minusOne, #language :minusOne',
                condition: IS_THERE,
                values: { ':minusOne': -1 },
                names: { '#language': languageAttribute(listener.targetLanguage) },
              }),
            },
          },
        ],
        LEAVE,
      );
      if (outcome === 'committed') return 'released';
      const [refused] = outcome;
      if (refused === undefined)
        throw new Error(`No shard ${listener.placeShard} of ${listener.sessionId} for a place`);
      const holder = holderOf(refused.item, listener);
      return holder ? { changed: holder } : 'gone';
    },

    async movePlace({ previous, listener }) {
      const outcome = await transact(
        [
          {
            Delete: {
              ...connection(previous.connectionId),
              ...expressions({ condition: IS_AS_GIVEN, values: asGiven(previous) }),
            },
          },
          store(listener),
          { ConditionCheck: { ...shard(previous), ...expressions({ condition: IS_OPEN }) } },
        ],
        REQUEST,
      );
      if (outcome === 'committed') return 'moved';
      const [old, own, closed] = outcome;
      return {
        ...(own?.item && { own: fromConnectionItem(own.item) }),
        previous: old === undefined ? 'asGiven' : old.item === undefined ? 'gone' : fromConnectionItem(old.item),
        isClosed: closed !== undefined,
      };
    },

    async changeLanguage({ listener, targetLanguage, changedAt }) {
      const { targetLanguage: from } = listener;
      // One expression cannot name an attribute twice; to the same language there is only to see whether it can be so.
      const isSame = targetLanguage === from;
      const outcome = await transact(
        [
          {
            Update: {
              ...connection(listener.connectionId),
              ...expressions({
                update: `SET #targetLanguage = :wanted${isSame ? '' : ', #languageChangedAt = :changedAt'}`,
                condition: IS_AS_GIVEN,
                values: {
                  ...asGiven(listener),
                  ':wanted': targetLanguage,
                  ':changedAt': isSame ? undefined : changedAt,
                },
              }),
            },
          },
          {
            Update: {
              ...shard(listener),
              ...expressions({
                update: isSame ? 'ADD #from :none' : 'ADD #from :minusOne, #to :one',
                condition: IS_OPEN,
                values: isSame ? { ':none': 0 } : { ':minusOne': -1, ':one': 1 },
                names: { '#from': languageAttribute(from), '#to': languageAttribute(targetLanguage) },
              }),
            },
          },
        ],
        REQUEST,
      );
      if (outcome === 'committed') return 'changed';
      const [refused] = outcome;
      if (refused === undefined) return 'closed';
      const holder = holderOf(refused.item, listener);
      if (holder === undefined) return 'gone';
      // Done already: by this request, whose answer was lost.
      return holder.targetLanguage === targetLanguage ? 'changed' : { changed: holder };
    },
  };
}

import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Session, SpeakerConnection } from '../sessions/model.ts';
import type { SessionRepository } from '../sessions/ports.ts';
import { connectionKey, HAS_NO_ROLE, toConnectionItem } from './connection-item.ts';
import { isNotDenied } from './denied-speakers.ts';
import { expressions } from './expressions.ts';
import { toPlacesItem } from './places-item.ts';
import { LEAVE, REQUEST } from './retry.ts';
import { fromSessionItem, IS_FREE, sessionKey, toSessionItem } from './session-item.ts';
import type { Store } from './store.ts';

type Speakers = Pick<SessionRepository, 'create' | 'moveSpeaker' | 'removeSpeaker' | 'setBroadcastState'>;

/** Sessions and who speaks in them: both change together, or neither. */
export function createSpeakers({ transact, write, tables }: Store): Speakers {
  const session = (sessionId: string) => ({
    TableName: tables.sessions,
    Key: sessionKey(sessionId),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  });
  const store = (speaker: SpeakerConnection): TransactWriteItem => ({
    Put: {
      TableName: tables.connections,
      Item: toConnectionItem(speaker),
      ...expressions({ condition: HAS_NO_ROLE }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  });
  const remove = (connectionId: string) => ({ TableName: tables.connections, Key: connectionKey(connectionId) });

  return {
    async create({ session, shards, speaker }) {
      const values = { ':nowSeconds': Math.floor(session.createdAt / 1000) };
      const outcome = await transact(
        [
          {
            Put: {
              TableName: tables.sessions,
              Item: toSessionItem(session),
              ...expressions({ condition: IS_FREE, values }),
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
          store(speaker),
          isNotDenied(tables, speaker.userId),
          ...shards.map((shard) => ({
            Put: { TableName: tables.sessions, Item: toPlacesItem(session.sessionId, shard) },
          })),
        ],
        REQUEST,
      );
      if (outcome === 'committed') return 'created';
      const [taken, own, denied] = outcome;
      if (denied) return 'speakerDenied';
      // Its own session: of this very request, whose answer was lost.
      if (taken?.item && own && isCreation(fromSessionItem(taken.item), session)) return 'created';
      return own ? 'connectionHasRole' : 'idTaken';
    },

    async moveSpeaker({ before, speaker, clientId, expiresAt, startedAt }) {
      const { sessionId, createdAt, revision, speakerConnectionId: previous } = before;
      const removed = ['#interruptedAt', ...(clientId === undefined ? ['#speakerClientId'] : [])];
      const outcome = await transact(
        [
          {
            Update: {
              ...session(sessionId),
              ...expressions({
                update:
                  `SET #speakerConnectionId = :connectionId, #speakerConnectedAt = :connectedAt, #state = :active, #expiresAt = :expiresAt` +
                  `${clientId === undefined ? '' : ', #speakerClientId = :clientId'}` +
                  `${startedAt === undefined ? '' : ', #startedAt = :startedAt'} REMOVE ${removed.join(', ')} ADD #revision :one`,
                condition: IS_AT_REVISION,
                values: {
                  ':connectionId': speaker.connectionId,
                  ':connectedAt': speaker.connectedAt,
                  ':active': 'active',
                  ':expiresAt': expiresAt,
                  ':clientId': clientId,
                  ':startedAt': startedAt,
                  ':one': 1,
                  ':revision': revision,
                  ':createdAt': createdAt,
                },
              }),
            },
          },
          store(speaker),
          isNotDenied(tables, speaker.userId),
          ...(previous === undefined ? [] : [{ Delete: remove(previous) }]),
        ],
        REQUEST,
      );
      if (outcome === 'committed') {
        const { interruptedAt: _, speakerClientId: __, ...rest } = before;
        return {
          moved: {
            ...rest,
            speakerConnectionId: speaker.connectionId,
            speakerConnectedAt: speaker.connectedAt,
            ...(clientId !== undefined && { speakerClientId: clientId }),
            ...(startedAt !== undefined && { startedAt }),
            state: 'active',
            expiresAt,
            revision: revision + 1,
          },
        };
      }
      const [changed, own, denied] = outcome;
      if (denied) return 'speakerDenied';
      const now = changed?.item && fromSessionItem(changed.item);
      // Done already: by this request, whose answer was lost.
      if (now?.createdAt === createdAt && now.state === 'active' && now.speakerConnectionId === speaker.connectionId) {
        return { moved: now };
      }
      return own ? 'connectionHasRole' : 'sessionChanged';
    },

    async removeSpeaker({ speaker: { connectionId, sessionId }, session: next }) {
      const isEnd = next.state === 'ended';
      const outcome = await transact(
        [
          {
            Delete: {
              ...remove(connectionId),
              ...expressions({
                condition: '#sessionId = :sessionId AND #role = :speaker',
                values: { ':sessionId': sessionId, ':speaker': 'speaker' },
              }),
            },
          },
          {
            Update: {
              ...session(sessionId),
              ...expressions({
                update: isEnd
                  ? 'SET #state = :state, #endedAt = :endedAt, #endReason = :endReason REMOVE #speakerConnectionId ADD #revision :one'
                  : 'SET #state = :state, #interruptedAt = :interruptedAt REMOVE #speakerConnectionId ADD #revision :one',
                condition: IS_SPEAKING,
                values: {
                  ':state': next.state,
                  ...(isEnd
                    ? { ':endedAt': next.endedAt, ':endReason': next.endReason }
                    : { ':interruptedAt': next.interruptedAt }),
                  ':one': 1,
                  ':connectionId': connectionId,
                  ':active': 'active',
                },
              }),
            },
          },
        ],
        LEAVE,
      );
      if (outcome === 'committed') return 'removed';
      return outcome[0] ? 'gone' : 'movedOn';
    },

    async setBroadcastState({ sessionId, speakerConnectionId, change, nowMs, notAfterMs }) {
      const members = Object.entries(change);
      const set = members.map(([name]) => `#broadcastState.#${name} = :${name}, `).join('');
      const outcome = await write.update(
        {
          ...session(sessionId),
          ...expressions({
            update: `SET ${set}#broadcastStateChangedAt = :now ADD #revision :one`,
            condition: `${IS_SPEAKING} AND (attribute_not_exists(#broadcastStateChangedAt) OR #broadcastStateChangedAt <= :notAfter)`,
            values: {
              ...Object.fromEntries(members.map(([name, value]) => [`:${name}`, value])),
              ':now': nowMs,
              ':notAfter': notAfterMs,
              ':one': 1,
              ':connectionId': speakerConnectionId,
              ':active': 'active',
            },
          }),
          ReturnValues: 'ALL_NEW',
        },
        REQUEST,
      );
      if ('attributes' in outcome && outcome.attributes) return fromSessionItem(outcome.attributes);
      const now = 'refused' in outcome && outcome.refused ? fromSessionItem(outcome.refused) : undefined;
      if (now?.state !== 'active' || now.speakerConnectionId !== speakerConnectionId) return 'notSpeaker';
      // The same moment: the SDK has repeated this very call, since its first answer was lost.
      return now.broadcastStateChangedAt === nowMs ? now : 'tooSoon';
    },
  };
}

/** The session has its speaker, on this connection. */
const IS_SPEAKING = '#speakerConnectionId = :connectionId AND #state = :active';

/** With the revision, all that the caller has decided from is still so. */
const IS_AT_REVISION = '#revision = :revision AND #createdAt = :createdAt';

const isCreation = (stored: Session, { createdAt, speakerConnectionId }: Session): boolean =>
  stored.createdAt === createdAt && stored.state === 'active' && stored.speakerConnectionId === speakerConnectionId;

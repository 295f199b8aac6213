import { type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import { listenerChannels } from './channels.ts';
import type { JoinKeys } from './join-key.ts';
import { parseTargetLanguage } from './language-rules.ts';
import type { MessageLog } from './message-log.ts';
import { requireEpoch, type SeenMessages } from './missed-messages.ts';
import {
  isListenerOf,
  type ListenerConnection,
  type PlacesShard,
  type Session,
  type SessionWithPlaces,
} from './model.ts';
import type { Clock, ConnectionRepository, Meter, SessionRepository, Sleep } from './ports.ts';
import { releasePlace } from './release-place.ts';
import type { ReplayMissed } from './replay-missed.ts';
import { normaliseSessionId } from './session-id.ts';
import { isLive, parseSessionId, requireJoinsOpen, sessionNotFound, sessionNow } from './session-rules.ts';
import { takenPlaces } from './session-status.ts';
import type { WrongSessionIds } from './wrong-session-ids.ts';

/** `npm run bench -- throughput`: at 500 joins a second into 40 shards, a join takes 1.3 attempts. */
const MAX_CONFLICTS = 8;
/** With the shards that turn out to be full: many are when the last places of a session go. */
const MAX_CALLS = 20;
/** A transaction holds its items for 8 to 22 ms: the next shard is tried after a pause below this, times the attempts. */
const PAUSE_MS = 10;

export interface JoinSessionDeps {
  readonly sessions: Pick<SessionRepository, 'findWithPlaces' | 'takePlace' | 'releasePlace'>;
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly messageLog: Pick<MessageLog, 'findSession'>;
  readonly replayMissed: ReplayMissed;
  readonly wrongSessionIds: WrongSessionIds;
  readonly joinKeys: JoinKeys;
  readonly meter: Pick<Meter, 'joinAttempts'>;
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** From 0, below 1. */
  readonly random: () => number;
  readonly settings: { readonly heartbeatIntervalSeconds: number };
}

export interface JoinSessionRequest extends SeenMessages {
  readonly connectionId: string;
  readonly connectedAt: number;
  /** The hashed address that the connection comes from. */
  readonly addressHash: string;
  readonly sessionId: string;
  readonly targetLanguage: string;
  readonly joinKey?: string | undefined;
}

/**
 * Gives a listener a place in a session, in one transaction on one of its shards. The session is read again after that,
 * with the heads of the listener's channels: what happened in between is in the reply, what is published from then on
 * comes as messages, and a session that has ended takes its place back. Asking again on the same
 * connection gives the same answer and takes no second place.
 * @throws {ServiceError} INVALID_SESSION_ID, INVALID_LANGUAGE, UNSUPPORTED_LANGUAGE, INVALID_PARAMETERS, SESSION_NOT_FOUND,
 * NOT_STARTED, SESSION_FULL, ALREADY_IN_SESSION, RATE_LIMIT_EXCEEDED, SERVICE_UNAVAILABLE
 */
export function createJoinSession(deps: JoinSessionDeps) {
  const { sessions, connections, messageLog, wrongSessionIds, joinKeys, meter, clock, sleep, random, settings } = deps;

  return async (request: JoinSessionRequest): Promise<ServerMessageOf<'sessionJoined'>> => {
    const { connectionId, connectedAt, addressHash, joinKey } = request;
    const targetLanguage = parseTargetLanguage(request.targetLanguage);
    const sessionId = parseSessionId(request.sessionId, normaliseSessionId);
    requireEpoch(request);
    const isKeyed = joinKeys.isJoinKeyOf(sessionId, joinKey);

    const [found] = await Promise.all([
      sessions.findWithPlaces(sessionId),
      isKeyed ? undefined : wrongSessionIds.enforce(addressHash),
    ]);
    const nowMs = clock.nowMs();
    if (!found || !isLive(found.session, nowMs)) {
      if (!isKeyed) await wrongSessionIds.count(addressHash);
      throw sessionNotFound(sessionId);
    }
    requireJoinsOpen(found.session, nowMs);

    const base = {
      connectionId,
      sessionId,
      role: 'listener',
      targetLanguage,
      connectedAt,
      lastHeartbeatAt: nowMs,
    } as const;
    const { listener, isNew } = await takeAnyPlace(base, found);
    const joined = await messageLog.findSession(sessionId, listenerChannels(listener.targetLanguage));
    if (!isLive(joined?.session, clock.nowMs()) || joined.session.createdAt !== found.session.createdAt) {
      // One that an earlier request took is left to the end of the session, which notifies it.
      if (isNew) await releasePlace(listener, sessions);
      throw sessionNotFound(sessionId);
    }
    const positions = await deps.replayMissed({ connectionId, seen: request, found: joined, isRepeated: !isNew });
    return { ...reply(joined.session, listener, takenPlaces(found.shards) + (isNew ? 1 : 0)), ...positions };
  };

  /** @returns the connection with its place: a new one, or the one that an earlier request of this connection took */
  async function takeAnyPlace(
    base: Omit<ListenerConnection, 'placeShard'>,
    found: SessionWithPlaces,
  ): Promise<{ listener: ListenerConnection; isNew: boolean }> {
    let open = shardsWithRoom(found);
    let calls = 0;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS && calls < MAX_CALLS; calls++) {
      // None left to try: one that was in use may have room all the same, and others may have left meanwhile. The read
      // is also what tells that the session has ended, and closed its shards.
      if (open.length === 0) open = shardsWithRoom(await findLive(base.sessionId));
      const shard = open[Math.floor(random() * open.length)];
      if (shard === undefined) return { listener: await earlierOrFull(base, found.session), isNew: false };
      const listener = { ...base, placeShard: shard.placeShard };
      const outcome = await sessions.takePlace(listener);
      if (outcome === 'taken') {
        meter.joinAttempts(calls + 1);
        return { listener, isNew: true };
      }
      if (outcome === 'connectionHasRole') return { listener: await earlier(base), isNew: false };
      if (outcome === 'noRoom') {
        // What was read is out of date, and so most likely for other shards as well.
        open = [];
        continue;
      }
      // Another shard next time: chosen at random, or joins in flight would meet again.
      open = open.filter((other) => other !== shard);
      conflicts++;
      await sleep(random() * PAUSE_MS * conflicts);
    }
    meter.joinAttempts(calls);
    throw new ServiceError('SERVICE_UNAVAILABLE', 'Too many listeners join at this moment; try again', {
      retryAfterSeconds: 1,
    });
  }

  async function findLive(sessionId: string): Promise<SessionWithPlaces> {
    const found = await sessions.findWithPlaces(sessionId);
    if (!found || !isLive(found.session, clock.nowMs())) throw sessionNotFound(sessionId);
    return found;
  }

  async function earlierOrFull(base: Omit<ListenerConnection, 'placeShard'>, { capacity }: Session) {
    const earlier = await connections.find(base.connectionId);
    if (earlier !== undefined) return ownPlace(earlier, base);
    throw new ServiceError('SESSION_FULL', `Session ${base.sessionId} has ${capacity} listeners`, {
      details: [{ field: 'sessionId', problem: `has ${capacity} listeners, its maximum` }],
    });
  }

  async function earlier(base: Omit<ListenerConnection, 'placeShard'>): Promise<ListenerConnection> {
    const connection = await connections.find(base.connectionId);
    if (connection !== undefined) return ownPlace(connection, base);
    throw new ServiceError('SERVICE_UNAVAILABLE', 'The connection changed at the same moment; try again', {
      retryAfterSeconds: 1,
    });
  }

  function reply(
    session: Session,
    { connectionId, targetLanguage, placeShard }: ListenerConnection,
    listenerCount: number,
  ) {
    return {
      type: 'sessionJoined' as const,
      sessionId: session.sessionId,
      sourceLanguage: session.sourceLanguage,
      targetLanguage,
      connectionId,
      place: placeShard,
      listenerCount: Math.min(listenerCount, session.capacity),
      ...sessionNow(session),
      ...(session.state === 'scheduled' && session.startsAt !== undefined && { startsAt: session.startsAt }),
      heartbeatIntervalSeconds: settings.heartbeatIntervalSeconds,
    };
  }
}
export type JoinSession = ReturnType<typeof createJoinSession>;

const shardsWithRoom = ({ shards }: SessionWithPlaces): readonly PlacesShard[] =>
  shards.filter(({ taken, capacity, closedAt }) => closedAt === undefined && taken < capacity);

/** @throws {ServiceError} ALREADY_IN_SESSION: it has another role than the one that the request asks for */
function ownPlace(
  connection: Parameters<typeof isListenerOf>[0],
  { sessionId, targetLanguage }: Pick<ListenerConnection, 'sessionId' | 'targetLanguage'>,
): ListenerConnection {
  if (isListenerOf(connection, sessionId) && connection.targetLanguage === targetLanguage) return connection;
  throw new ServiceError('ALREADY_IN_SESSION', 'This connection already has a role: open a new one to join');
}

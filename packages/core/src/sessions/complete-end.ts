import type { ServerMessageOf } from '../protocol/index.ts';
import { allChannels } from './channels.ts';
import { addUp, type DeliverToListeners } from './deliver-to-listeners.ts';
import type { MessageLog } from './message-log.ts';
import type { Session, SessionWithPlaces } from './model.ts';
import type { Clock, ConnectionRepository, DeliveryOutcome, Push, SessionRepository, Sleep } from './ports.ts';
import { takenPlaces } from './session-status.ts';

/** The index follows the table within a fraction of a second; what is missing after these pauses, the sweeper goes on with. */
const PAUSES_BEFORE_QUERYING_AGAIN_MS = [50, 200, 750, 1500];
const MAX_CLOSED_AT_ONCE = 10;

export interface CompleteEndDeps {
  readonly sessions: Pick<SessionRepository, 'findWithPlaces' | 'closeShard' | 'completeEnd'>;
  readonly connections: Pick<ConnectionRepository, 'find' | 'removeSpeaker'>;
  readonly messageLog: Pick<MessageLog, 'deleteAll'>;
  readonly push: Pick<Push, 'fanOut'>;
  readonly deliverToListeners: DeliverToListeners;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

/**
 * Finishes the end of a session: closes its shards, so that no place is taken or moved any more; notifies and removes the
 * listeners until no place is taken; deletes what was published; then notes that the end is complete. The count, and not the eventually consistent
 * index, says when that is. A crash or a duplicate just goes on from where it is; an end that is not complete after the
 * last round is gone on with by the sweeper.
 */
export function createCompleteEnd(deps: CompleteEndDeps) {
  const { sessions, deliverToListeners, clock, sleep } = deps;

  return async ({ sessionId, createdAt }: { sessionId: string; createdAt: number }): Promise<DeliveryOutcome> => {
    let found = await sessions.findWithPlaces(sessionId);
    if (!isEnding(found, createdAt)) return addUp([]);
    await closeShards(found);
    const message: ServerMessageOf<'sessionEnded'> = {
      type: 'sessionEnded',
      sessionId,
      revision: found.session.revision,
      reason: found.session.endReason ?? 'expired',
    };
    const outcomes = [await notifySpeaker(found.session, message)];
    for (const pauseMs of [0, ...PAUSES_BEFORE_QUERYING_AGAIN_MS]) {
      if (pauseMs > 0) await sleep(pauseMs);
      found = await sessions.findWithPlaces(sessionId);
      if (!isEnding(found, createdAt)) break;
      if (takenPlaces(found.shards) === 0) {
        // Before the end is noted as complete: after that the sweeper does not come back to it. A publisher who began before the end may still add a
        // message, which is then removed with age.
        await deps.messageLog.deleteAll({ sessionId, channels: allChannels });
        await sessions.completeEnd({ sessionWithPlaces: found, completedAt: clock.nowMs() });
        break;
      }
      outcomes.push(await deliverToListeners({ sessionId, message, remove: true }));
    }
    return addUp(outcomes);
  };

  async function closeShards({ session, shards }: SessionWithPlaces): Promise<void> {
    const { sessionId, endedAt = clock.nowMs() } = session;
    const open = shards.filter(({ closedAt }) => closedAt === undefined);
    for (let start = 0; start < open.length; start += MAX_CLOSED_AT_ONCE) {
      const some = open.slice(start, start + MAX_CLOSED_AT_ONCE);
      await Promise.all(
        some.map(({ placeShard }) => sessions.closeShard({ sessionId, placeShard, closedAt: endedAt })),
      );
    }
  }

  /**
   * The speaker who asked for the end on its connection has the reply, and keeps it, so that asking again finds it. One
   * who cannot be reached now learns of the end from its next heartbeat.
   */
  async function notifySpeaker(session: Session, message: ServerMessageOf<'sessionEnded'>): Promise<DeliveryOutcome> {
    const { speakerConnectionId, endReason, isSpeakerUnaware } = session;
    if (speakerConnectionId === undefined) return addUp([]);
    if (endReason === 'speakerEnded' && !isSpeakerUnaware) return addUp([]);
    // Without its item, an earlier run has notified it.
    if ((await deps.connections.find(speakerConnectionId)) === undefined) return addUp([]);
    const { delivered, gone, failed } = await deps.push.fanOut([speakerConnectionId], message);
    if (failed.length === 0) await deps.connections.removeSpeaker(speakerConnectionId);
    return { delivered: delivered.length, gone: gone.length, failed: failed.length };
  }
}

const isEnding = (found: SessionWithPlaces | undefined, createdAt: number): found is SessionWithPlaces =>
  found?.session.createdAt === createdAt &&
  found.session.state === 'ended' &&
  found.session.endCompletedAt === undefined;

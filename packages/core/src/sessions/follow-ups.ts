import type { DeliveryTask } from './delivery-task.ts';
import type { LifecycleEvent } from './lifecycle-event.ts';
import type { Session } from './model.ts';
import type { SessionChange } from './session-change.ts';
import { durationSeconds, sessionNow } from './session-rules.ts';

/** What follows from one change of a session. */
export interface FollowUps {
  /** What its listeners are notified of; a newer one makes it superfluous, for it says everything. */
  readonly listeners?: DeliveryTask;
  /** What must be done, whatever came later. */
  readonly tasks: readonly DeliveryTask[];
  readonly events: readonly LifecycleEvent[];
  /** The end is complete: `SessionEnded` follows, with the totals of its shards. */
  readonly isEndComplete: boolean;
  /** The speaker is on a new connection, which knows nothing of the listeners yet. */
  readonly isSpeakerNew: boolean;
}

/** Decides what follows from a change of a session: from its two images alone. */
export function followUpsOf(
  { before: replaced, after }: SessionChange,
  { graceSeconds }: { graceSeconds: number },
): FollowUps {
  const { sessionId, createdAt } = after;
  // A session can be written over one of the same ID that ended long ago, and that the TTL has not removed yet.
  const before = replaced?.createdAt === createdAt ? replaced : undefined;
  const hasEnded = after.state === 'ended' && before?.state !== 'ended';
  const listeners = listenersMessage(before, after, graceSeconds);
  return {
    ...(listeners && { listeners: { task: 'notifyListeners', sessionId, message: listeners } as const }),
    tasks: [
      ...replacedSpeaker(before, after),
      ...(hasEnded ? [{ task: 'completeEnd', sessionId, createdAt } as const] : []),
    ],
    events: eventsOf(before, after, graceSeconds),
    isEndComplete: after.endCompletedAt !== undefined && before?.endCompletedAt === undefined,
    isSpeakerNew:
      before !== undefined &&
      after.state === 'active' &&
      after.speakerConnectionId !== undefined &&
      before.speakerConnectionId !== after.speakerConnectionId,
  };
}

function listenersMessage(before: Session | undefined, after: Session, graceSeconds: number) {
  // The end is a task of its own: it is not over when its message is sent.
  if (before === undefined || after.state === 'ended') return undefined;
  const { sessionId } = after;
  const now = sessionNow(after);
  if (after.state === 'interrupted' && before.state !== 'interrupted') {
    return { type: 'sessionInterrupted', sessionId, ...now, graceSeconds } as const;
  }
  if (after.state === 'active' && before.state === 'scheduled') {
    return { type: 'sessionStarted', sessionId, ...now } as const;
  }
  if (after.state === 'active' && before.state === 'interrupted')
    return { type: 'sessionResumed', sessionId, ...now } as const;
  const { paused, muted, volume } = before.broadcastState;
  const { broadcastState } = after;
  const isSame = paused === broadcastState.paused && muted === broadcastState.muted && volume === broadcastState.volume;
  return isSame ? undefined : ({ type: 'broadcastStateChanged', sessionId, ...now } as const);
}

/** The client that has lost the session to another one is notified, and must not try to get it back. */
function replacedSpeaker(before: Session | undefined, after: Session): DeliveryTask[] {
  const old = before?.speakerConnectionId;
  if (old === undefined || after.speakerConnectionId === undefined || after.speakerConnectionId === old) return [];
  if (before?.speakerClientId === after.speakerClientId) return [];
  const { sessionId, revision } = after;
  const message = { type: 'speakerReplaced', sessionId, revision } as const;
  return [{ task: 'notifyConnection', connectionId: old, message, close: true }];
}

function eventsOf(before: Session | undefined, after: Session, graceSeconds: number): LifecycleEvent[] {
  const { sessionId, createdAt, revision, sourceLanguage, qualityTier, expiresAt } = after;
  const { startsAt = createdAt, interruptedAt = 0 } = after;
  const facts = { sessionId, createdAt, revision };
  const opening = { ...facts, sourceLanguage, qualityTier, expiresAt };
  if (before === undefined && after.state === 'scheduled') {
    return [{ type: 'SessionScheduled', detail: { ...opening, startsAt } }];
  }
  if ((before === undefined || before.state === 'scheduled') && after.state === 'active') {
    return [{ type: 'SessionStarted', detail: opening }];
  }
  if (before === undefined) return [];
  if (before.state === 'active' && after.state === 'interrupted') {
    return [{ type: 'SessionInterrupted', detail: { ...facts, interruptedAt, graceSeconds } }];
  }
  if (before.state === 'interrupted' && after.state === 'active') return [{ type: 'SessionResumed', detail: facts }];
  return [];
}

/** @param totalJoins of all shards of the session */
export function sessionEndedEvent(session: Session, totalJoins: number): LifecycleEvent {
  const {
    sessionId,
    createdAt,
    revision,
    endReason = 'expired',
    endedAt = createdAt,
    endCompletedAt = endedAt,
  } = session;
  return {
    type: 'SessionEnded',
    detail: {
      sessionId,
      createdAt,
      revision,
      reason: endReason,
      endedAt,
      endCompletedAt,
      durationSeconds: durationSeconds(session, endedAt),
      totalJoins,
    },
  };
}

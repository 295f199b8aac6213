import { isSessionId, normaliseSessionId, ServiceError } from '../protocol/index.ts';
import type { Session } from './model.ts';

/** Returns whether the session has not ended. The time is checked as well: the sweeper may not have come by yet. */
export const isLive = (session: Session | undefined, nowMs: number): session is Session =>
  session !== undefined && session.state !== 'ended' && session.expiresAt > nowMs;

/** How long before `startsAt` a scheduled session can be joined: those who come early find the session open. */
const JOINS_OPEN_BEFORE_MS = 30 * 60_000;
/** The longest wait that a refusal asks for: `startsAt` says the rest. */
const MAX_RETRY_AFTER_SECONDS = 3600;

/** Returns when a scheduled session can be joined, epoch milliseconds; undefined: it is not scheduled (any more). */
export const joinsOpenAt = ({ state, startsAt, createdAt }: Session): number | undefined =>
  state === 'scheduled' ? Math.max(createdAt, (startsAt ?? createdAt) - JOINS_OPEN_BEFORE_MS) : undefined;

/**
 * Refuses what a scheduled session does not take yet: listeners, and messages for them.
 * @throws {ServiceError} NOT_STARTED
 */
export function requireJoinsOpen(session: Session, nowMs: number): void {
  const opensAt = joinsOpenAt(session);
  if (opensAt === undefined || opensAt <= nowMs) return;
  const { sessionId, startsAt = opensAt } = session;
  throw new ServiceError(
    'NOT_STARTED',
    `Session ${sessionId} starts at ${new Date(startsAt).toISOString()}, and opens at ${new Date(opensAt).toISOString()}`,
    { startsAt, retryAfterSeconds: Math.min(MAX_RETRY_AFTER_SECONDS, Math.ceil((opensAt - nowMs) / 1000)) },
  );
}

/** Returns how long the session has been on, in whole seconds: since its speaker came. 0: never. */
export function durationSeconds({ createdAt, startsAt, startedAt }: Session, untilMs: number): number {
  // One that was not scheduled began with its creation.
  const begunAt = startsAt === undefined ? createdAt : (startedAt ?? untilMs);
  return Math.max(0, Math.floor((untilMs - begunAt) / 1000));
}

/** What every reply and notification says of the session. */
export const sessionNow = ({ state, revision, broadcastState }: Session) => ({ state, revision, broadcastState });

/**
 * Returns the session ID that somebody heard, typed or pasted, in its one written form.
 * @param normalise the one with the dictionary also parts words that were written as one
 * @throws {ServiceError} INVALID_SESSION_ID
 */
export function parseSessionId(input: string, normalise: (input: string) => string = normaliseSessionId): string {
  const sessionId = normalise(input);
  if (isSessionId(sessionId)) return sessionId;
  const problem = 'must be two words and a number from 100 to 999, such as faithful-shepherd-427';
  throw new ServiceError('INVALID_SESSION_ID', `sessionId: ${problem}`, { details: [{ field: 'sessionId', problem }] });
}

export const sessionNotFound = (sessionId: string, options?: ErrorOptions) =>
  new ServiceError('SESSION_NOT_FOUND', `There is no live session ${sessionId}`, options);

export const notInSession = () =>
  new ServiceError('NOT_IN_SESSION', 'This connection has no role in a session: create or join one');

import { isSessionId, normaliseSessionId, ServiceError } from '../protocol/index.ts';
import type { Session } from './model.ts';

/** Neither ended nor past its time. The time is checked as well: the record may outlive it. */
export const isLive = (session: Session, nowMs: number): boolean => session.isActive && session.expiresAt > nowMs;

/**
 * The session ID that somebody heard, typed or pasted, in its one written form.
 * @param normalise the one with the dictionary also parts words that were written as one
 * @throws {ServiceError} INVALID_SESSION_ID
 */
export function parseSessionId(input: string, normalise: (input: string) => string = normaliseSessionId): string {
  const sessionId = normalise(input);
  if (isSessionId(sessionId)) return sessionId;
  const problem = 'must be two words and a number from 100 to 999, such as faithful-shepherd-427';
  throw new ServiceError('INVALID_SESSION_ID', `sessionId: ${problem}`, { details: [{ field: 'sessionId', problem }] });
}

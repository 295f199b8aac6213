import type { ServerMessageOf } from '../protocol/index.ts';
import { channelsOf } from './channels.ts';
import type { MessageLog, SessionWithHeads } from './message-log.ts';
import { findMissed, type SeenMessages } from './missed-messages.ts';
import type { ConnectionRepository } from './ports.ts';
import { enforceRateLimit, type RateLimitDeps } from './rate-limit.ts';
import type { ReplayMissed } from './replay-missed.ts';
import { notInSession, sessionNow } from './session-rules.ts';

const WINDOW_SECONDS = 60;
/**
 * Missed messages that one request of the limit pays for: each is a post of its own, out of the quota that all share.
 * 80 connections that asked for two minutes of captions 30 times a minute would use all of it.
 */
const MESSAGES_A_REQUEST = 20;
/** How often a minute a client may ask for more than that pays for: as often as the SDK repeats a request. */
const LARGE_REQUESTS_PER_MINUTE = 3;

export interface RecoverMessagesDeps extends RateLimitDeps {
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly messageLog: Pick<MessageLog, 'findSession'>;
  readonly replayMissed: ReplayMissed;
  readonly settings: { readonly recoveriesPerMinute: number };
}

export interface RecoverRequest {
  readonly connectionId: string;
  readonly epoch: number;
  readonly since: Readonly<Record<string, number>>;
}

/**
 * Sends a connection once more what came after the messages that it has. An ended session is answered as long as the
 * connection has its role: the last messages before the end are in the log until the end is complete.
 * @throws {ServiceError} NOT_IN_SESSION, RATE_LIMIT_EXCEEDED, SERVICE_UNAVAILABLE
 */
export function createRecoverMessages(deps: RecoverMessagesDeps) {
  const { connections, messageLog, replayMissed, settings } = deps;

  return async ({ connectionId, epoch, since }: RecoverRequest): Promise<ServerMessageOf<'recovery'>> => {
    const connection = await connections.find(connectionId);
    if (connection === undefined) throw notInSession();
    const { sessionId } = connection;
    const found = await messageLog.findSession(sessionId, channelsOf(connection));
    // Ended so long ago that its record has expired.
    if (found === undefined) throw notInSession();
    const subject = connectionId;
    const weight = weightOf({ epoch, since }, found, settings.recoveriesPerMinute);
    const check = { operation: 'recover', subject, windowSeconds: WINDOW_SECONDS, weight } as const;
    await enforceRateLimit(settings.recoveriesPerMinute, check, deps);
    const positions = await replayMissed({ connectionId, seen: { epoch, since }, found, isRepeated: false });
    const recovered = positions.recovered === true;
    return { type: 'recovery', sessionId, ...sessionNow(found.session), ...positions, recovered };
  };
}

/** How many requests of the limit a request counts as: by the messages that it asks for. */
function weightOf(seen: SeenMessages, found: SessionWithHeads, recoveriesPerMinute: number): number {
  const messages = (findMissed(seen, found)?.ranges ?? []).reduce((sum, { after, upTo }) => sum + upTo - after, 0);
  const most = Math.ceil(recoveriesPerMinute / LARGE_REQUESTS_PER_MINUTE);
  return Math.min(most, Math.max(1, Math.ceil(messages / MESSAGES_A_REQUEST)));
}
export type RecoverMessages = ReturnType<typeof createRecoverMessages>;

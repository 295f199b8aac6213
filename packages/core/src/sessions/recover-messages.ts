import type { ServerMessageOf } from '../protocol/index.ts';
import { channelsOf } from './channels.ts';
import type { ConnectionRepository, MessageLog } from './ports.ts';
import { enforceRateLimit, type RateLimitDeps } from './rate-limit.ts';
import type { ReplayMissed } from './replay-missed.ts';
import { notInSession, sessionNow } from './session-rules.ts';

const WINDOW_SECONDS = 60;

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
    const check = { operation: 'recover', subject: connectionId, windowSeconds: WINDOW_SECONDS } as const;
    await enforceRateLimit(settings.recoveriesPerMinute, check, deps);
    const { sessionId } = connection;
    const found = await messageLog.findSession(sessionId, channelsOf(connection));
    // Ended so long ago that its record has expired.
    if (found === undefined) throw notInSession();
    const positions = await replayMissed({ connectionId, seen: { epoch, since }, found, isRepeated: false });
    const recovered = positions.recovered === true;
    return { type: 'recovery', sessionId, ...sessionNow(found.session), ...positions, recovered };
  };
}
export type RecoverMessages = ReturnType<typeof createRecoverMessages>;

import type { createLeaveSession, Departure } from './leave-session.ts';
import type { ConnectionRepository } from './ports.ts';

/**
 * Close codes that say the owner meant it: a normal closure, and a close frame without a code, which is what a
 * client's plain `close()` sends. 1001 is not among them: it is a page reload, an idle timeout or the two-hour limit
 * as well as a closed tab, and the grace period serves all of these.
 * @see RFC 6455 section 7.4.1; what API Gateway reports: facts on `$disconnect`, section 2.4
 */
const CLEAN_CLOSE_CODES: readonly number[] = [1000, 1005];

/**
 * The reason that API Gateway gives, with the code 1000, when the service itself closed the socket. A sweep closes the
 * silent after it has removed their items; a message of theirs that arrives in between puts one back.
 * @see facts on `$disconnect`, section 2.4
 */
const CLOSED_BY_SERVICE = 'Connection Closed Normally';

export interface DisconnectDeps {
  readonly connections: Pick<ConnectionRepository, 'remove'>;
  readonly leaveSession: ReturnType<typeof createLeaveSession>;
}

/** The platform says that a connection has ended. It may say so late, twice, or never. */
export function createDisconnect({ connections, leaveSession }: DisconnectDeps) {
  return async (connectionId: string, closeCode: number, closeReason = ''): Promise<void> => {
    const removed = await connections.remove(connectionId);
    if (removed === undefined) return;
    const isGoodbye = CLEAN_CLOSE_CODES.includes(closeCode) && closeReason !== CLOSED_BY_SERVICE;
    const departure: Departure = isGoodbye ? 'clean' : 'lost';
    await leaveSession(removed, departure);
  };
}

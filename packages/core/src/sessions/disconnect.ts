import { departureOf } from './close-codes.ts';
import type { LeaveSession } from './leave-session.ts';
import type { ConnectionRepository } from './ports.ts';

export interface DisconnectDeps {
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly leaveSession: LeaveSession;
}

/** Takes in that a connection has ended. The platform may say so late, twice, or never. */
export function createDisconnect({ connections, leaveSession }: DisconnectDeps) {
  return async (connectionId: string, closeCode: number, closeReason = ''): Promise<void> => {
    const connection = await connections.find(connectionId);
    if (connection !== undefined) await leaveSession(connection, departureOf(closeCode, closeReason));
  };
}
export type Disconnect = ReturnType<typeof createDisconnect>;

import type { Role, ServerMessageOf } from '../protocol/index.ts';
import { requireEpoch, type SeenMessages } from './missed-messages.ts';
import { createRefreshListener, type RefreshListenerDeps } from './refresh-listener.ts';
import { createRefreshSpeaker, type RefreshSpeakerDeps } from './refresh-speaker.ts';
import { parseSessionId } from './session-rules.ts';
import type { Identity } from './speaker-identity.ts';

export type RefreshConnectionDeps = RefreshListenerDeps & RefreshSpeakerDeps;

export interface RefreshRequest extends Omit<SeenMessages, 'rewind'> {
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly identity: Identity;
  readonly sessionId: string;
  readonly role: Role;
  readonly previousConnectionId?: string | undefined;
  /** Of a listener: what the last reply said; saves a read. */
  readonly targetLanguage?: string | undefined;
  readonly place?: string | undefined;
  /** Of a speaker. */
  readonly clientId?: string | undefined;
  readonly takeOver?: boolean | undefined;
}

export type Refreshed = ServerMessageOf<'connectionRefreshComplete'>;

/**
 * Moves a speaker or a listener from an old connection, which may still be open, to the one that asks.
 * @throws {ServiceError} see the two; INVALID_SESSION_ID, INVALID_PARAMETERS
 */
export function createRefreshConnection(deps: RefreshConnectionDeps) {
  const refreshSpeaker = createRefreshSpeaker(deps);
  const refreshListener = createRefreshListener(deps);
  return async (request: RefreshRequest): Promise<Refreshed> => {
    const sessionId = parseSessionId(request.sessionId);
    requireEpoch(request);
    return request.role === 'speaker' ? refreshSpeaker(request, sessionId) : refreshListener(request, sessionId);
  };
}
export type RefreshConnection = ReturnType<typeof createRefreshConnection>;

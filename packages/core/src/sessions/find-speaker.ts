import { ServiceError } from '../protocol/index.ts';
import type { SpeakerConnection } from './model.ts';
import type { ConnectionRepository } from './ports.ts';
import { notInSession } from './session-rules.ts';

/**
 * Returns the speaker's connection with this ID.
 * @param what the action, for the refusal: "end the session"
 * @throws {ServiceError} NOT_IN_SESSION, FORBIDDEN
 */
export async function findSpeaker(
  connectionId: string,
  what: string,
  connections: Pick<ConnectionRepository, 'find'>,
): Promise<SpeakerConnection> {
  const connection = await connections.find(connectionId);
  if (connection === undefined) throw notInSession();
  if (connection.role !== 'speaker') throw new ServiceError('FORBIDDEN', `Only the speaker can ${what}`);
  return connection;
}

export const movedToAnotherConnection = () =>
  new ServiceError('FORBIDDEN', 'The session has moved to another connection of its speaker: do it there');

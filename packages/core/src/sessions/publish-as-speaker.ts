import { type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import { ALL_CHANNEL, SPEAKER_CHANNEL } from './channels.ts';
import { findSpeaker } from './find-speaker.ts';
import type { Clock, ConnectionRepository } from './ports.ts';
import { parseChannel } from './publication.ts';
import type { Publish, Published, PublishRequest, Stored } from './publish.ts';
import { enforceRateLimit, type RateLimitDeps } from './rate-limit.ts';
import { type Identity, requireSpeaker } from './speaker-identity.ts';

const WINDOW_SECONDS = 60;

export interface PublishAsSpeakerDeps extends RateLimitDeps {
  readonly publish: Publish;
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly clock: Clock;
  readonly settings: {
    /** What one connection may publish. */
    readonly messagesPerMinute: number;
  };
}

export interface PublishAsSpeakerRequest extends Pick<PublishRequest, 'to' | 'name' | 'data' | 'id'> {
  readonly connectionId: string;
  readonly identity: Identity;
}

/**
 * Publishes what a speaker says on its own connection, to all or to the listeners of a language: captions typed by hand,
 * announcements.
 * @throws {ServiceError} UNAUTHORIZED, TOKEN_EXPIRED, NOT_IN_SESSION, FORBIDDEN, RATE_LIMIT_EXCEEDED, and as `publish`
 */
export function createPublishAsSpeaker({ publish, connections, clock, settings, ...limits }: PublishAsSpeakerDeps) {
  return async (
    { connectionId, identity, to, name, data, id }: PublishAsSpeakerRequest,
    onStored?: (stored: Stored) => void,
  ): Promise<Published> => {
    requireSpeaker(identity, clock.nowMs());
    if (parseChannel(to) === SPEAKER_CHANNEL) throw notToOneself();
    const { sessionId } = await findSpeaker(connectionId, 'publish', connections);
    const check = { operation: 'publish', subject: connectionId, windowSeconds: WINDOW_SECONDS } as const;
    await enforceRateLimit(settings.messagesPerMinute, check, limits);
    return publish({ sessionId, to, name, data, id, speakerConnectionId: connectionId }, onStored);
  };
}
export type PublishAsSpeaker = ReturnType<typeof createPublishAsSpeaker>;

/** The reply on the speaker's connection. */
export const messagePublished = ({ sessionId, receipt }: Published): ServerMessageOf<'messagePublished'> => ({
  type: 'messagePublished',
  sessionId,
  ...receipt,
});

function notToOneself(): ServiceError {
  const problem = `must be a target language or ${ALL_CHANNEL}: what is published to the speaker comes from a backend`;
  return new ServiceError('INVALID_PARAMETERS', `to: ${problem}`, { details: [{ field: 'to', problem }] });
}

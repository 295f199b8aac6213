import { type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import { listenerChannels } from './channels.ts';
import { parseTargetLanguage } from './language-rules.ts';
import type { MessageLog } from './message-log.ts';
import { positionsNow } from './missed-messages.ts';
import type { ListenerConnection } from './model.ts';
import type { Clock, ConnectionRepository, Meter, SessionRepository } from './ports.ts';
import { isLive, notInSession, sessionNotFound, sessionNow } from './session-rules.ts';

/** A person who tries languages stays below one change a second; each is a transaction. */
const MIN_DISTANCE_MS = 1000;
const MAX_ATTEMPTS = 3;

export interface ChangeLanguageDeps {
  readonly sessions: Pick<SessionRepository, 'changeLanguage'>;
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly messageLog: Pick<MessageLog, 'findSession'>;
  readonly meter: Pick<Meter, 'rateLimitExceeded'>;
  readonly clock: Clock;
}

export interface ChangeLanguageRequest {
  readonly connectionId: string;
  readonly targetLanguage: string;
}

/**
 * Lets a listener hear another language, in the same place: also in a full session, and without a new connection. The
 * positions of its channels are read after that: what is published from then on comes as messages. Asking again gives
 * the same answer.
 * @throws {ServiceError} INVALID_LANGUAGE, UNSUPPORTED_LANGUAGE, NOT_IN_SESSION, FORBIDDEN, RATE_LIMIT_EXCEEDED,
 * SESSION_NOT_FOUND, SERVICE_UNAVAILABLE
 */
export function createChangeLanguage({ sessions, connections, messageLog, meter, clock }: ChangeLanguageDeps) {
  return async (request: ChangeLanguageRequest): Promise<ServerMessageOf<'languageChanged'>> => {
    const targetLanguage = parseTargetLanguage(request.targetLanguage);
    const { sessionId } = await change(await findListener(request.connectionId), targetLanguage);
    const found = await messageLog.findSession(sessionId, listenerChannels(targetLanguage));
    if (!isLive(found?.session, clock.nowMs())) throw sessionNotFound(sessionId);
    return { type: 'languageChanged', sessionId, targetLanguage, ...sessionNow(found.session), ...positionsNow(found) };
  };

  async function findListener(connectionId: string): Promise<ListenerConnection> {
    const connection = await connections.find(connectionId);
    if (connection === undefined) throw notInSession();
    if (connection.role !== 'listener') {
      throw new ServiceError('FORBIDDEN', 'Only a listener can change the language that it hears');
    }
    return connection;
  }

  async function change(connection: ListenerConnection, targetLanguage: string): Promise<ListenerConnection> {
    let listener = connection;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (listener.targetLanguage === targetLanguage) return listener;
      const nowMs = clock.nowMs();
      if (nowMs - (listener.languageChangedAt ?? 0) < MIN_DISTANCE_MS) {
        meter.rateLimitExceeded('changeLanguage');
        throw new ServiceError('RATE_LIMIT_EXCEEDED', 'More than one change of language in a second', {
          retryAfterSeconds: 1,
        });
      }
      const outcome = await sessions.changeLanguage({ listener, targetLanguage, changedAt: nowMs });
      if (outcome === 'changed') return listener;
      if (outcome === 'closed') throw sessionNotFound(listener.sessionId);
      if (outcome === 'gone') throw notInSession();
      listener = outcome.changed;
    }
    throw new ServiceError('SERVICE_UNAVAILABLE', 'The language changed at the same moment; try again', {
      retryAfterSeconds: 1,
    });
  }
}
export type ChangeLanguage = ReturnType<typeof createChangeLanguage>;

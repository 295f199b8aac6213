import type { Cast } from './cast.ts';
import type { Connection } from './connection.ts';

/** Of the form that session IDs have, but its words are in no vocabulary: nobody's session can have it. */
const UNKNOWN_SESSION = 'unknown-session-100';

/** A living language of which Translate and Polly have heard, and Latin, of which they have not. */
const TARGET_LANGUAGE = 'es';
const UNSUPPORTED_LANGUAGE = 'la';

/** What somebody is refused who has no role in a session, and no token. */
export async function refuseOfStranger(cast: Cast, stranger: Connection): Promise<void> {
  const targetLanguage = TARGET_LANGUAGE;
  await cast.refused(stranger, 'this is no JSON', 'INVALID_MESSAGE', {});
  await cast.refused(stranger, { action: 'sing' }, 'INVALID_ACTION', { field: 'action' });
  await cast.refused(stranger, { action: 'heartbeat', loud: true }, 'INVALID_PARAMETERS', { field: 'loud' });
  await cast.refused(stranger, { action: 'createSession', sourceLanguage: 'en' }, 'UNAUTHORIZED');
  const join = { action: 'joinSession', sessionId: UNKNOWN_SESSION, targetLanguage };
  await cast.refused(stranger, join, 'SESSION_NOT_FOUND');
  await cast.refused(stranger, { ...join, sessionId: 'nowhere' }, 'INVALID_SESSION_ID', { field: 'sessionId' });
  await cast.refused(stranger, { ...join, targetLanguage: 'Klingon' }, 'INVALID_LANGUAGE', { field: 'targetLanguage' });
  await cast.refused(stranger, { ...join, targetLanguage: UNSUPPORTED_LANGUAGE }, 'UNSUPPORTED_LANGUAGE', {
    field: 'targetLanguage',
  });
  await cast.refused(stranger, { action: 'heartbeat' }, 'NOT_IN_SESSION');
  await cast.refused(stranger, { action: 'getSessionStatus' }, 'NOT_IN_SESSION');
  await cast.refused(stranger, { action: 'endSession' }, 'NOT_IN_SESSION');
  await cast.refused(stranger, { action: 'recover', epoch: 0, since: { all: 0 } }, 'NOT_IN_SESSION');
}

/** What the same one is refused when there is a session to take over. */
export async function refuseOfStrangerIn(cast: Cast, stranger: Connection, sessionId: string): Promise<void> {
  const refresh = { action: 'refreshConnection', sessionId };
  await cast.refused(stranger, { ...refresh, role: 'speaker' }, 'UNAUTHORIZED');
  await cast.refused(stranger, { action: 'setBroadcastState', paused: true }, 'UNAUTHORIZED');
  const previousConnectionId = 'nobody-has-this-one';
  await cast.refused(stranger, { ...refresh, role: 'listener', previousConnectionId }, 'NOT_IN_SESSION', {
    field: 'previousConnectionId',
  });
}

/** What a listener is refused. */
export async function refuseOfListener(cast: Cast, listener: Connection, sessionId: string): Promise<void> {
  await cast.refused(listener, { action: 'getSessionStatus' }, 'FORBIDDEN');
  await cast.refused(listener, { action: 'endSession' }, 'FORBIDDEN');
  await cast.refused(listener, { action: 'publish', to: 'all', data: 'from a listener' }, 'UNAUTHORIZED');
  const another = { action: 'joinSession', sessionId, targetLanguage: 'ja' };
  await cast.refused(listener, another, 'ALREADY_IN_SESSION');
}

import type { SessionWithPlaces } from './model.ts';
import type { Clock, Deliverer, EventBus, SessionRepository } from './ports.ts';
import { isLive } from './session-rules.ts';
import { listenersByLanguage, statusOf } from './session-status.ts';

export interface NotifyPlacesDeps {
  readonly sessions: Pick<SessionRepository, 'findWithPlaces' | 'findAnnouncedLanguages' | 'storeAnnouncedLanguages'>;
  readonly deliverer: Pick<Deliverer, 'handOver'>;
  readonly eventBus: EventBus;
  readonly clock: Clock;
}

/**
 * Tells the speaker how many listeners there are, and the pipeline which languages are in use, from one consistent read
 * after the changes: exact as of that moment, however many changes there were.
 */
export async function notifyPlaces(
  { sessionId, createdAt }: { readonly sessionId: string; readonly createdAt: number },
  deps: NotifyPlacesDeps,
): Promise<void> {
  const { sessions, deliverer, clock } = deps;
  const asOf = clock.nowMs();
  const found = await sessions.findWithPlaces(sessionId);
  if (found?.session.createdAt !== createdAt || !isLive(found.session, asOf)) return;
  const { speakerConnectionId } = found.session;
  await announceLanguages(found, asOf, deps);
  if (speakerConnectionId === undefined) return;
  await deliverer.handOver({
    task: 'notifyConnection',
    connectionId: speakerConnectionId,
    message: statusOf(found, asOf),
  });
}

/** What was announced is stored after the event was accepted: a crash in between announces it twice, and never not at all. */
async function announceLanguages(
  { session: { sessionId, createdAt, revision }, shards }: SessionWithPlaces,
  asOf: number,
  { sessions, eventBus }: NotifyPlacesDeps,
): Promise<void> {
  const languages = listenersByLanguage(shards);
  const inUse = Object.keys(languages);
  const announced = await sessions.findAnnouncedLanguages(sessionId);
  const before = announced?.createdAt === createdAt ? announced.languages : [];
  if (before.length === inUse.length && inUse.every((language) => before.includes(language))) return;
  await eventBus.publish([
    { type: 'LanguagesInUseChanged', detail: { sessionId, createdAt, revision, languages, asOf } },
  ]);
  await sessions.storeAnnouncedLanguages({ sessionId, createdAt, languages: inUse, asOf });
}

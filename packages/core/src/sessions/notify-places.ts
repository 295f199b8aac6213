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
 * Stored beside the languages until the event is accepted: what was announced is then not certain, and the next batch
 * announces again, also when the languages have changed back meanwhile. Equal to no language.
 */
const ANNOUNCING = '?';

/**
 * Tells the speaker how many listeners there are, and the pipeline which languages are in use, from one consistent read
 * after the changes: exact as of that moment, however many changes there were.
 */
export async function notifyPlaces(session: SessionName, deps: NotifyPlacesDeps): Promise<void> {
  const asOf = deps.clock.nowMs();
  const found = await findLive(session, asOf, deps);
  if (found === undefined) return;
  await announceLanguages(found, asOf, deps);
  await notifySpeaker(found, asOf, deps);
}

/**
 * Tells a speaker on a new connection how many listeners there are. Announces no languages: changes of one session's
 * places come one batch after the other, and an announcement from elsewhere could overtake theirs with an older set.
 */
export async function notifyNewSpeaker(session: SessionName, deps: NotifyPlacesDeps): Promise<void> {
  const asOf = deps.clock.nowMs();
  const found = await findLive(session, asOf, deps);
  if (found !== undefined) await notifySpeaker(found, asOf, deps);
}

interface SessionName {
  readonly sessionId: string;
  readonly createdAt: number;
}

async function findLive(
  { sessionId, createdAt }: SessionName,
  nowMs: number,
  { sessions }: NotifyPlacesDeps,
): Promise<SessionWithPlaces | undefined> {
  const found = await sessions.findWithPlaces(sessionId);
  return found?.session.createdAt === createdAt && isLive(found.session, nowMs) ? found : undefined;
}

async function notifySpeaker(found: SessionWithPlaces, asOf: number, { deliverer }: NotifyPlacesDeps): Promise<void> {
  const { speakerConnectionId: connectionId } = found.session;
  if (connectionId === undefined) return;
  await deliverer.handOver({ task: 'notifyConnection', connectionId, message: statusOf(found, asOf) });
}

/** What is announced is stored before and after: a crash in between announces it twice, and never not at all. */
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
  const store = (stored: readonly string[]) =>
    sessions.storeAnnouncedLanguages({ sessionId, createdAt, languages: stored, asOf });
  await store([...inUse, ANNOUNCING]);
  await eventBus.publish([
    { type: 'LanguagesInUseChanged', detail: { sessionId, createdAt, revision, languages, asOf } },
  ]);
  await store(inUse);
}

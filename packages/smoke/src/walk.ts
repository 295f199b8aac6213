import { setTimeout as delay } from 'node:timers/promises';
import type { Cast } from './cast.ts';
import type { Connection } from './connection.ts';
import {
  aCount,
  anyBroadcastState,
  anyListeners,
  aRevision,
  type Expected,
  MAX_HEARTBEAT_INTERVAL_SECONDS,
  type Session,
} from './expectations.ts';
import type { Journal } from './journal.ts';
import { publishAndReceive, receiveAgain, recover } from './messages.ts';
import { refuseOfListener, refuseOfStranger, refuseOfStrangerIn } from './refusals.ts';
import {
  changeLanguage,
  createSession,
  heartbeat,
  join,
  type Listener,
  listenerChannels,
  pauseAndGoOn,
  refreshListener,
  refreshSpeaker,
  speakerChannels,
  statusOf,
} from './steps.ts';

export interface WalkOptions {
  readonly listeners: number;
  /** Heartbeats of everybody; between two of them the interval passes that the service asks for. */
  readonly rounds: number;
  readonly token: string;
  /** Ends the waiting between two rounds. */
  readonly signal?: AbortSignal;
}

const TARGET_LANGUAGES = ['es', 'fr', 'de', 'pt', 'it'] as const;
/** Of these, none. */
const ANOTHER_LANGUAGE = 'ja';
/** Changes of language keep a second apart. */
const BETWEEN_CHANGES_MS = 1100;

/** The life of a session from its start to its end. @throws {SmokeError} something without which it cannot go on */
export async function walk(cast: Cast, journal: Journal, { listeners: count, rounds, token, signal }: WalkOptions) {
  await cast.intruder('somebody with a token of garbage', 'not.a.token');
  await cast.intruder("somebody with the speaker's token and another signature", withAnotherSignature(token));
  const stranger = await cast.listener('stranger');
  await refuseOfStranger(cast, stranger);

  let speaker = await cast.speaker('speaker');
  // Later the speaker is on another connection.
  cast.unfinished = () => speaker.request({ action: 'endSession' });
  const created = await createSession(cast, speaker);
  const sessionId = String(created.sessionId);
  const session: Session = { sessionId, epoch: Number(created.epoch), heads: {} };
  const targetLanguages = Array.from(
    { length: count },
    (_, index) => TARGET_LANGUAGES[index % TARGET_LANGUAGES.length] ?? 'es',
  );
  const joinKey = String(created.joinKey);
  const status = statusOf(created, targetLanguages);
  cast.mayGet(speaker, anyOf(status, count));
  const intervalSeconds = Math.min(Number(created.heartbeatIntervalSeconds), MAX_HEARTBEAT_INTERVAL_SECONDS);

  const listeners: Listener[] = [];
  for (const [index, targetLanguage] of targetLanguages.entries()) {
    const number = index + 1;
    const connection = await cast.listener(`listener ${number}`);
    // The first one types the ID; the others have a link.
    const how = number === 1 ? {} : { joinKey };
    const joined = await join(cast, connection, { session, targetLanguage, listenerCount: number, ...how });
    const place = String(joined.place);
    listeners.push({ connection, connectionId: String(joined.connectionId), targetLanguage, place });
  }
  const [first] = listeners;
  if (!first) throw new RangeError('listeners must be 1 or more');
  await refuseOfListener(cast, first.connection, sessionId);
  await refuseOfStrangerIn(cast, stranger, sessionId);
  await cast.ask('getSessionStatus', speaker, { action: 'getSessionStatus' }, status);

  const heartbeatOf = ({ connection, targetLanguage }: Listener) =>
    heartbeat(cast, connection, { session, channels: listenerChannels(targetLanguage) });
  for (let round = 1; round <= rounds; round++) {
    if (round > 1) await delay(intervalSeconds * 1000, undefined, signal ? { signal } : {});
    await Promise.all([
      heartbeat(cast, speaker, { session, channels: speakerChannels }),
      ...listeners.map((each) => heartbeatOf(each)),
    ]);
  }

  await changeLanguage(cast, first, { session, targetLanguage: ANOTHER_LANGUAGE });
  await changeBack(cast, first, session);
  await pauseAndGoOn(cast, journal, { sessionId, speaker, listeners });
  const published = await publishAndReceive(cast, journal, { session, speaker, listeners });
  await recover(cast, journal, { session, listener: first, published });
  const [, last] = published;
  // The last one of its language was missed, as far as the service knows.
  const since = { ...session.heads, [last.channel]: last.offset - 1 };
  await refreshListener(cast, first, { session, since });
  await receiveAgain(journal, first.connection, last);
  // Asking again counts nobody, and tells how many there are: the refreshed one still counts once.
  const { connectionId, targetLanguage } = first;
  await join(cast, first.connection, { session, targetLanguage, listenerCount: count, connectionId });
  await heartbeatOf(first);

  const oldSpeaker = speaker;
  const previousConnectionId = String(created.connectionId);
  speaker = await refreshSpeaker(cast, oldSpeaker, { session, previousConnectionId, joinKey });
  cast.mayGet(speaker, anyOf(status, count));
  await heartbeat(cast, speaker, { session, channels: speakerChannels });
  await cast.ask('getSessionStatus', speaker, { action: 'getSessionStatus' }, status);
  await cast.refused(oldSpeaker, { action: 'endSession' }, 'NOT_IN_SESSION');
  await oldSpeaker.close();

  await endSession(cast, journal, { sessionId, speaker, listeners });
  cast.unfinished = undefined;
  await cast.refused(stranger, { action: 'joinSession', sessionId, targetLanguage: 'es' }, 'SESSION_NOT_FOUND');
}

/** The counts by language are the same as before, when the status is asked for later. */
async function changeBack(cast: Cast, listener: Listener, session: Session): Promise<void> {
  await delay(BETWEEN_CHANGES_MS);
  await changeLanguage(cast, listener, { session, targetLanguage: TARGET_LANGUAGES[0] });
}

/** A status that may come at any time, while listeners come and change. */
const anyOf = (status: Expected, count: number): Expected => ({
  ...status,
  listenerCount: aCount(count),
  listenersByLanguage: anyListeners(count),
  broadcastState: anyBroadcastState,
});

/** The end reaches the speaker as a reply and every listener as a push, once. */
async function endSession(
  cast: Cast,
  journal: Journal,
  { sessionId, speaker, listeners }: { sessionId: string; speaker: Connection; listeners: readonly Listener[] },
): Promise<void> {
  const ended = { type: 'sessionEnded', sessionId, revision: aRevision, reason: 'speakerEnded' };
  const askedMs = performance.now();
  const pushes = listeners.map(async ({ connection }) => {
    const push = await connection.next(({ type }) => type === 'sessionEnded', 'sessionEnded');
    journal.keep('sessionEnded push', performance.now() - askedMs);
    journal.checkMessage(`${connection.who}: push`, push, ended);
  });
  const [reply, ...told] = await Promise.allSettled([
    cast.ask('endSession', speaker, { action: 'endSession' }, ended),
    ...pushes,
  ]);
  for (const outcome of told) if (outcome.status === 'rejected') journal.fail(outcome.reason.message);
  if (reply?.status === 'rejected') throw reply.reason;
  // Had there been a second one, it would most likely come before the answer to this.
  const refused = { action: 'joinSession', sessionId, targetLanguage: 'Klingon' };
  for (const { connection } of listeners) {
    await cast.refused(connection, refused, 'INVALID_LANGUAGE', { field: 'targetLanguage' });
  }
  for (const { connection } of listeners) {
    const again = connection.unread.filter(({ type }) => type === 'sessionEnded').length;
    journal.check(
      again === 0,
      `${connection.who}: was told ${again + 1} times that the session ended, and should be once`,
    );
  }
}

/** The same token, but for one character of its signature. */
function withAnotherSignature(token: string): string {
  const at = token.length - 20;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}

import type { Cast } from './cast.ts';
import type { Connection } from './connection.ts';
import { activeSession, aTimeOfNow, type Expected, type Frame, positionsIn, type Session } from './expectations.ts';
import type { Journal } from './journal.ts';
import { type Listener, listenerChannels } from './steps.ts';

/** A message that was published: where it stands, and how it arrives. */
export interface Published {
  readonly channel: string;
  readonly offset: number;
  readonly frame: Expected;
}

interface Publication {
  readonly to: string;
  readonly name: string;
  readonly data: unknown;
  readonly id: string;
}

/** Everybody who takes part in publishing. */
interface Everybody {
  readonly session: Session;
  readonly speaker: Connection;
  readonly listeners: readonly Listener[];
}

/**
 * Publishes to everybody, and to the language of the first listener, and repeats that one by its ID. Those whom it
 * concerns get each of them once for each time that it was sent; whether others got something shows when all leave.
 * @returns the message to everybody, and the one to the language
 */
export async function publishAndReceive(
  cast: Cast,
  journal: Journal,
  { session, speaker, listeners }: Everybody,
): Promise<[toAll: Published, toLanguage: Published]> {
  const language = listeners[0]?.targetLanguage ?? '';
  const toAll = { to: 'all', name: 'smoke', data: 'We begin', id: 'smoke-1' };
  const toLanguage = { to: language, name: 'smoke', data: { text: 'Buenos días', parts: [1, null] }, id: 'smoke-2' };
  const everybody = [speaker, ...listeners.map(({ connection }) => connection)];
  const those = listeners.filter(({ targetLanguage }) => targetLanguage === language).map((each) => each.connection);
  return [
    await publish(cast, journal, { session, speaker, publication: toAll, receivers: everybody }),
    await publish(cast, journal, { session, speaker, publication: toLanguage, receivers: those, repeats: true }),
  ];
}

async function publish(
  cast: Cast,
  journal: Journal,
  {
    session,
    speaker,
    publication,
    receivers,
    repeats = false,
  }: {
    session: Session;
    speaker: Connection;
    publication: Publication;
    receivers: readonly Connection[];
    repeats?: boolean;
  },
): Promise<Published> {
  const { to: channel, name, data } = publication;
  const offset = (session.heads[channel] ?? 0) + 1;
  const frame = { type: 'message', channel, epoch: session.epoch, offset, publishedAt: aTimeOfNow, name, data };
  const published = { channel, offset, frame };
  for (const repeated of repeats ? [false, true] : [false]) {
    const receipt = {
      channel,
      epoch: session.epoch,
      offset,
      repeated,
      delivered: receivers.length,
      gone: 0,
      failed: 0,
    };
    const askedMs = performance.now();
    // Wait for all whatever happens: what is left waiting would fail unheard.
    const outcomes = await Promise.allSettled([
      cast.ask(
        'publish',
        speaker,
        { action: 'publish', ...publication },
        { type: 'messagePublished', sessionId: session.sessionId, ...receipt },
      ),
      ...receivers.map(async (receiver) => {
        await receiveAgain(journal, receiver, published);
        if (!repeated) journal.keep('message push', performance.now() - askedMs);
      }),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }
  session.heads[channel] = offset;
  return published;
}

/** Waits for a message, and checks every field. */
export async function receiveAgain(journal: Journal, receiver: Connection, published: Published): Promise<void> {
  const { channel, offset, frame } = published;
  const isIt = (each: Frame) => each.type === 'message' && each.channel === channel;
  const message = await receiver.next(isIt, `message ${offset} to ${channel}`);
  journal.checkMessage(`${receiver.who}: message to ${channel}`, message, frame);
}

/** A listener says that it has missed everything, and gets it once more. */
export async function recover(
  cast: Cast,
  journal: Journal,
  { session, listener, published }: { session: Session; listener: Listener; published: readonly Published[] },
): Promise<void> {
  const { sessionId, epoch } = session;
  const channels = listenerChannels(listener.targetLanguage);
  const since = Object.fromEntries(published.map(({ channel, offset }) => [channel, offset - 1]));
  await cast.ask(
    'recover',
    listener.connection,
    { action: 'recover', epoch, since },
    { type: 'recovery', sessionId, ...activeSession, ...positionsIn(session, channels), recovered: true },
  );
  for (const each of published) await receiveAgain(journal, listener.connection, each);
}

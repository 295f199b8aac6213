import { followUpsOf, sessionEndedEvent } from './follow-ups.ts';
import { notifyNewSpeaker, notifyPlaces } from './notify-places.ts';
import type { Clock, Deliverer, EventBus, SessionRepository } from './ports.ts';
import type { SessionChange, SessionsTableChange } from './session-change.ts';

export interface NotifyChangesDeps {
  readonly sessions: Pick<SessionRepository, 'findWithPlaces' | 'findAnnouncedLanguages' | 'storeAnnouncedLanguages'>;
  readonly deliverer: Pick<Deliverer, 'handOver'>;
  readonly eventBus: EventBus;
  readonly clock: Clock;
  readonly settings: { readonly speakerGraceMs: number };
}

/** A change, with the stream's name for its place. */
export interface NumberedChange<C = SessionsTableChange> {
  readonly sequenceNumber: string;
  /** undefined: nothing follows from it (a removal, or an item of another kind) */
  readonly change: C | undefined;
}

/**
 * Decides what follows from changes of the sessions table, and hands it over; nothing is sent to a socket here, where a
 * slow one would hold up everybody's changes. May see a change twice, and a session's items in any order.
 * @returns the sequence number of the first change that must be handed in again, or undefined: everything is handed over
 */
export function createNotifyChanges(deps: NotifyChangesDeps) {
  const { sessions, deliverer, eventBus, settings } = deps;
  const graceSeconds = settings.speakerGraceMs / 1000;

  return async (
    changes: readonly NumberedChange[],
    onFailure: (error: unknown) => void,
  ): Promise<string | undefined> => {
    const bySession = new Map<string, NumberedChange[]>();
    for (const numbered of changes) {
      const { change } = numbered;
      if (change === undefined) continue;
      const key = change.kind === 'session' ? change.after.sessionId : change.sessionId;
      const group = bySession.get(key);
      if (group) group.push(numbered);
      else bySession.set(key, [numbered]);
    }
    const failed = new Set<string>();
    await Promise.all(
      [...bySession.values()].map(async (group) => {
        try {
          await notifyOf(group);
        } catch (error) {
          onFailure(error);
          for (const { sequenceNumber } of group) failed.add(sequenceNumber);
        }
      }),
    );
    // Lambda repeats everything from the first failure on: what follows twice does no harm.
    return changes.find(({ sequenceNumber }) => failed.has(sequenceNumber))?.sequenceNumber;
  };

  async function notifyOf(group: readonly NumberedChange[]): Promise<void> {
    const changed = group.flatMap(({ change }) => (change?.kind === 'session' ? [change] : []));
    const places = group.flatMap(({ change }) => (change?.kind === 'places' ? [change] : []));
    const isSpeakerNew = await notifyOfSession(changed);
    const latest = places.at(-1);
    const speaking = isSpeakerNew ? changed.at(-1)?.after : undefined;
    if (latest !== undefined) await notifyPlaces(latest, deps);
    else if (speaking !== undefined) await notifyNewSpeaker(speaking, deps);
  }

  /** @returns whether the speaker needs a status */
  async function notifyOfSession(changes: readonly SessionChange[]): Promise<boolean> {
    const all = changes.map((change) => ({ change, ...followUpsOf(change, { graceSeconds }) }));
    const hasEnded = changes.some(({ after }) => after.state === 'ended');
    // Of several notifications the last one says everything; the end says that nothing else matters.
    const last = hasEnded ? undefined : all.findLast(({ listeners }) => listeners)?.listeners;
    for (const task of [...all.flatMap(({ tasks }) => tasks), ...(last ? [last] : [])]) await deliverer.handOver(task);
    const events = all.flatMap((followUps) => followUps.events);
    for (const { change, isEndComplete } of all) {
      if (isEndComplete) events.push(sessionEndedEvent(change.after, await joinsOf(change)));
    }
    if (events.length > 0) await eventBus.publish(events);
    return !hasEnded && all.some(({ isSpeakerNew }) => isSpeakerNew);
  }

  /** The shards stay for a day after the end is complete. */
  async function joinsOf({ after: { sessionId, createdAt } }: SessionChange): Promise<number> {
    const found = await sessions.findWithPlaces(sessionId);
    if (found?.session.createdAt !== createdAt) return 0;
    return found.shards.reduce((sum, { joins }) => sum + joins, 0);
  }
}
export type NotifyChanges = ReturnType<typeof createNotifyChanges>;

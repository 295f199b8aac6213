import type { LifecycleEvent, Session } from '@sessions/core/sessions';
import type { Cast } from './cast.ts';
import type { Client } from './client.ts';
import { lifeOf } from './ledger.ts';
import { findMissingMessage, hasAllMessages } from './message-checks.ts';
import type { World } from './world.ts';

/** Whether everything that time and sweeps can bring about has come about. */
export function isSettled(world: World, cast: Cast): boolean {
  const live = cast.live();
  const speaking = new Set(live.map(({ socket }) => socket));
  for (const { stored } of world.tables.partitions.values()) {
    if (stored === undefined) continue;
    const { state, endCompletedAt, speakerConnectionId } = stored.session;
    // It waits for its speaker for a day.
    if (state === 'scheduled') continue;
    if (state === 'ended' ? endCompletedAt === undefined : !speaking.has(speakerConnectionId)) return false;
  }
  for (const { connection } of world.tables.connections.values()) {
    const client = cast.clients.owner(connection.connectionId);
    if (client === undefined || client.end === 'died' || !client.sockets.has(connection.connectionId)) return false;
  }
  return hasAllMessages(world, cast);
}

/**
 * What must hold when everything that was handed over has been delivered, before any heartbeat: notifications alone have
 * brought every client up to date. Not where posts or tasks were lost, or the index was behind: then the heartbeat heals.
 */
export function findUnnotified(world: World, cast: Cast): string | undefined {
  const { plan, tasks } = world;
  // A listener who changes the language meanwhile can slip through between two pages.
  if (plan.isIndexStale || plan.pageSize < 100 || tasks.lost.length > 0) return undefined;
  if (plan.faults.some(({ kind }) => kind === 'postFails')) return undefined;
  const isUndisturbed = plan.faults.length === 0 && !cast.publishers.wereKilled;
  for (const client of cast.live()) {
    if (client.role !== 'listener') continue;
    const found =
      (client.mayHaveLostPlace ? undefined : outOfDate(client, world, 'notifications')) ??
      // With a fault, a publisher may have sent nothing, and a replay may not have been handed over.
      (isUndisturbed ? findMissingMessage(client, world, 'deliveries') : undefined);
    if (found) return found;
  }
  return undefined;
}

/** What must hold in the end, when everything has come to rest, all are connected well, and sweeps have gone over it. */
export function findWrongEnd(world: World, cast: Cast): string | undefined {
  for (const life of world.ledger.lives.values()) {
    const found = wrongLife(life, world, cast);
    if (found) return found;
  }
  for (const client of cast.live()) {
    const found =
      outOfDate(client, world, 'heartbeats') ??
      findMissingMessage(client, world, 'heartbeats') ??
      (client.role === 'speaker' ? wrongStatus(client, world) : undefined);
    if (found) return found;
  }
  return undefined;
}

function outOfDate(client: Client, world: World, by: string): string | undefined {
  const { session, view, name } = client;
  const truth = session && world.ledger.lives.get(lifeOf(session))?.at(-1);
  if (truth === undefined || view === undefined) return `${name} is in no session that there is`;
  if (view.state !== truth.state)
    return `${name} believes "${view.state}" of a session that is "${truth.state}" (${by})`;
  const { broadcastState } = truth;
  const isSame = view.broadcastState === undefined || view.broadcastState.muted === broadcastState.muted;
  return isSame
    ? undefined
    : `${name} believes muted=${view.broadcastState?.muted}: it is ${broadcastState.muted} (${by})`;
}

/** Once the speaker has heard of its listeners, the last that it has heard is so. */
function wrongStatus(client: Client, world: World): string | undefined {
  const { plan, tasks } = world;
  if (client.status === undefined || client.session === undefined || tasks.lost.length > 0) return undefined;
  if (plan.faults.some(({ kind }) => kind === 'postFails')) return undefined;
  const taken = takenIn(client.session, world);
  return client.status.listenerCount === taken
    ? undefined
    : `${client.name} was last told of ${client.status.listenerCount} listeners: there are ${taken}`;
}

function wrongLife(life: readonly Session[], world: World, cast: Cast): string | undefined {
  const last = life.at(-1) as Session;
  const name = `${last.sessionId}@${last.createdAt}`;
  const events = world.events.filter(
    ({ detail }) => detail.sessionId === last.sessionId && detail.createdAt === last.createdAt,
  );
  return (
    wrongState(last, name, world, cast) ??
    missingEvent(life, events, name) ??
    wrongTotals(last, events, name, world) ??
    (last.state === 'ended' ? undefined : wrongLanguages(last, events, name, world))
  );
}

function wrongState(last: Session, name: string, world: World, cast: Cast): string | undefined {
  const live = cast.live().filter(({ session }) => session !== undefined && lifeOf(session) === lifeOf(last));
  if (last.state === 'scheduled') {
    // Nobody may know of it: the answer was lost, or its speaker gave up. It expires.
    const waiting = live.find(({ role }) => role === 'speaker');
    return waiting && `${name} is scheduled, and ${waiting.name} speaks in it`;
  }
  if (last.state !== 'ended') {
    const speaker = live.find(({ socket }) => socket === last.speakerConnectionId);
    return speaker ? undefined : `${name} goes on (${last.state}) without a speaker who is there`;
  }
  if (last.endCompletedAt === undefined) return `the end of ${name} was never completed`;
  for (const { connection } of world.tables.connections.values()) {
    if (connection.sessionId !== last.sessionId) continue;
    if (world.tables.partitions.get(last.sessionId)?.stored?.session.createdAt !== last.createdAt) continue;
    // A speaker who asked for the end, or could not be notified of it, keeps its connection as long as it is open.
    if (connection.role === 'speaker' && isOpen(connection.connectionId, cast)) continue;
    return `${connection.connectionId} is left of ${name}, which has ended`;
  }
  const uninformed = live.find(({ view }) => view?.state !== 'ended');
  return uninformed ? `${uninformed.name} was never notified of the end of ${name}` : undefined;
}

const isOpen = (connectionId: string, { clients }: Cast): boolean =>
  clients.owner(connectionId)?.sockets.has(connectionId) === true;

/** The event that each change of a session must have had, at least once. */
function missingEvent(life: readonly Session[], events: readonly LifecycleEvent[], name: string): string | undefined {
  for (let at = 0; at < life.length; at++) {
    const type = eventOf(life[at - 1], life[at] as Session);
    const { revision } = life[at] as Session;
    if (type === undefined) continue;
    if (!events.some((event) => event.type === type && event.detail.revision === revision)) {
      return `${name} had no event ${type} of revision ${revision}`;
    }
  }
  return undefined;
}

function eventOf(before: Session | undefined, after: Session): LifecycleEvent['type'] | undefined {
  if (before === undefined) return after.state === 'scheduled' ? 'SessionScheduled' : 'SessionStarted';
  if (before.state === 'scheduled' && after.state === 'active') return 'SessionStarted';
  if (before.state === 'active' && after.state === 'interrupted') return 'SessionInterrupted';
  if (before.state === 'interrupted' && after.state === 'active') return 'SessionResumed';
  if (after.endCompletedAt !== undefined && before.endCompletedAt === undefined) return 'SessionEnded';
  return undefined;
}

function wrongTotals(last: Session, events: readonly LifecycleEvent[], name: string, world: World): string | undefined {
  const joins = world.ledger.joins.get(lifeOf(last)) ?? 0;
  const wrong = events.find((event) => event.type === 'SessionEnded' && event.detail.totalJoins !== joins);
  return wrong?.type === 'SessionEnded'
    ? `SessionEnded of ${name} says ${wrong.detail.totalJoins} joins: there were ${joins}`
    : undefined;
}

/** Of the announcements, the one as of the latest moment says what is so. */
function wrongLanguages(
  last: Session,
  events: readonly LifecycleEvent[],
  name: string,
  world: World,
): string | undefined {
  let announced: { readonly asOf: number; readonly languages: Readonly<Record<string, number>> } | undefined;
  for (const event of events) {
    if (event.type !== 'LanguagesInUseChanged') continue;
    if (announced === undefined || event.detail.asOf >= announced.asOf) announced = event.detail;
  }
  const said = Object.keys(announced?.languages ?? {})
    .sort()
    .join();
  const inUse = new Set<string>();
  for (const { connection } of world.tables.connections.values()) {
    if (connection.role === 'listener' && connection.sessionId === last.sessionId) inUse.add(connection.targetLanguage);
  }
  const real = [...inUse].sort().join();
  return said === real ? undefined : `the languages of ${name} were last announced as [${said}]: they are [${real}]`;
}

function takenIn({ sessionId }: { sessionId: string }, world: World): number {
  let taken = 0;
  for (const { connection } of world.tables.connections.values()) {
    if (connection.role === 'listener' && connection.sessionId === sessionId) taken++;
  }
  return taken;
}

import type { MemoryTables } from '@sessions/core/memory';
import type { Connection, Session } from '@sessions/core/sessions';
import { SETTINGS } from './settings.ts';

/**
 * What must hold at every moment, after every single write.
 * - No shard has more places taken than it has.
 * - A shard's numbers are the connections that hold its places: in all, and of each language.
 * - A connection that speaks is the one that its session names, and the other way round.
 * @returns what does not hold
 */
export function findInconsistency({ partitions, connections }: MemoryTables): string | undefined {
  const holders = new Map<string, Connection[]>();
  for (const { connection } of connections.values()) {
    const { sessionId } = connection;
    if (connection.role === 'speaker') {
      const session = partitions.get(sessionId)?.stored?.session;
      if (
        session === undefined ||
        session.state === 'ended' ||
        session.speakerConnectionId === connection.connectionId
      ) {
        continue;
      }
      // Of an earlier session of this ID, whose `$disconnect` was lost: sweeps have not come to it yet.
      if (connection.connectedAt + SETTINGS.connectionMaxDurationMs < session.createdAt) continue;
      return `${connection.connectionId} speaks in ${sessionId}, which names ${session.speakerConnectionId}`;
    }
    const shard = `${sessionId} ${connection.placeShard}`;
    const others = holders.get(shard);
    if (others) others.push(connection);
    else holders.set(shard, [connection]);
  }
  for (const [sessionId, { stored, shards }] of partitions) {
    const found = stored && speakerInconsistency(stored.session, connections);
    if (found) return found;
    for (const { shard } of shards.values()) {
      const name = `${sessionId} ${shard.placeShard}`;
      const here = holders.get(name) ?? [];
      holders.delete(name);
      if (here.length > shard.capacity) return oversold(name, here.length, shard.capacity);
      if (shard.taken !== here.length) {
        return `${name} says ${shard.taken} taken, and ${here.length} connections hold a place: ${idsOf(here)}`;
      }
      const byLanguage = countByLanguage(here);
      const languages = Object.keys(shard.languages);
      if (
        languages.length !== byLanguage.size ||
        languages.some((code) => byLanguage.get(code) !== shard.languages[code])
      ) {
        return `${name} says ${JSON.stringify(shard.languages)}, and its listeners hear ${JSON.stringify([...byLanguage])}`;
      }
    }
  }
  for (const [name, here] of holders) return `${idsOf(here)} hold places of ${name}, which is not there`;
  return undefined;
}

/** The part that mattered in the first design, whose counts were not exact: more listeners than places. */
export function findOversold({ partitions, connections }: MemoryTables): string | undefined {
  for (const [sessionId, { stored }] of partitions) {
    if (stored === undefined || stored.session.state === 'ended') continue;
    let listeners = 0;
    for (const { connection } of connections.values()) {
      if (connection.role === 'listener' && connection.sessionId === sessionId) listeners++;
    }
    if (listeners > stored.session.capacity) return oversold(sessionId, listeners, stored.session.capacity);
  }
  return undefined;
}

function speakerInconsistency(session: Session, connections: MemoryTables['connections']): string | undefined {
  const { sessionId, state, speakerConnectionId, interruptedAt } = session;
  if (state === 'active') {
    if (speakerConnectionId === undefined) return `${sessionId} is active and names no speaker's connection`;
    const connection = connections.get(speakerConnectionId)?.connection;
    if (connection?.role !== 'speaker' || connection.sessionId !== sessionId) {
      return `${sessionId} is active, and its speaker's connection ${speakerConnectionId} is not there`;
    }
  }
  if (state === 'interrupted' && (speakerConnectionId !== undefined || interruptedAt === undefined)) {
    return `${sessionId} is interrupted, and names ${speakerConnectionId} since ${interruptedAt}`;
  }
  return undefined;
}

const oversold = (name: string, listeners: number, capacity: number): string =>
  `${name} is oversold: ${listeners} listeners, ${capacity} places`;
const idsOf = (connections: readonly Connection[]): string =>
  connections.map(({ connectionId }) => connectionId).join(', ');

function countByLanguage(connections: readonly Connection[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const connection of connections) {
    if (connection.role !== 'listener') continue;
    counts.set(connection.targetLanguage, (counts.get(connection.targetLanguage) ?? 0) + 1);
  }
  return counts;
}

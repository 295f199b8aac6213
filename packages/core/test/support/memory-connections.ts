import { type Connection, holdsPlace, type Place } from '../../src/sessions/model.ts';
import type { ConnectionRepository, HeartbeatHistory, StatusRequestHistory } from '../../src/sessions/ports.ts';

type Item = Connection & HeartbeatHistory & StatusRequestHistory;

/** What the tests may see and change beside the port. */
export interface MemoryConnections extends ConnectionRepository {
  readonly items: Map<string, Item>;
  /** For each coming query of the index, the connections that it does not see yet. */
  readonly unseenByIndex: string[][];
  /** Pages that the index was asked for. */
  queries: number;
}

/** Connections in a map, with the promises of the port. */
export function createMemoryConnections(pageSize = 100): MemoryConnections {
  const items = new Map<string, Item>();
  const unseenByIndex: string[][] = [];

  const repository: MemoryConnections = {
    items,
    unseenByIndex,
    queries: 0,
    async create(connection) {
      if (items.has(connection.connectionId)) return false;
      items.set(connection.connectionId, connection);
      return true;
    },
    async find(connectionId) {
      return items.get(connectionId);
    },
    async findHeartbeats(connectionId) {
      return items.get(connectionId);
    },
    async remove(connectionId) {
      const item = items.get(connectionId);
      items.delete(connectionId);
      return item;
    },
    async removeIfSilentSince(connectionId, lastHeartbeatAt) {
      const item = items.get(connectionId);
      if (item?.lastHeartbeatAt !== lastHeartbeatAt) return undefined;
      items.delete(connectionId);
      return item;
    },
    async removeAll(connectionIds) {
      for (const connectionId of connectionIds) items.delete(connectionId);
    },
    async recordHeartbeat({ connectionId, nowMs, earliestLastButOne }) {
      const item = items.get(connectionId);
      if (item === undefined || item.lastHeartbeatAt === nowMs) return undefined;
      if (item.lastButOneHeartbeatAt !== undefined && item.lastButOneHeartbeatAt > earliestLastButOne) return undefined;
      const after = { ...item, lastButOneHeartbeatAt: item.lastHeartbeatAt, lastHeartbeatAt: nowMs };
      items.set(connectionId, after);
      return after;
    },
    async findStatusRequests(connectionId) {
      return items.get(connectionId);
    },
    async recordStatusRequest({ connectionId, nowMs, earliestLastButOne }) {
      const item = items.get(connectionId);
      if (item?.role !== 'speaker' || item.lastStatusAt === nowMs) return undefined;
      if (item.lastButOneStatusAt !== undefined && item.lastButOneStatusAt > earliestLastButOne) return undefined;
      const after = { ...item, lastButOneStatusAt: item.lastStatusAt ?? 0, lastStatusAt: nowMs };
      items.set(connectionId, after);
      return after;
    },
    async supersede({ connectionId, sessionId, supersededBy }) {
      const item = items.get(connectionId);
      if (item === undefined || item.sessionId !== sessionId || item.role !== 'listener') return undefined;
      if (item.supersededBy !== undefined && item.supersededBy !== supersededBy) return undefined;
      const { targetLanguage, ...rest } = item;
      const supersededLanguage = item.supersededLanguage ?? targetLanguage;
      const after = { ...rest, supersededBy, ...(supersededLanguage === undefined ? {} : { supersededLanguage }) };
      items.set(connectionId, after);
      return after;
    },
    async restore({ connectionId, supersededBy }) {
      const item = items.get(connectionId);
      if (item?.supersededBy !== supersededBy) return;
      const { supersededBy: _, supersededLanguage, ...rest } = item;
      const language = supersededLanguage === undefined ? {} : { targetLanguage: supersededLanguage };
      items.set(connectionId, { ...rest, ...language });
    },
    async *listenerPages(sessionId) {
      const unseen = unseenByIndex.shift() ?? [];
      const places: Place[] = [...items.values()]
        .filter((item) => item.sessionId === sessionId && holdsPlace(item) && !unseen.includes(item.connectionId))
        .map(({ connectionId, targetLanguage = '' }) => ({ connectionId, targetLanguage }));
      for (let start = 0; start === 0 || start < places.length; start += pageSize) {
        repository.queries++;
        yield places.slice(start, start + pageSize);
      }
    },
    async *pages() {
      yield [...items.values()];
    },
  };
  return repository;
}

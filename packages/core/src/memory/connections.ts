import type { Connection, Listener } from '../sessions/model.ts';
import type { ConnectionRepository } from '../sessions/ports.ts';
import type { IsBehind } from './index-history.ts';
import type { MemoryTables } from './tables.ts';

export interface MemoryConnectionsOptions {
  /** Items on a page, of a query or of a scan. */
  readonly pageSize?: number;
  /** Decides how far a query of the index lags behind; nothing, unless given. */
  readonly isBehind?: IsBehind;
}

/** Connections in memory, with the promises of the port: every method, and every page, is one atomic step. */
export function createMemoryConnectionRepository(
  tables: MemoryTables,
  { pageSize = 100, isBehind }: MemoryConnectionsOptions = {},
): ConnectionRepository {
  return {
    async find(connectionId) {
      return tables.connections.get(connectionId)?.connection;
    },

    async recordHeartbeat({ connectionId, nowMs, previousNotAfterMs }) {
      const stored = tables.connections.get(connectionId);
      if (stored === undefined) return 'noRole';
      const { connection, lastButOneHeartbeatAt } = stored;
      // The same moment again: the answer to the first attempt was lost. It must not count as a second heartbeat.
      if (connection.lastHeartbeatAt === nowMs) return { recorded: connection };
      if (lastButOneHeartbeatAt !== undefined && lastButOneHeartbeatAt > previousNotAfterMs) {
        return { tooSoon: connection, previousAtMs: lastButOneHeartbeatAt };
      }
      const recorded: Connection = { ...connection, lastHeartbeatAt: nowMs };
      tables.putConnection({
        ...stored,
        connection: recorded,
        lastButOneHeartbeatAt: connection.lastHeartbeatAt,
      });
      return { recorded };
    },

    async recordStatusRequest({ connectionId, nowMs, previousNotAfterMs }) {
      const stored = tables.connections.get(connectionId);
      if (stored === undefined) return 'noRole';
      const { connection, lastStatusAt, lastButOneStatusAt } = stored;
      if (connection.role !== 'speaker') return { notSpeaker: connection };
      if (lastStatusAt === nowMs) return { recorded: connection };
      if (lastButOneStatusAt !== undefined && lastButOneStatusAt > previousNotAfterMs) {
        return { tooSoon: connection, previousAtMs: lastButOneStatusAt };
      }
      tables.putConnection({
        ...stored,
        lastStatusAt: nowMs,
        ...(lastStatusAt !== undefined && { lastButOneStatusAt: lastStatusAt }),
      });
      return { recorded: connection };
    },

    async removeSpeaker(connectionId) {
      if (tables.connections.get(connectionId)?.connection.role !== 'speaker') return false;
      tables.deleteConnection(connectionId);
      return true;
    },

    async *listenerPages(sessionId, targetLanguage) {
      let after: Listener | undefined;
      for (;;) {
        const start = after;
        const rest = tables.listenerIndex
          .read(sessionId, isBehind)
          .filter((listener) => targetLanguage === undefined || listener.targetLanguage === targetLanguage)
          .filter((listener) => start === undefined || compareListeners(listener, start) > 0)
          .sort(compareListeners);
        const page = rest.slice(0, pageSize);
        yield page;
        if (rest.length <= pageSize) return;
        after = page.at(-1);
      }
    },

    async *silentPages({ heardBefore, segment, segments, after }) {
      let start = after;
      for (;;) {
        const last = start;
        const rest = [...tables.connections.keys()]
          .filter((id) => hashOf(id) % segments === segment && (last === undefined || id > last))
          .sort(compare);
        const page = rest.slice(0, pageSize);
        start = rest.length > pageSize ? page.at(-1) : undefined;
        const silent = page.flatMap((id) => {
          const connection = tables.connections.get(id)?.connection;
          return connection !== undefined && connection.lastHeartbeatAt < heardBefore ? [connection] : [];
        });
        yield { connections: silent, scanned: page.length, ...(start !== undefined && { cursor: start }) };
        if (start === undefined) return;
      }
    },
  };
}

/** The order of the index: by language, and DynamoDB's own order within it. */
const compareListeners = (one: Listener, other: Listener): number =>
  compare(one.targetLanguage, other.targetLanguage) || compare(one.connectionId, other.connectionId);
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** FNV-1a, in place of DynamoDB's own hash: which segment an item is in. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

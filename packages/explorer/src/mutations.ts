import type { MemoryTables } from '@sessions/core/memory';
import type { Listener, MessageLog, PlacesShard, SessionRepository } from '@sessions/core/sessions';
import { MESSAGE_MUTATIONS } from './message-mutations.ts';
import type { Scheduler } from './scheduler.ts';
import type { UseCasePorts } from './use-cases.ts';

export interface MutationContext {
  readonly ports: UseCasePorts;
  readonly tables: MemoryTables;
  readonly scheduler: Scheduler;
  /** To be called after every write. */
  readonly onWritten: () => void;
}

/** A defect, put in on purpose: for the test of the explorer, which must find it. */
export interface Mutation {
  readonly name: string;
  /** Its counts are not exact at every moment: what it is held to is what users notice. */
  readonly hasInexactCounts?: boolean;
  mutate(context: MutationContext): { readonly ports?: Partial<UseCasePorts>; readonly sweep?: () => Promise<void> };
}

/** Defect 3: a late, abandoned refresh of a speaker takes the session from the live connection. */
const lateRefreshWins: Mutation = {
  name: 'defect 3: a late refresh wins',
  mutate({ ports }) {
    const findSession: MessageLog['findSession'] = async (sessionId, channels) => {
      const found = await ports.messageLog.findSession(sessionId, channels);
      // Without the time, no attempt is late.
      return found && { ...found, session: { ...found.session, speakerConnectedAt: 0 } };
    };
    return { ports: { refreshLog: { ...ports.messageLog, findSession } } };
  },
};

/** Defect 5: a listener's place moves in two writes, and is lost between them. */
const moveInTwoWrites: Mutation = {
  name: 'defect 5: a place moves in two writes',
  hasInexactCounts: true,
  mutate({ ports, tables, scheduler, onWritten }) {
    const movePlace: SessionRepository['movePlace'] = async ({ previous, listener }) => {
      const own = tables.connections.get(listener.connectionId)?.connection;
      const isRemoved = await scheduler.call('movePlace: removes the old one', previous, 'write', () => {
        const old = tables.connections.get(previous.connectionId)?.connection;
        if (own !== undefined || old?.role !== 'listener' || old.targetLanguage !== previous.targetLanguage)
          return false;
        tables.deleteConnection(previous.connectionId);
        onWritten();
        return true;
      });
      if (!isRemoved) return { ...(own && { own }), previous: 'gone', isClosed: false };
      return scheduler.call('movePlace: stores the new one', listener, 'write', () => {
        tables.putConnection({ connection: listener });
        onWritten();
        return 'moved' as const;
      });
    };
    return { ports: { sessions: { ...ports.sessions, movePlace } } };
  },
};

/** Defect 7: places are counted and stored in two writes, and sweeps that twice saw the same difference correct the count. */
const countThenStore: Mutation = {
  name: 'defect 7: two sweeps agree on a wrong count',
  hasInexactCounts: true,
  mutate({ ports, tables, scheduler, onWritten }) {
    const shardsOf = (sessionId: string) => [...(tables.partitions.get(sessionId)?.shards.values() ?? [])];
    const change = (sessionId: string, placeShard: string, by: (shard: PlacesShard) => PlacesShard | undefined) => {
      const stored = tables.partitions.get(sessionId)?.shards.get(placeShard);
      const shard = stored && by(stored.shard);
      if (stored === undefined || shard === undefined) return false;
      tables.putShard(sessionId, { ...stored, shard });
      onWritten();
      return true;
    };

    const takePlace: SessionRepository['takePlace'] = async (listener) => {
      const { sessionId, placeShard, targetLanguage } = listener;
      const isCounted = await scheduler.call('takePlace: counts', listener, 'take', () =>
        change(sessionId, placeShard, (shard) => {
          const { taken, capacity, joins, closedAt, languages } = shard;
          if (taken >= capacity || closedAt !== undefined) return undefined;
          const more = { ...languages, [targetLanguage]: (languages[targetLanguage] ?? 0) + 1 };
          return { ...shard, taken: taken + 1, joins: joins + 1, languages: more };
        }),
      );
      if (isCounted !== true) return 'noRoom';
      return scheduler.call('takePlace: stores', listener, 'write', () => {
        if (tables.connections.has(listener.connectionId)) return 'connectionHasRole' as const;
        tables.putConnection({ connection: listener });
        onWritten();
        return 'taken' as const;
      });
    };

    const suspicions = new Map<string, string>();
    const sweep = async (): Promise<void> => {
      const listeners = await scheduler.call('scan of the connections', undefined, 'read', () => listListeners(tables));
      for (const sessionId of tables.partitions.keys()) {
        const shards = await scheduler.call('read of the counts', sessionId, 'read', () => shardsOf(sessionId));
        for (const { shard } of shards) {
          const seen = listeners.filter(({ placeShard }) => placeShard === shard.placeShard).length;
          const difference = `${shard.taken} taken, ${seen} seen`;
          if (seen !== shard.taken && suspicions.get(shard.placeShard) === difference) {
            await scheduler.call('correction of a count', { sessionId, seen }, 'write', () =>
              change(sessionId, shard.placeShard, (now) =>
                now.taken === shard.taken ? { ...now, taken: seen } : undefined,
              ),
            );
          }
          suspicions.set(shard.placeShard, seen === shard.taken ? '' : difference);
        }
      }
    };
    return { ports: { sessions: { ...ports.sessions, takePlace } }, sweep };
  },
};

export const MUTATIONS: readonly Mutation[] = [lateRefreshWins, moveInTwoWrites, countThenStore, ...MESSAGE_MUTATIONS];

function listListeners({ connections }: MemoryTables): Listener[] {
  return [...connections.values()].flatMap(({ connection }) => (connection.role === 'listener' ? [connection] : []));
}

import type { Session } from '@sessions/core/sessions';

/** An item of the sessions table: the session itself, a share of its places, or something else, by its `part`. */
export interface SessionsTableItem {
  readonly sessionId: string;
  readonly part: string;
  readonly [attribute: string]: unknown;
}

/** A session as it is stored, with the sums of its places shards. */
export interface StoredSession extends Session {
  /** Places that are taken. */
  readonly listenerCount: number;
  /** How many of them hear each language; only those above 0. */
  readonly listenersByLanguage: Readonly<Record<string, number>>;
  /** Places that its shards have together. */
  readonly places: number;
}

const PLACES = 'places#';
const LANGUAGE = 'lang:';

/** Puts the sessions of a scan together. A shard belongs to the session of its ID that was created at that moment. */
export function assembleSessions(items: readonly SessionsTableItem[]): StoredSession[] {
  return items
    .filter(({ part }) => part === 'session')
    .map((item) => {
      const { part: _, openSince: __, ttl: ___, ...session } = item;
      const prefix = `${PLACES}${session.createdAt}#`;
      const shards = items.filter(({ sessionId, part }) => sessionId === item.sessionId && part.startsWith(prefix));
      const sum = (name: string) => shards.reduce((total, shard) => total + Number(shard[name] ?? 0), 0);
      const languages = new Set(
        shards.flatMap((shard) => Object.keys(shard)).filter((name) => name.startsWith(LANGUAGE)),
      );
      const byLanguage = [...languages].map((name) => [name.slice(LANGUAGE.length), sum(name)] as const);
      return {
        ...(session as unknown as Session),
        listenerCount: sum('taken'),
        listenersByLanguage: Object.fromEntries(byLanguage.filter(([, count]) => count !== 0)),
        places: sum('capacity'),
      };
    });
}

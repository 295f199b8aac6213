import type { FaultPlan, FeedEvent, StackState } from '@sessions/local/page';

/** Sessions as the local stack has them stored. */
export interface StoredSession {
  readonly sessionId: string;
  readonly state: string;
  readonly listenerCount: number;
  readonly sourceLanguage: string;
}

export async function fetchState(): Promise<StackState> {
  return getJson<StackState>('_local/state');
}

/** Newest first. */
export async function fetchSessions(tables: readonly string[]): Promise<StoredSession[]> {
  const table = tables.find((name) => name.endsWith('-sessions'));
  if (table === undefined) return [];
  const { items } = await getJson<{ items: Record<string, AttributeValue>[] }>(`_local/tables/${table}`);
  return sessionsOf(items);
}

/** The items of the table are sessions and, apart from them, the shards that hold their places: see docs/data.md. */
function sessionsOf(items: readonly Record<string, AttributeValue>[]): StoredSession[] {
  const placesOf = (session: Record<string, AttributeValue>): number =>
    items
      .filter(({ sessionId, part }) => sessionId?.S === session.sessionId?.S && isShardOf(part?.S, session))
      .reduce((sum, { taken }) => sum + Number(taken?.N ?? 0), 0);
  return items
    .filter(({ part }) => part?.S === 'session')
    .map((session) => ({ session, createdAt: Number(session.createdAt?.N ?? 0) }))
    .sort((one, other) => other.createdAt - one.createdAt)
    .map(({ session }) => ({
      sessionId: session.sessionId?.S ?? '',
      state: session.state?.S ?? '',
      listenerCount: placesOf(session),
      sourceLanguage: session.sourceLanguage?.S ?? '',
    }));
}

const isShardOf = (part: string | undefined, { createdAt }: Record<string, AttributeValue>): boolean =>
  part?.startsWith(`places#${createdAt?.N}#`) === true;

interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
}

/** Follows what happens, also across a restart of the stack. @returns ends it */
export function followEvents(onEvents: (events: readonly FeedEvent[]) => void): () => void {
  const source = new EventSource('_local/events');
  source.onmessage = ({ data }) => onEvents(JSON.parse(data) as FeedEvent[]);
  return () => source.close();
}

export const cutConnection = (connectionId?: string): Promise<unknown> =>
  control('cut', connectionId === undefined ? {} : { connectionId });

export const setTimeScale = (scale: number): Promise<unknown> => control('clock', { scale });

export const runSchedules = (): Promise<unknown> => control('schedules', {});

/** @param forSeconds real ones; absent: until the next plan */
export const setFaults = (plan: FaultPlan | null, forSeconds?: number): Promise<unknown> =>
  control('faults', forSeconds === undefined ? { plan } : { plan, forSeconds });

async function control(name: string, fields: object): Promise<unknown> {
  const response = await fetch(`_local/controls/${name}`, { method: 'POST', body: JSON.stringify(fields) });
  const body = (await response.json()) as { message?: string };
  if (!response.ok) throw new Error(body.message);
  return body;
}

async function getJson<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`The local stack answered ${response.status}`);
  return (await response.json()) as T;
}

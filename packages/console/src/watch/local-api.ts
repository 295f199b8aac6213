import type { FaultPlan, FeedEvent, StackState } from '@sessions/local/page';

/** Sessions as the local stack has them stored. */
export interface StoredSession {
  readonly sessionId: string;
  readonly isActive: boolean;
  readonly isInterrupted: boolean;
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
  return items
    .map((item) => ({ item, createdAt: Number(item.createdAt?.N ?? 0) }))
    .sort((one, other) => other.createdAt - one.createdAt)
    .map(({ item }) => ({
      sessionId: item.sessionId?.S ?? '',
      isActive: item.isActive?.BOOL === true,
      isInterrupted: item.speakerLostAt !== undefined,
      listenerCount: Number(item.listenerCount?.N ?? 0),
      sourceLanguage: item.sourceLanguage?.S ?? '',
    }));
}

interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly BOOL?: boolean;
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

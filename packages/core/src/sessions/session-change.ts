import type { Session } from './model.ts';

/** One write to the sessions table, as its stream tells it. Removed items tell nothing. */
export type SessionsTableChange =
  | { readonly kind: 'session'; readonly before?: Session; readonly after: Session }
  /** One of the session's shards has changed. */
  | { readonly kind: 'places'; readonly sessionId: string; readonly createdAt: number };

export type SessionChange = Extract<SessionsTableChange, { kind: 'session' }>;
export type PlacesChange = Extract<SessionsTableChange, { kind: 'places' }>;

import type { Database, Send } from './database.ts';
import { createRetry, type RetryOptions } from './retry.ts';
import { createTransact, type Transact } from './transact.ts';
import { createWrite, type Write } from './write.ts';

export interface TableNames {
  readonly sessions: string;
  readonly connections: string;
}

/** What the methods of the session repository are made of. */
export interface Store {
  readonly send: Send;
  readonly transact: Transact;
  readonly write: Write;
  readonly tables: TableNames;
}

export function createStore({ send }: Database, tables: TableNames, options?: RetryOptions): Store {
  const retry = createRetry(options);
  return { send, transact: createTransact(send, retry), write: createWrite(send, retry), tables };
}

import type { MemoryTables } from '@sessions/core/memory';
import type { ConnectionRepository, SessionRepository } from '@sessions/core/sessions';
import type { Scheduler } from './scheduler.ts';
import type { UseCasePorts } from './use-cases.ts';

export interface MutationContext {
  readonly ports: UseCasePorts;
  /** The repositories themselves, whose methods are no steps. */
  readonly memory: { readonly sessions: SessionRepository; readonly connections: ConnectionRepository };
  readonly tables: MemoryTables;
  readonly scheduler: Scheduler;
  readonly onWritten: () => void;
}

/** A defect of the first design, put back: for the test of the explorer, which must find it. */
export interface Mutation {
  readonly name: string;
  /** Counts are not exact at every moment in it: what it is held to is that no session is oversold. */
  readonly hasInexactCounts?: boolean;
  mutate(context: MutationContext): { readonly ports?: Partial<UseCasePorts>; readonly sweep?: () => Promise<void> };
}

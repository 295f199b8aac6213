import type { LeaveSession } from './leave-session.ts';
import type { Clock, ConnectionRepository, Deliverer, Meter, Push, SessionRepository, Sleep } from './ports.ts';
import { createSweepConnections } from './sweep-connections.ts';
import { createSweepSessions } from './sweep-sessions.ts';

export interface SweepDeps {
  readonly sessions: Pick<SessionRepository, 'openPages' | 'end'>;
  readonly connections: Pick<ConnectionRepository, 'silentPages'>;
  readonly deliverer: Pick<Deliverer, 'handOver'>;
  readonly push: Pick<Push, 'lastActiveAt' | 'close'>;
  readonly leaveSession: LeaveSession;
  readonly meter: Pick<Meter, 'gauges' | 'sweepBraked'>;
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Called with what failed; the next sweep does it again. */
  readonly onFailure: (error: unknown) => void;
  readonly settings: {
    readonly heartbeatTimeoutMs: number;
    readonly speakerGraceMs: number;
    /** After which no further work is begun: the rest is for the next sweep. */
    readonly maxDurationMs: number;
  };
}

export interface SweepReport {
  /** Sessions that had expired, or whose grace period was over. */
  readonly ended: number;
  /** Ends that were not complete, handed over again. */
  readonly continued: number;
  /** Connections not heard for the timeout. */
  readonly silent: number;
  /** Of these: removed, since the socket was gone or has been closed now. */
  readonly removed: number;
  /** Whether everything was looked at. */
  readonly isComplete: boolean;
}

/**
 * Ends what is over, and removes what is gone. It counts nothing and repairs nothing: conditional writes and transactions
 * only, so overlapping sweeps do no harm. Ends come first, for they must not wait behind thousands of silent connections.
 */
export function createSweep(deps: SweepDeps) {
  const sweepSessions = createSweepSessions(deps);
  const sweepConnections = createSweepConnections(deps);

  return async (): Promise<SweepReport> => {
    const deadlineMs = deps.clock.nowMs() + deps.settings.maxDurationMs;
    const { activeSessions, ...ends } = await sweepSessions();
    const { openConnections, ...silence } = await sweepConnections(deadlineMs);
    deps.meter.gauges({ activeSessions, openConnections });
    return { ...ends, ...silence };
  };
}
export type Sweep = ReturnType<typeof createSweep>;

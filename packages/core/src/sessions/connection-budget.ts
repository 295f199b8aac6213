import type { ErrorCode, ServiceError } from '../protocol/index.ts';
import type { LeaveSession } from './leave-session.ts';
import type { Clock, ConnectionRepository, Meter, Push, RateLimiter } from './ports.ts';
import { rateLimitExceeded } from './rate-limit.ts';

const WINDOW_SECONDS = 60;
/** Wrong session IDs that use up a budget. */
const MAX_WRONG_IDS = 3;

/** Our own faults: the client is not charged for them. */
const UNCHARGED: readonly ErrorCode[] = ['SERVICE_UNAVAILABLE', 'INTERNAL_ERROR'];

export interface ConnectionBudgetDeps {
  readonly limiter: Pick<RateLimiter, 'count'>;
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly leaveSession: LeaveSession;
  readonly push: Pick<Push, 'close'>;
  readonly meter: Pick<Meter, 'rateLimitExceeded'>;
  readonly clock: Clock;
  readonly settings: {
    readonly refusalsPerMinute: number;
    /** How long a connection may be without a role. */
    readonly maxRolelessMs: number;
  };
}

export interface Refusal {
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly error: ServiceError;
}

export interface Verdict {
  /** What the client is answered. */
  readonly error: ServiceError;
  /** Whether the connection is to be closed once the answer is out. */
  readonly isClosed: boolean;
}

/**
 * The budget of a connection: every refused message costs, so that a flood and a guesser end themselves and hold up
 * no other client. What is served has limits of its own.
 */
export interface ConnectionBudget {
  charge(refusal: Refusal): Promise<Verdict>;
  /** Removes the connection and what it held, and closes the socket. In this order: so `$disconnect` finds nothing. */
  close(connectionId: string): Promise<void>;
}

export function createConnectionBudget(deps: ConnectionBudgetDeps): ConnectionBudget {
  const { limiter, connections, leaveSession, push, meter, clock, settings } = deps;
  const limit = settings.refusalsPerMinute;

  return {
    async charge({ connectionId, connectedAt, error }) {
      if (UNCHARGED.includes(error.code)) return { error, isClosed: false };
      const isWrongId = error.code === 'SESSION_NOT_FOUND';
      const { count, secondsLeft } = await limiter.count({
        operation: 'connectionBudget',
        subject: connectionId,
        windowSeconds: WINDOW_SECONDS,
        weight: isWrongId ? Math.ceil(limit / MAX_WRONG_IDS) : 1,
      });
      const isRoleless = error.code === 'NOT_IN_SESSION' && clock.nowMs() - connectedAt > settings.maxRolelessMs;
      if (count < limit) return { error, isClosed: isRoleless };
      meter.rateLimitExceeded('connectionBudget');
      return { error: isWrongId ? error : rateLimitExceeded(limit, WINDOW_SECONDS, secondsLeft), isClosed: true };
    },

    async close(connectionId) {
      const connection = await connections.find(connectionId);
      if (connection !== undefined) await leaveSession(connection, 'lost');
      await push.close(connectionId);
    },
  };
}

import type { BusEvent } from '../event-bridge/event.ts';

export type { FaultPlan } from '../faults/plan.ts';

/**
 * What happens in a running stack, one event at a time, as the page shows it. Times are epoch milliseconds of the
 * stack's clock, durations milliseconds of it.
 */
export type FeedEvent = { readonly atMs: number } & FeedNews;

export type FeedNews =
  | { readonly type: 'connected'; readonly connectionId: string }
  | { readonly type: 'refused'; readonly statusCode: number; readonly reason: string }
  | {
      readonly type: 'message';
      readonly connectionId: string;
      /** Absent: no route matched. */
      readonly routeKey?: string;
      readonly durationMs: number;
      /** The message of the error frame that the gateway sent in place of a reply. */
      readonly error?: string;
    }
  | {
      readonly type: 'disconnected';
      readonly connectionId: string;
      readonly statusCode: number;
      readonly reason: string;
    }
  /** A request of the HTTP API. */
  | {
      readonly type: 'httpRequest';
      readonly method: string;
      /** Absent: no route matched. */
      readonly routeKey?: string;
      readonly statusCode: number;
      /** Why API Gateway itself has answered. */
      readonly reason?: string;
      readonly durationMs: number;
    }
  /** A call of `@connections`: something was sent to a connection, or it was closed. */
  | {
      readonly type: 'management';
      readonly connectionId: string;
      readonly method: string;
      readonly statusCode: number;
    }
  | {
      readonly type: 'invocation';
      readonly functionName: string;
      readonly outcome: 'returned' | 'failed' | 'timedOut' | 'throttled' | 'forbidden';
      /** With the wait for an instance, and its start. */
      readonly durationMs: number;
      readonly coldStart: boolean;
    }
  | {
      readonly type: 'awsCall';
      readonly service: string;
      readonly operation: string;
      readonly durationMs: number;
      /** Absent: not a function. */
      readonly functionName?: string;
      /** Absent: the connection broke before an answer. */
      readonly statusCode?: number;
    }
  /** What an event source mapping did with records of a stream; see `EventSourceNews`. */
  | {
      readonly type: 'eventSource';
      readonly kind: 'delivered' | 'failed' | 'discarded' | 'sent' | 'notSent' | 'unreadable';
      readonly functionName: string;
      readonly table: string;
      readonly records: number;
      readonly attempt: number;
      readonly reason?: string;
    }
  | { readonly type: 'fault'; readonly name: string; readonly target: string }
  | { readonly type: 'schedule'; readonly name: string; readonly outcome: string }
  /** An event that a bus has taken, and the names of the rules that matched it. */
  | { readonly type: 'event'; readonly busName: string; readonly event: BusEvent; readonly rules: readonly string[] }
  /** A line that a function has logged in JSON, metrics in CloudWatch's embedded format included. */
  | { readonly type: 'log'; readonly functionName: string; readonly fields: Readonly<Record<string, unknown>> };

/** What there is at one moment: `GET /_local/state`. */
export interface StackState {
  readonly stack: string;
  readonly webSocketUrl: string;
  /** Absent: the stack has no HTTP API. */
  readonly httpApiUrl?: string;
  /** For signing in as a demo speaker: absent without a user pool. */
  readonly userPoolId?: string;
  readonly clientId?: string;
  readonly clock: { readonly nowMs: number; readonly scale: number };
  readonly connections: readonly {
    readonly connectionId: string;
    readonly connectedAtMs: number;
    readonly lastActiveAtMs: number;
  }[];
  readonly faults: readonly { readonly name: string; readonly matched: number; readonly fired: number }[];
  readonly tables: readonly string[];
  readonly functions: readonly string[];
}

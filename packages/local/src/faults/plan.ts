import type { AwsService } from '../aws/services.ts';

/**
 * What is to go wrong, and when: a plain document, in code or in a JSON file. The same plan and seed make the same
 * decisions for the same calls: the nth call that a rule matches is decided by the seed, the rule and n alone.
 */
export interface FaultPlan {
  /** A whole number. Default 0. */
  readonly seed?: number;
  /**
   * How long each transaction takes, in milliseconds of the stack's clock: until then it holds its items, and a write or a
   * transaction that meets one of them is refused with a conflict. Default 0: a moment in which nothing else happens.
   */
  readonly transactionHoldMs?: number;
  /**
   * Queries and scans return at most so many items a page, as DynamoDB does when a page has 1 MB: this shows code that
   * reads the first page only. Default: no bound.
   */
  readonly pageItems?: number;
  /** Every rule counts and decides for itself; of several that fire at one call, see {@link CallFault}. */
  readonly rules: readonly FaultRule[];
}

export type FaultRule = CallRule | DisconnectRule | IndexRule | StreamRule | BatchRule | EntryRule | DeliveryRule;

/**
 * When a rule fires, among what it matches: at all of it, unless narrowed down. `nth` or `every` choose, then
 * `probability` draws, and `times` bounds the whole.
 */
export interface FaultTiming {
  /** For reports. It also takes the place of the rule's position in its draws, so that these survive other rules' coming and going. */
  readonly name?: string;
  /** 0 to 1. Default 1. */
  readonly probability?: number;
  /** Counted from 1, since the plan was set. Not together with `every`. */
  readonly nth?: number | readonly number[];
  /** 3: the third, the sixth, … */
  readonly every?: number;
  /** Fires at most so often. */
  readonly times?: number;
}

/** Something goes wrong with a call of AWS, after IAM has allowed it. Each attempt of an SDK is a call of its own. */
export interface CallRule extends FaultTiming {
  readonly call: CallPattern;
  readonly do: CallFault;
}

/** Patterns take `*` and `?`. What is absent matches everything. */
export interface CallPattern {
  readonly service?: AwsService;
  /** e.g. `UpdateItem`, `Invoke`, `PostToConnection`, `jwks.json` */
  readonly operation?: string;
  /** Name of the function that calls. Calls of tools and tests have none, and match no such pattern. */
  readonly function?: string;
  /**
   * An ARN, or the end of one: a table (`*-sessions`), its index (`*-connections/index/*`), a function, a connection id.
   * Of a batch, one of its tables is enough.
   */
  readonly resource?: string;
}

/** Milliseconds of the stack's clock: a number, or a range to draw from. */
export type FaultDuration = number | readonly [leastMs: number, mostMs: number];

/**
 * What happens. Of several rules that fire at one call the latencies add up, and the first of the others happens.
 * - `throttle`: 400 ProvisionedThroughputExceededException (DynamoDB), 400 ThrottlingException (EventBridge),
 *   429 LimitExceededException (@connections), 429 TooManyRequestsException (others)
 * - `error`: the service's own 500 or 503. The call is not carried out.
 * - `latencyMs`: carried out so much later, also if the caller has given up by then
 * - `reset`: the connection is reset `before` the call is carried out, or `after`: done, but the answer is lost
 * - `kill`: the function instance that calls is killed before or after the call is carried out. Matches instances only.
 * - `gone`: @connections answers 410, though the connection is there
 * - `bufferFull`: @connections answers 429, as for a client that reads nothing
 * - `transactionConflict`: refused as if a transaction held its (first) item: TransactionConflictException for a write,
 *   TransactionCanceledException for a transaction. Matches those calls of DynamoDB only.
 * - `waitFor`: carried out only when another caller's call of that kind has been, or after `atMostMs`: this interleaves two
 *   invocations at a chosen point. Matches instances only.
 * - `stallMs`: the client of that connection reads nothing for so long: what is sent to it waits in its buffer
 */
export type CallFault =
  | 'throttle'
  | 'gone'
  | 'bufferFull'
  | 'transactionConflict'
  | { readonly waitFor: { readonly call: CallPattern; readonly atMostMs: number } }
  | { readonly error: 500 | 503 }
  | { readonly latencyMs: FaultDuration }
  | { readonly reset: 'before' | 'after' }
  | { readonly kill: 'before' | 'after' }
  | { readonly stallMs: FaultDuration };

/** What becomes of a `$disconnect`. Of several rules that fire the first decides. */
export interface DisconnectRule extends FaultTiming {
  /** Matches every one, or those with one of these status codes. */
  readonly disconnect: { readonly statusCode?: number | readonly number[] };
  readonly do: DisconnectFault;
}

export type DisconnectFault = 'lose' | 'duplicate' | { readonly delayMs: FaultDuration };

/** Queries and scans of global secondary indexes see them as they were so long ago. */
export interface IndexRule {
  readonly name?: string;
  /** Patterns with `*` and `?`; absent: every table, every global secondary index. */
  readonly index: { readonly table?: string; readonly index?: string };
  readonly do: { readonly lagMs: number };
}

/** Readers of a stream get its records so much later than they were written; in order all the same. */
export interface StreamRule {
  readonly name?: string;
  /** The stream's table: a pattern with `*` and `?`; absent: every stream. */
  readonly stream: { readonly table?: string };
  readonly do: { readonly delayMs: number };
}

/**
 * An event source mapping's invocation fails, though the function may be right: `before` it runs, or `after` it has.
 * Of several rules that fire the first decides.
 */
export interface BatchRule extends FaultTiming {
  /** Patterns with `*` and `?`; absent: every function, every table. */
  readonly batch: { readonly function?: string; readonly table?: string };
  readonly do: { readonly fail: 'before' | 'after' };
}

/**
 * An entry of `PutEvents` is not taken, beside others of the same call that are: `FailedEntryCount` says how many. Entries
 * are counted one by one, in their order. Of several rules that fire the first decides.
 */
export interface EntryRule extends FaultTiming {
  readonly entry: EntryPattern;
  readonly do: EntryFault;
}

/** Patterns take `*` and `?`. What is absent matches everything. */
export interface EntryPattern {
  /** Name of the bus. */
  readonly bus?: string;
  readonly source?: string;
  readonly detailType?: string;
  /** Name of the function that publishes. */
  readonly function?: string;
}

/** Codes that an entry can fail with though there is nothing wrong with it; a publisher should retry all but the last. */
export const entryErrors = ['InternalFailure', 'ThrottlingException', 'NotAuthorizedForDetailTypeException'] as const;

export interface EntryFault {
  readonly error: (typeof entryErrors)[number];
}

/** An entry of `PutEvents`, as rules see it. */
export interface FaultableEntry {
  readonly busName: string;
  readonly source: string;
  readonly detailType: string;
  readonly functionName?: string;
}

/**
 * A bus cannot hand an event over to a target, and retries as the target's retry policy says. Each attempt counts. Of
 * several rules that fire the first decides.
 */
export interface DeliveryRule extends FaultTiming {
  /** Patterns with `*` and `?` of names; absent: every bus, every rule, every function. */
  readonly delivery: { readonly bus?: string; readonly rule?: string; readonly function?: string };
  readonly do: { readonly error: (typeof deliveryErrors)[number] };
}

/** Codes of failures that EventBridge retries, as a dead-letter queue gets them. */
export const deliveryErrors = ['THROTTLING', 'INTERNAL_ERROR'] as const;

/** A fault that happened. */
export interface FaultRecord {
  /** Position of its rule in the plan, from 0. */
  readonly rule: number;
  readonly name?: string;
  /** How many calls the rule had matched by then, this one included: what `nth` counts. */
  readonly matched: number;
  /** What was hit. */
  readonly target:
    | {
        readonly kind: 'call';
        readonly service: AwsService;
        readonly operation: string;
        readonly functionName?: string;
        readonly instanceId?: string;
        /** ARNs */
        readonly resources: readonly string[];
      }
    | { readonly kind: 'disconnect'; readonly connectionId: string; readonly statusCode: number }
    /** A query that an index answered without what has been written lately. */
    | { readonly kind: 'index'; readonly table: string; readonly index: string }
    /** A record that was written, and is read later. */
    | { readonly kind: 'stream'; readonly table: string }
    | { readonly kind: 'batch'; readonly functionName: string; readonly table: string; readonly records: number }
    | ({ readonly kind: 'entry' } & FaultableEntry)
    | { readonly kind: 'delivery'; readonly busName: string; readonly ruleName: string; readonly functionName: string };
  /** As in the plan, with drawn durations. */
  readonly fault:
    | CallFault
    | DisconnectFault
    | IndexRule['do']
    | StreamRule['do']
    | BatchRule['do']
    | EntryFault
    | DeliveryRule['do'];
}

export interface RuleCounters {
  readonly rule: number;
  readonly name?: string;
  readonly matched: number;
  readonly fired: number;
}

/** The faults of a running stack. */
export interface FaultControl {
  readonly plan: FaultPlan | undefined;
  /**
   * Replaces the plan; all counters start anew. Calls meet it at once; await it where indexes are to lag.
   * @throws {FaultPlanError} names the place in the plan; the plan before stays
   */
  set(plan: FaultPlan): Promise<void>;
  /** No more faults. A stalled client reads again when its time is over. */
  clear(): Promise<void>;
  /** One of each rule, in the plan's order. */
  counters(): readonly RuleCounters[];
}

import type { AwsService } from '../aws/services.ts';
import type { Clock } from '../clock.ts';
import type { DisconnectEvent } from '../gateway/events.ts';
import type { DisconnectFate } from '../gateway/options.ts';
import { matchesWildcard } from '../wildcard.ts';
import { canConflict } from './conflict.ts';
import { parseFaultPlan } from './parse-plan.ts';
import type {
  BatchRule,
  CallFault,
  CallPattern,
  CallRule,
  DeliveryRule,
  DisconnectFault,
  DisconnectRule,
  EntryFault,
  EntryRule,
  FaultableEntry,
  FaultControl,
  FaultPlan,
  FaultRecord,
  IndexRule,
  RuleCounters,
  StreamRule,
} from './plan.ts';
import { RuleState } from './rule-state.ts';

/** A call, as rules see it. */
export interface FaultableCall {
  readonly service: AwsService;
  readonly operation: string;
  readonly functionName?: string;
  readonly instanceId?: string;
  /** ARNs */
  readonly resources: readonly string[];
}

/** A fault that is no latency, with its duration drawn. */
export type DrawnFault =
  | Exclude<CallFault, { readonly latencyMs: unknown } | { readonly stallMs: unknown }>
  | { readonly stallMs: number };

/** What is to happen to a call. */
export interface CallDecision {
  /** Waited first; 0: nothing. */
  readonly latencyMs: number;
  /** Absent: it is carried out as ever. Never a latency. */
  readonly fault?: DrawnFault;
}

export interface FaultsOptions {
  readonly onFault?: (fault: FaultRecord) => void;
  /** Ends an instance at once. */
  readonly kill: (instanceId: string) => void;
  /** Makes the indexes lag that the rules name, and no others. */
  readonly lagIndexes: (rules: readonly RuleState<IndexRule>[]) => void;
  /** Delays the streams that the rules name, and no others. */
  readonly delayStreams: (rules: readonly RuleState<StreamRule>[]) => void;
  /** Lets transactions take so long. */
  readonly holdTransactions: (holdMs: number) => void;
  readonly limitPages: (items: number) => void;
  readonly clock: Clock;
}

/** So many instances that were killed last are remembered: threads end within moments. */
const MOST_KILLED = 100;

type State =
  | RuleState<CallRule>
  | RuleState<DisconnectRule>
  | RuleState<IndexRule>
  | RuleState<StreamRule>
  | RuleState<BatchRule>
  | RuleState<EntryRule>
  | RuleState<DeliveryRule>;

/** The plan at work: counts what its rules match, and decides. */
export class Faults implements FaultControl {
  readonly #options: FaultsOptions;
  readonly #killed = new Set<string>();
  #plan: FaultPlan | undefined;
  #states: readonly State[] = [];
  #callRules: readonly RuleState<CallRule>[] = [];
  #disconnectRules: readonly RuleState<DisconnectRule>[] = [];
  #batchRules: readonly RuleState<BatchRule>[] = [];
  #entryRules: readonly RuleState<EntryRule>[] = [];
  #deliveryRules: readonly RuleState<DeliveryRule>[] = [];
  /** Calls that wait until another one was carried out. */
  readonly #held = new Set<{ readonly isFor: (call: FaultableCall) => boolean; readonly release: () => void }>();

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  get plan(): FaultPlan | undefined {
    return this.#plan;
  }

  async set(plan: FaultPlan): Promise<void> {
    parseFaultPlan(plan);
    await this.#replace(plan);
  }

  clear(): Promise<void> {
    return this.#replace(undefined);
  }

  async #replace(plan: FaultPlan | undefined): Promise<void> {
    const { rules, seed = 0, transactionHoldMs = 0, pageItems = Number.POSITIVE_INFINITY } = plan ?? { rules: [] };
    const callRules: RuleState<CallRule>[] = [];
    const disconnectRules: RuleState<DisconnectRule>[] = [];
    const indexRules: RuleState<IndexRule>[] = [];
    const streamRules: RuleState<StreamRule>[] = [];
    const batchRules: RuleState<BatchRule>[] = [];
    const entryRules: RuleState<EntryRule>[] = [];
    const deliveryRules: RuleState<DeliveryRule>[] = [];
    const states = rules.map((rule, position) => {
      if ('call' in rule) return added(callRules, new RuleState(rule, position, seed));
      if ('disconnect' in rule) return added(disconnectRules, new RuleState(rule, position, seed));
      if ('stream' in rule) return added(streamRules, new RuleState(rule, position, seed));
      if ('batch' in rule) return added(batchRules, new RuleState(rule, position, seed));
      if ('entry' in rule) return added(entryRules, new RuleState(rule, position, seed));
      if ('delivery' in rule) return added(deliveryRules, new RuleState(rule, position, seed));
      return added(indexRules, new RuleState(rule, position, seed));
    });
    this.#plan = plan;
    this.#states = states;
    this.#callRules = callRules;
    this.#disconnectRules = disconnectRules;
    this.#batchRules = batchRules;
    this.#entryRules = entryRules;
    this.#deliveryRules = deliveryRules;
    this.#options.lagIndexes(indexRules);
    this.#options.delayStreams(streamRules);
    this.#options.holdTransactions(transactionHoldMs);
    this.#options.limitPages(pageItems);
    for (const { release } of this.#held) release();
  }

  counters(): RuleCounters[] {
    return this.#states.map(({ rule: { name }, position, matched, fired }) => ({
      rule: position,
      ...(name !== undefined && { name }),
      matched,
      fired,
    }));
  }

  /** To be asked once for each call that is about to be carried out. @returns undefined: nothing is to happen to it */
  forCall(call: FaultableCall): CallDecision | undefined {
    // A thread takes a moment to end, and what it still calls in that moment does not count.
    if (call.instanceId !== undefined && this.#killed.has(call.instanceId)) {
      return { latencyMs: 0, fault: { reset: 'before' } };
    }
    let latencyMs = 0;
    let decided: DrawnFault | undefined;
    for (const state of this.#callRules) {
      if (!matchesCall(state.rule, call) || !state.match()) continue;
      const fault = drawn(state, state.rule.do);
      if (typeof fault === 'object' && 'latencyMs' in fault) latencyMs += fault.latencyMs;
      else if (decided === undefined) decided = fault;
      else continue;
      this.#report(state, { kind: 'call', ...call }, fault);
    }
    if (decided === undefined) return latencyMs > 0 ? { latencyMs } : undefined;
    return { latencyMs, fault: decided };
  }

  /** Resolves when a call of another caller was carried out that the pattern matches; after a while anyway. */
  waitFor({ call: pattern, atMostMs }: { call: CallPattern; atMostMs: number }, held: FaultableCall): Promise<void> {
    return new Promise((resolve) => {
      const waiting = {
        isFor: (call: FaultableCall) => call.instanceId !== held.instanceId && matchesPattern(pattern, call),
        release: () => {
          cancel();
          this.#held.delete(waiting);
          resolve();
        },
      };
      const cancel = this.#options.clock.setTimer(waiting.release, atMostMs);
      this.#held.add(waiting);
    });
  }

  /** To be told of each call that was carried out. */
  carriedOut(call: FaultableCall): void {
    for (const { isFor, release } of this.#held) if (isFor(call)) release();
  }

  /** To be asked once for each invocation with a batch. @returns when it is to fail; undefined: as the function does */
  forBatch(batch: { functionName: string; table: string; records: number }): 'before' | 'after' | undefined {
    let moment: 'before' | 'after' | undefined;
    for (const state of this.#batchRules) {
      const { function: name = '*', table = '*' } = state.rule.batch;
      if (!matchesWildcard(name, batch.functionName) || !matchesWildcard(table, batch.table)) continue;
      if (!state.match() || moment !== undefined) continue;
      moment = state.rule.do.fail;
      this.#report(state, { kind: 'batch', ...batch }, state.rule.do);
    }
    return moment;
  }

  /** To be asked once for each entry of PutEvents that the bus would take. @returns undefined: it takes it */
  forEntry(entry: FaultableEntry): EntryFault | undefined {
    let fault: EntryFault | undefined;
    for (const state of this.#entryRules) {
      if (!matchesEntry(state.rule, entry) || !state.match() || fault !== undefined) continue;
      fault = state.rule.do;
      this.#report(state, { kind: 'entry', ...entry }, fault);
    }
    return fault;
  }

  /** To be asked once for each attempt to hand an event over to a target. @returns undefined: it is handed over */
  forDelivery(delivery: { busName: string; ruleName: string; functionName: string }): DeliveryRule['do'] | undefined {
    let fault: DeliveryRule['do'] | undefined;
    for (const state of this.#deliveryRules) {
      const { bus = '*', rule = '*', function: name = '*' } = state.rule.delivery;
      if (!matchesWildcard(bus, delivery.busName) || !matchesWildcard(rule, delivery.ruleName)) continue;
      if (!matchesWildcard(name, delivery.functionName) || !state.match() || fault !== undefined) continue;
      fault = state.rule.do;
      this.#report(state, { kind: 'delivery', ...delivery }, fault);
    }
    return fault;
  }

  /** A record was written that readers get later. */
  streamDelayed(state: RuleState<StreamRule>, table: string): void {
    state.matched += 1;
    state.fired += 1;
    this.#report(state, { kind: 'stream', table }, state.rule.do);
  }

  /** Ends an instance; none of its calls is carried out any more. */
  kill(instanceId: string): void {
    this.#killed.add(instanceId);
    const [oldest] = this.#killed;
    if (this.#killed.size > MOST_KILLED && oldest !== undefined) this.#killed.delete(oldest);
    this.#options.kill(instanceId);
  }

  /** To be asked once for each `$disconnect`. */
  forDisconnect({ requestContext }: DisconnectEvent): DisconnectFate {
    const { connectionId, disconnectStatusCode: statusCode } = requestContext;
    let fate: DisconnectFate | undefined;
    for (const state of this.#disconnectRules) {
      const wanted = state.rule.disconnect.statusCode;
      if (wanted !== undefined && ![wanted].flat().includes(statusCode)) continue;
      if (!state.match() || fate !== undefined) continue;
      const fault = state.rule.do;
      fate = typeof fault === 'string' ? fault : { delayMs: state.duration(fault.delayMs) };
      this.#report(state, { kind: 'disconnect', connectionId, statusCode }, fate as DisconnectFault);
    }
    return fate ?? 'deliver';
  }

  /** An index has answered without what was written lately. */
  indexLagged(state: RuleState<IndexRule>, table: string, index: string): void {
    state.fired += 1;
    this.#report(state, { kind: 'index', table, index }, state.rule.do);
  }

  #report(state: State, target: FaultRecord['target'], fault: FaultRecord['fault']): void {
    const { rule, position, matched } = state;
    this.#options.onFault?.({
      rule: position,
      ...(rule.name !== undefined && { name: rule.name }),
      matched,
      target,
      fault,
    });
  }
}

function added<State>(list: State[], state: State): State {
  list.push(state);
  return state;
}

function matchesPattern(pattern: CallPattern, call: FaultableCall): boolean {
  if (pattern.service !== undefined && pattern.service !== call.service) return false;
  if (pattern.operation !== undefined && !matchesWildcard(pattern.operation, call.operation)) return false;
  const { function: caller, resource } = pattern;
  if (caller !== undefined && (call.functionName === undefined || !matchesWildcard(caller, call.functionName)))
    return false;
  return resource === undefined || call.resources.some((arn) => matchesWildcard(resource, arn));
}

function matchesCall({ call: pattern, do: fault }: CallRule, call: FaultableCall): boolean {
  if (!matchesPattern(pattern, call)) return false;
  if (fault === 'transactionConflict') return canConflict(call);
  if (typeof fault === 'object' && ('kill' in fault || 'waitFor' in fault)) return call.instanceId !== undefined;
  const isOfConnections =
    fault === 'gone' || fault === 'bufferFull' || (typeof fault === 'object' && 'stallMs' in fault);
  return !isOfConnections || call.service === 'execute-api';
}

function matchesEntry({ entry: pattern }: EntryRule, entry: FaultableEntry): boolean {
  const { bus = '*', source = '*', detailType = '*', function: publisher } = pattern;
  const { functionName } = entry;
  if (publisher !== undefined && (functionName === undefined || !matchesWildcard(publisher, functionName)))
    return false;
  return (
    matchesWildcard(bus, entry.busName) &&
    matchesWildcard(source, entry.source) &&
    matchesWildcard(detailType, entry.detailType)
  );
}

function drawn(state: RuleState<CallRule>, fault: CallFault): DrawnFault | { readonly latencyMs: number } {
  if (typeof fault === 'string') return fault;
  if ('latencyMs' in fault) return { latencyMs: state.duration(fault.latencyMs) };
  if ('stallMs' in fault) return { stallMs: state.duration(fault.stallMs) };
  return fault;
}

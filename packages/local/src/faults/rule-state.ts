import type { FaultDuration, FaultTiming } from './plan.ts';
import { drawOf } from './random.ts';

/** One rule at work: what it has counted, and so whether it fires. */
export class RuleState<Rule extends FaultTiming> {
  readonly rule: Rule;
  /** In the plan. */
  readonly position: number;
  matched = 0;
  fired = 0;
  readonly #seed: number;
  readonly #key: string;
  readonly #nth: ReadonlySet<number> | undefined;

  constructor(rule: Rule, position: number, seed: number) {
    this.rule = rule;
    this.position = position;
    this.#seed = seed;
    this.#key = rule.name ?? `#${position}`;
    this.#nth = rule.nth === undefined ? undefined : new Set([rule.nth].flat());
  }

  /** Counts one match. @returns whether the rule fires at it */
  match(): boolean {
    this.matched += 1;
    const { probability = 1, every = 1, times = Number.POSITIVE_INFINITY } = this.rule;
    const chosen = this.#nth?.has(this.matched) ?? this.matched % every === 0;
    if (!chosen || this.fired >= times || drawOf(this.#seed, this.#key, this.matched) >= probability) return false;
    this.fired += 1;
    return true;
  }

  /** The duration of what fires now; whole milliseconds, both bounds included. */
  duration(duration: FaultDuration): number {
    if (typeof duration === 'number') return duration;
    const [leastMs, mostMs] = duration;
    return leastMs + Math.floor(drawOf(this.#seed, `${this.#key} duration`, this.matched) * (mostMs - leastMs + 1));
  }
}

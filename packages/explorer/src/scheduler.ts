import { ServiceError } from '@sessions/core/protocol';
import type { Candidate, Choices } from './choices.ts';
import type { Fault, FaultKind } from './plan.ts';

/** One invocation of a function, or one client. */
export interface Actor extends Candidate {
  readonly name: string;
  readonly startedAtMs: number;
  /** After which the platform kills it; `Infinity` for what is not a function. */
  readonly timeoutMs: number;
  isOver: boolean;
  readonly outcome: Outcome;
}

/** What follows when an actor is over. */
export interface Outcome {
  done(result: unknown): void;
  failed(error: unknown): void;
  crashed(): void;
}

/** What can befall a call: see `FaultKind`. */
export type Exposure = 'write' | 'read' | 'take' | 'post' | 'none';

interface Waiting {
  readonly actor: Actor;
  readonly name: string;
  readonly details: unknown;
  readonly exposure: Exposure;
  readonly run: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Where new work comes from. */
export interface Source extends Candidate {
  readonly name: string;
  isReady(): boolean;
  fire(): void;
}

const APPLICABLE: Readonly<Record<Exposure, readonly FaultKind[]>> = {
  write: ['crash', 'crashAfter', 'unavailable', 'lostAnswer', 'repeat'],
  read: ['crash', 'unavailable'],
  take: ['crash', 'crashAfter', 'unavailable', 'lostAnswer', 'repeat', 'conflict'],
  post: ['crash', 'crashAfter', 'postFails', 'lostAnswer'],
  none: [],
};

const unavailable = () => new ServiceError('SERVICE_UNAVAILABLE', 'injected', { retryAfterSeconds: 1 });
const never = new Promise<never>(() => {});
const ignore = () => {};

/**
 * Runs actors one step at a time. Every call of a port waits until the scheduler lets it happen: then the call is made,
 * and its actor runs until its next call. One actor runs at a time, so the order of the steps is the whole schedule.
 */
export class Scheduler {
  readonly choices: Choices;
  /** The virtual time. Every step takes a millisecond. */
  nowMs: number;
  steps = 0;
  /** What has happened, readable; only if it is asked for. */
  readonly trace: string[] | undefined;
  readonly sources: Source[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #candidates: Candidate[] = [];
  readonly #actors = new Set<Actor>();
  readonly #faults: readonly Fault[];
  #nextFault = 0;
  #current: Actor | undefined;
  /** Faults are over: everything works from now on. */
  isCalm = false;

  constructor(
    choices: Choices,
    { nowMs, faults, traced }: { nowMs: number; faults: readonly Fault[]; traced: boolean },
  ) {
    this.choices = choices;
    this.nowMs = nowMs;
    this.#faults = faults;
    this.trace = traced ? [] : undefined;
  }

  /** Starts an actor; its first step is to be chosen like every other one. */
  spawn(name: string, timeoutMs: number, body: () => Promise<unknown>, outcome: Outcome): Actor {
    const actor: Actor = {
      name,
      startedAtMs: this.nowMs,
      timeoutMs,
      isOver: false,
      outcome,
      priority: this.choices.priority(),
    };
    this.#actors.add(actor);
    this.#waiting.push({
      actor,
      name: 'starts',
      details: undefined,
      exposure: 'none',
      run: () => {
        body().then(
          (result) => this.#finish(actor, () => outcome.done(result)),
          (error) => this.#finish(actor, () => outcome.failed(error)),
        );
      },
      resolve: ignore,
      reject: ignore,
    });
    return actor;
  }

  /** One step that needs no function: a client takes in an answer. */
  defer(name: string, what: string, run: () => void): void {
    const actor: Actor = {
      name,
      startedAtMs: this.nowMs,
      timeoutMs: Number.POSITIVE_INFINITY,
      isOver: false,
      outcome: { done: ignore, failed: ignore, crashed: ignore },
      priority: this.choices.priority(),
    };
    this.#waiting.push({
      actor,
      name: what,
      details: undefined,
      exposure: 'none',
      run,
      resolve: ignore,
      reject: ignore,
    });
  }

  /** A call of a port by the actor that runs now. */
  call<T>(name: string, details: unknown, exposure: Exposure, run: () => Promise<T> | T): Promise<T> {
    const actor = this.#current;
    if (actor === undefined) throw new Error(`${name} was called by no actor`);
    if (actor.isOver) return never;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        actor,
        name,
        details,
        exposure,
        run,
        resolve: resolve as (result: unknown) => void,
        reject,
      });
    });
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** Makes one step. @returns false: nothing can go on */
  step(): boolean {
    const waiting = this.#waiting;
    const candidates = this.#candidates;
    candidates.length = 0;
    // The latest first: so 0 goes on with the actor that has just run.
    for (let at = waiting.length - 1; at >= 0; at--) candidates.push((waiting[at] as Waiting).actor);
    for (const source of this.sources) if (source.isReady()) candidates.push(source);
    if (candidates.length === 0) return false;
    const chosen = this.choices.choose(candidates);
    this.nowMs++;
    this.steps++;
    if (chosen < waiting.length) {
      const at = waiting.length - 1 - chosen;
      const one = waiting[at] as Waiting;
      if (at === waiting.length - 1) waiting.pop();
      else waiting.splice(at, 1);
      this.#make(one);
    } else {
      const source = candidates[chosen] as Source;
      this.#current = undefined;
      source.fire();
    }
    return true;
  }

  /** Takes the next fault if it is of one of these kinds and its time has come. */
  takeFault(kinds: readonly FaultKind[]): FaultKind | undefined {
    if (this.isCalm) return undefined;
    const fault = this.#faults[this.#nextFault];
    if (fault === undefined || fault.at > this.steps || !kinds.includes(fault.kind)) return undefined;
    this.#nextFault++;
    return fault.kind;
  }

  note(line: string): void {
    this.trace?.push(`${String(this.steps).padStart(4)}  ${line}`);
  }

  /** Lets time pass, and kills what has run for longer than its function may. */
  pass(milliseconds: number): void {
    this.nowMs += milliseconds;
    for (const actor of this.#actors) {
      if (this.nowMs - actor.startedAtMs <= actor.timeoutMs) continue;
      this.note(`${actor.name}: killed at its timeout`);
      this.#crash(actor);
    }
  }

  #make(one: Waiting): void {
    const { actor, run } = one;
    this.#current = actor;
    const fault = one.exposure === 'none' ? undefined : this.takeFault(APPLICABLE[one.exposure]);
    if (this.trace !== undefined) this.#trace(one, fault);
    switch (fault) {
      case undefined:
        one.resolve(run());
        break;
      case 'crash':
        this.#crash(actor);
        break;
      case 'crashAfter':
        quietly(run());
        this.#crash(actor);
        break;
      case 'unavailable':
        one.reject(unavailable());
        break;
      case 'lostAnswer':
        quietly(run());
        one.reject(unavailable());
        break;
      case 'repeat':
        quietly(run());
        one.resolve(run());
        break;
      case 'conflict':
        one.resolve('conflict');
        break;
      default:
        one.reject(unavailable());
    }
  }

  #finish(actor: Actor, then: () => void): void {
    if (actor.isOver) return;
    actor.isOver = true;
    this.#actors.delete(actor);
    then();
  }

  #crash(actor: Actor): void {
    if (actor.isOver) return;
    actor.isOver = true;
    this.#actors.delete(actor);
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      if (this.#waiting[at]?.actor === actor) this.#waiting.splice(at, 1);
    }
    actor.outcome.crashed();
  }

  #trace({ actor, name, details, exposure }: Waiting, fault: FaultKind | undefined): void {
    const about = details === undefined ? '' : ` ${JSON.stringify(details)}`;
    const mark = fault === undefined ? '' : `   <- ${fault}`;
    this.note(`${actor.name}: ${name}${exposure === 'none' ? '' : about}${mark}`);
  }
}

/** A result that nobody waits for any more. */
function quietly(result: unknown): void {
  if (result instanceof Promise) result.catch(ignore);
}

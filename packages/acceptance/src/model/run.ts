import { type Action, describe, type Fault } from './actions.ts';
import { adopt, partsOf } from './adopt.ts';
import { Casting } from './casting.ts';
import {
  compareInvariants,
  comparePushes,
  compareReply,
  compareStatuses,
  compareTables,
  type Heard,
  type Problems,
} from './compare.ts';
import { isExact } from './exactness.ts';
import { lagRule, ruleOf } from './fault-rules.ts';
import { Names } from './names.ts';
import type { Outcome } from './outcome.ts';
import { Performer } from './performer.ts';
import { predict } from './predict.ts';
import { countsAreWrong, isUneven, itemsAreLeft, speakersAreMissing, toldWrongly } from './rest-checks.ts';
import { type Push, RULES, State } from './state.ts';
import type { Sequence } from './steps.ts';
import type { Stored } from './tables.ts';
import { patiently, type Reply, type World } from './world.ts';

let sequences = 0;

/** One sequence on one world: does each action, and holds the outcome against the model. */
export class Run {
  readonly #world: World;
  readonly #sequence: Sequence;
  readonly #names = new Names();
  readonly #performer: Performer;
  #state = new State();
  #baseMs = 0;
  /** What was done, as a person reads it. */
  readonly script: string[] = [];
  /** `sessionEnded` as pushed, by connection and session. */
  readonly #told = new Map<string, number>();
  /** Sessions in whose end something went wrong: their listeners may have been told twice. */
  readonly #blurred = new Set<string>();
  /** Connections that the service was told were gone: they may have been forgotten. */
  #isGoneBelieved = false;

  constructor(world: World, sequence: Sequence) {
    this.#world = world;
    this.#sequence = sequence;
    this.#performer = new Performer(world, this.#names, ++sequences);
  }

  /** @throws {Error} the problem, below the script that led to it */
  async run(): Promise<void> {
    try {
      this.#baseMs = this.#world.stack.clock.nowMs();
      const { lagMs, audience, steps } = this.#sequence;
      if (lagMs > 0) {
        this.script.push(`the index lags by ${lagMs} ms`);
        await this.#world.stack.faults.set({ rules: [lagRule(lagMs)] });
      }
      const casting = new Casting();
      for (const action of casting.opening(audience)) await this.#act(action);
      for (const step of steps) {
        if (lagMs > 0 && step.do === 'hold') continue;
        const actions = casting.actions(step, this.#state);
        for (const action of actions) {
          const fault = lagMs === 0 && isFaultable(action) ? step.fault : undefined;
          await this.#act(action, fault);
        }
      }
      await this.#rest();
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Error(`${this.script.map((line, index) => `  ${index + 1}. ${line}`).join('\n')}\n${reason}`);
    } finally {
      await this.#world.reset();
    }
  }

  async #act(action: Action, fault?: Fault, isLoose = false): Promise<void> {
    const { faults } = this.#world.stack;
    this.script.push(fault ? `${describe(action)} (${fault.what} at call ${fault.nth})` : describe(action));
    const before = this.#state.copy();
    if (fault) await faults.set({ rules: [ruleOf(fault)] });
    if (this.#changesNothing(action)) {
      predict(this.#state, action);
      await this.#performer.perform(action);
      return;
    }
    const outcome = action.do === 'rush' || action.do === 'hold' ? undefined : predict(this.#state, action);
    const replies = await this.#performer.perform(action);
    await this.#world.settled();
    const hasFired = fault !== undefined && faults.counters().some(({ fired }) => fired > 0);
    const isSure = isExact({ action, before, ...(hasFired && fault ? { fault } : {}), lags: this.#sequence.lagMs > 0 });
    // What the service closes, it is told of as well.
    if (isSure) await patiently(this.#closed(outcome), 'The service did not close a connection');
    await this.#world.settled();
    if (fault) await faults.clear();
    this.#learn(action, replies);

    const heard = await this.#hear();
    const stored = await this.#world.tables.read();
    this.#fail(compareInvariants(stored, this.#names));
    if (hasFired && fault?.what === 'pushGone') this.#isGoneBelieved = true;

    let problems: Problems = outcome
      ? [
          ...compareReply(outcome.reply, replies[0] && this.#names.translate(replies[0])),
          ...comparePushes(this.#sequence.lagMs > 0 ? withoutNumbers(outcome.pushes) : outcome.pushes, heard),
          ...compareTables(this.#state, stored, this.#names),
        ]
      : ['several outcomes are right'];
    if (problems.length > 0 && (isLoose || !isSure)) {
      const adopted = adopt({
        before: this.#movedOn(before),
        actions: partsOf(action),
        stored,
        names: this.#names,
        baseMs: this.#baseMs,
        isOpen: (name) => this.#isOpen(name),
        isHeard: (name) =>
          partsOf(action).some((part, index) => {
            const reply = replies[index];
            const isAcknowledged = reply && 'type' in reply && reply.type === 'heartbeatAck';
            return part.do === 'heartbeat' && part.conn === name && isAcknowledged;
          }),
        isGoneBelieved: this.#isGoneBelieved,
      });
      problems = [
        ...adopted.problems,
        ...this.#strangers(action, before, adopted.state, heard),
        ...this.#rushed(action, before, replies, hasFired),
      ];
      this.#state = adopted.state;
      if (hasFired || action.do === 'hold') this.#blur(before, adopted.state);
    }
    this.#fail([...problems, ...compareStatuses(heard, { before, actions: partsOf(action), after: this.#state })]);
    this.#state.rememberLeavers(before);
    this.#rememberTold(stored);
  }

  /** Whether a push was due is checked with each action; who of several has made it, only the service knows. */
  #rememberTold({ sessions }: Stored): void {
    for (const { sessionId, statusPushedAt } of sessions) {
      const session = this.#state.sessions.get(this.#names.of(sessionId));
      if (session && statusPushedAt !== undefined) session.toldAt = (statusPushedAt - this.#baseMs) / 1000;
    }
  }

  /** What needs no look at the tables: neither a new socket nor time alone writes there. */
  #changesNothing(action: Action): action is Extract<Action, { do: 'connect' | 'wait' }> {
    return action.do === 'connect' || (action.do === 'wait' && this.#state.late.length === 0);
  }

  /** Time and late `$disconnect`s go on, whatever else is taken from the tables. */
  #movedOn(before: State): State {
    before.now = this.#state.now;
    before.late = this.#state.late;
    return before;
  }

  async #closed(outcome: Outcome | undefined): Promise<void> {
    await Promise.all((outcome?.closes ?? []).map((name) => this.#world.client(name).client.closed));
  }

  #isOpen(name: string): boolean {
    const { socket } = this.#world.client(name).client;
    return socket.readyState === socket.OPEN;
  }

  /** Learns the ID that the service has given to a new session. */
  #learn(action: Action, replies: readonly (Reply | undefined)[]): void {
    partsOf(action).forEach((part, index) => {
      const reply = replies[index];
      if (part.do !== 'create' || !reply || !('type' in reply) || reply.type !== 'sessionCreated') return;
      if (!this.#names.has(reply.sessionId)) this.#names.set(part.session, reply.sessionId);
    });
  }

  /** The pushes that have come since the last time. */
  async #hear(): Promise<Heard[]> {
    await this.#world.flush();
    const heard: Heard[] = [];
    for (const [to, live] of this.#world.live) {
      for (const received of live.client.received.slice(live.seen)) {
        if ('requestId' in received || !('type' in received)) continue;
        const message = this.#names.translate(received);
        heard.push({ to, message });
        if (message.type !== 'sessionEnded') continue;
        const key = `${to} ${String(message.sessionId)}`;
        this.#told.set(key, (this.#told.get(key) ?? 0) + 1);
      }
      live.seen = live.client.received.length;
    }
    return heard;
  }

  /** Pushes of a session to those who have nothing to do with it, or of an end that has not been. */
  #strangers(action: Action, before: State, after: State, heard: readonly Heard[]): Problems {
    return heard.flatMap(({ to, message: { type, sessionId } }) => {
      if (sessionId === undefined) return [];
      const session = String(sessionId);
      // One who has come in between may have gone again with the session.
      const isComing = partsOf(action).some((part) => 'session' in part && 'conn' in part && part.conn === to);
      const isIn = isComing || [before, after].some(({ conns }) => conns.get(to)?.item?.session === session);
      if (!isIn) return [`${to} got ${String(type)} of ${session}, in which it has no place`];
      const isOver = after.sessions.get(session)?.isActive === false;
      return type === 'sessionEnded' && !isOver ? [`${to} was told of the end of ${session}, which has not ended`] : [];
    });
  }

  /** A rush has as many winners as there were places. */
  #rushed(action: Action, before: State, replies: readonly (Reply | undefined)[], isFaulted: boolean): Problems {
    if (action.do !== 'rush') return [];
    const session = before.session(action.session);
    const free = before.isLive(session) ? RULES.capacity - session.count : 0;
    const expected = Math.min(free, action.conns.length);
    const joined = replies.filter((reply) => reply && 'type' in reply && reply.type === 'sessionJoined').length;
    const isRight = isFaulted ? joined <= expected : joined === expected;
    return isRight ? [] : [`${joined} of ${action.conns.length} got a place, where ${free} were free`];
  }

  #blur(before: State, after: State): void {
    for (const { name, isActive } of after.sessions.values()) {
      if (!isActive && (before.sessions.get(name)?.isActive ?? true)) this.#blurred.add(name);
    }
  }

  #fail(problems: Problems): void {
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  /**
   * The sequence is over: what has gone wrong must be mended after at most two sweeps, and then the sessions end as
   * they should.
   */
  async #rest(): Promise<void> {
    const isOpen = (name: string) => this.#isOpen(name);
    this.script.push('— at rest —');
    if (isUneven(this.#state)) {
      await this.#act({ do: 'wait', seconds: 60 }, undefined, true);
      await this.#beat();
      await this.#act({ do: 'wait', seconds: 40 });
      await this.#act({ do: 'sweep', atOnce: 1 }, undefined, true);
      await this.#act({ do: 'wait', seconds: 40 });
      await this.#act({ do: 'sweep', atOnce: 1 }, undefined, true);
      this.#fail(countsAreWrong(this.#state, isOpen));
      if (speakersAreMissing(this.#state, isOpen).length > 0) {
        await this.#beat();
        await this.#act({ do: 'wait', seconds: 40 });
        await this.#act({ do: 'sweep', atOnce: 1 }, undefined, true);
      }
      this.#fail(speakersAreMissing(this.#state, isOpen));
    } else {
      await this.#act({ do: 'sweep', atOnce: 1 });
    }
    for (const { speaker, isActive } of [...this.#state.sessions.values()]) {
      if (!isActive || !this.#isOpen(speaker)) continue;
      await this.#act({ do: 'status', conn: speaker });
      await this.#act({ do: 'end', conn: speaker });
    }
    if (itemsAreLeft(this.#state).length > 0) {
      await this.#act({ do: 'wait', seconds: 40 });
      await this.#act({ do: 'sweep', atOnce: 1 }, undefined, true);
    }
    this.#fail([
      ...itemsAreLeft(this.#state),
      ...toldWrongly(this.#state, this.#told, {
        isOpen,
        mayRepeat: this.#blurred,
        mayMiss: this.#isGoneBelieved,
      }),
    ]);
  }

  /** Everybody who has a place says so. */
  async #beat(): Promise<void> {
    this.script.push('everybody sends a heartbeat');
    const alive = [...this.#state.conns.values()].filter(({ isOpen, item }) => isOpen && item);
    const outcomes = alive.map(({ name }) => predict(this.#state, { do: 'heartbeat', conn: name }));
    const replies = await Promise.all(
      alive.map(({ name }) => this.#performer.perform({ do: 'heartbeat', conn: name })),
    );
    const problems = outcomes.flatMap(({ reply }, index) =>
      compareReply(reply, replies[index]?.[0] && { ...replies[index][0] }),
    );
    const pushes = outcomes.flatMap((outcome) => outcome.pushes);
    this.#fail([...problems, ...comparePushes(pushes, await this.#hear())]);
  }
}

/** With an index that lags, what a speaker is told of languages lags as well. */
const withoutNumbers = (pushes: readonly Push[]): Push[] => pushes.map(({ status: _, ...push }) => push);

const isFaultable = (action: Action): boolean => !['connect', 'wait', 'hold'].includes(action.do);

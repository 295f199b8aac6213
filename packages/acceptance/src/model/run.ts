import { type Action, describe, type Fault } from './actions.ts';
import { adopt, partsOf } from './adopt.ts';
import { Casting } from './casting.ts';
import {
  compareHistory,
  comparePushes,
  compareReplies,
  compareReply,
  compareStatuses,
  compareTables,
  type Heard,
  type Problems,
} from './compare.ts';
import { isExact } from './exactness.ts';
import { lagRule, repeats } from './fault-rules.ts';
import { Hearing } from './hearing.ts';
import { compareInvariants } from './invariants.ts';
import { rushWasWrong, strangersWereTold } from './loose-checks.ts';
import { Names } from './names.ts';
import type { Outcome } from './outcome.ts';
import { Performer } from './performer.ts';
import { predict } from './predict.ts';
import { beliefsAreWrong, endsAreComplete, isClearedUp, isUneven, notifiedWrongly } from './rest-checks.ts';
import { State } from './state.ts';
import type { Sequence } from './steps.ts';
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
  readonly #hearing: Hearing;
  /** Who has had a role in which session. */
  readonly #everIn = new Set<string>();
  /** Sessions whose end was disturbed: their listeners may have been notified twice. */
  readonly #blurred = new Set<string>();
  /** Connections that the service was told were gone: they may have been forgotten. */
  #isGoneBelieved = false;
  /** Notifications may have been lost, so that only a heartbeat says how a session is. */
  #mayHaveMissed = false;

  constructor(world: World, sequence: Sequence) {
    this.#world = world;
    this.#sequence = sequence;
    this.#performer = new Performer(world, this.#names, ++sequences);
    this.#hearing = new Hearing(world, this.#names);
  }

  /** @throws {Error} the problem, below the script that led to it */
  async run(): Promise<void> {
    try {
      await this.#run();
      await this.#world.reset();
    } catch (error) {
      // What went wrong first counts, and not what that leaves behind.
      await this.#world.reset().catch(() => {});
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Error(`${this.script.map((line, index) => `  ${index + 1}. ${line}`).join('\n')}\n${reason}`);
    }
  }

  async #run(): Promise<void> {
    this.#baseMs = this.#world.stack.clock.nowMs();
    const { lagMs, audience, steps } = this.#sequence;
    if (lagMs > 0) {
      this.script.push(`the index lags by ${lagMs} ms`);
      await this.#world.setRules([lagRule(lagMs)]);
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
  }

  async #act(action: Action, fault?: Fault, isLoose = false): Promise<void> {
    const { faults, clock } = this.#world.stack;
    this.script.push(fault ? `${describe(action)} (${fault.what} at call ${fault.nth})` : describe(action));
    this.#state.minute = minuteOf(clock.nowMs());
    if (action.do === 'sweep' || (action.do === 'hold' && hasSweep(action))) this.#noteActivity();
    const before = this.#state.copy();
    for (const { name, item } of before.conns.values()) if (item) this.#everIn.add(`${name} ${item.session}`);
    if (fault) await this.#world.setFault(fault);
    if (this.#changesNothing(action)) {
      predict(this.#state, action as Extract<Action, { do: 'connect' | 'wait' }>);
      await this.#performer.perform(action);
      if (action.do === 'wait') await this.#afterWait();
      return;
    }
    const outcome = action.do === 'rush' || action.do === 'hold' ? undefined : predict(this.#state, action);
    const replies = await this.#performer.perform(action);
    this.#learn(action, replies);
    await this.#world.settled();
    const hasFired = fault !== undefined && faults.counters().some(({ fired }) => fired > 0);
    const lags = this.#sequence.lagMs > 0;
    const isSameMinute = action.do === 'wait' || this.#state.minute === minuteOf(clock.nowMs());
    const isSure = isSameMinute && isExact({ action, before, ...(hasFired && fault ? { fault } : {}), lags });
    if (isSure && outcome) this.#fail(compareReplies(outcome, this.#translated(replies)));
    // What the service closes, it is told of as well.
    if (isSure) await patiently(this.#closed(outcome), () => this.#notClosed(outcome));
    await this.#world.settled();
    if (fault) await this.#world.setFault();

    const heard = await this.#hearing.listen();
    if (!isSure) this.#noteOpen();
    const stored = await this.#world.tables.read();
    this.#fail(compareInvariants(stored, this.#names));
    if (hasFired && fault?.what === 'pushGone') this.#isGoneBelieved = true;
    if (!isSure || (hasFired && fault)) this.#mayHaveMissed = true;
    const translated = this.#translated(replies);

    let problems: Problems = outcome
      ? [
          ...compareReplies(outcome, translated),
          ...comparePushes(outcome.pushes, heard, hasFired && fault !== undefined && repeats(fault)),
          ...compareTables(this.#state, stored, this.#names),
        ]
      : ['several outcomes are right'];
    if (hasFired && fault && repeats(fault)) this.#blur(before, this.#state);
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
        ...strangersWereTold(action, before, adopted.state, heard, (conn, session) =>
          Boolean(lags && this.#everIn.has(`${conn} ${session}`)),
        ),
        ...rushWasWrong(action, before, replies, hasFired),
      ];
      this.#state = adopted.state;
      if (hasFired || lags || action.do === 'hold' || action.do === 'sweep' || action.do === 'wait')
        this.#blur(before, adopted.state);
    }
    const answered = partsOf(action).flatMap((part, index): Heard[] => {
      const message = translated[index];
      return message && 'conn' in part ? [{ to: part.conn, message }] : [];
    });
    this.#fail([
      ...problems,
      ...compareHistory([...heard, ...answered], this.#state),
      ...this.#hearing.staleAcks(answered, this.#state),
      ...compareStatuses(heard, (session) => this.#speakersOf(action, session, before)),
    ]);
    this.#hearing.remember([...heard, ...answered], this.#state);
    if (!this.#mayHaveMissed && action.do !== 'rush') this.#fail(this.#beliefs());
    if (action.do === 'wait') await this.#afterWait();
  }

  /** Places were collected for a second, and then the speaker was told: by now it knows. */
  async #afterWait(): Promise<void> {
    await this.#world.settled(['session', 'places']);
    const heard = await this.#hearing.listen();
    this.#hearing.remember(heard, this.#state);
    this.#fail([
      ...compareHistory(heard, this.#state),
      ...compareStatuses(heard, (session) => this.#hearing.speakersOf(session)),
      ...(this.#mayHaveMissed ? [] : comparePushes([], heard)),
      ...this.#hearing.statusesAreWrong(this.#state, { mayMiss: this.#mayHaveMissed }),
    ]);
  }

  /** Those who may be told how a session is: its speakers before and after, and who has tried to be. */
  #speakersOf(action: Action, session: string, before: State): string[] {
    const comers = partsOf(action).flatMap((part) =>
      part.do === 'refresh' && part.role === 'speaker' ? [part.conn] : [],
    );
    const speakers = [before, this.#state].flatMap(({ sessions }) => {
      const found = sessions.get(session);
      return found ? [found.speaker, found.lastSpeaker] : [];
    });
    return [...comers, ...speakers, ...this.#hearing.speakersOf(session)].filter((name) => name !== undefined);
  }

  #beliefs(): Problems {
    return beliefsAreWrong(
      this.#state,
      (conn, session) => this.#hearing.beliefOf(conn, session),
      (name) => this.#isOpen(name),
    );
  }

  /** When API Gateway has last seen each connection, only the gateway knows. */
  #noteActivity(): void {
    const activeAt = this.#world.activeAtMs();
    for (const conn of this.#state.conns.values()) {
      const atMs = activeAt.get(this.#names.idOf(conn.name));
      if (atMs !== undefined) conn.activeAt = (atMs - this.#baseMs) / 1000;
    }
  }

  /** What needs no look at the tables: neither a new socket nor time alone writes there. */
  #changesNothing(action: Action): boolean {
    return action.do === 'connect' || (action.do === 'wait' && this.#state.late.length === 0);
  }

  /**
   * Which sockets are open, only the clients know where several outcomes are right: a sweep may have closed a silent one,
   * or have come after the end of its session, which leaves nothing else behind either.
   */
  #noteOpen(): void {
    for (const conn of this.#state.conns.values()) conn.isOpen = this.#isOpen(conn.name);
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

  #notClosed(outcome: Outcome | undefined): string {
    return `The service did not close ${outcome?.closes.filter((name) => this.#isOpen(name)).join(', ')}`;
  }

  #translated(replies: readonly (Reply | undefined)[]): (Record<string, unknown> | undefined)[] {
    return replies.map((reply) => reply && this.#names.translate(reply));
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

  #blur(before: State, after: State): void {
    for (const { name, state, isComplete } of after.sessions.values()) {
      const was = before.sessions.get(name);
      if (state === 'ended' && (was?.state !== 'ended' || was.isComplete !== isComplete || !isComplete)) {
        this.#blurred.add(name);
      }
    }
  }

  #fail(problems: Problems): void {
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  /**
   * The sequence is over: what has gone wrong must be cleared up after some sweeps, and then the sessions end as they
   * should.
   */
  async #rest(): Promise<void> {
    const isOpen = (name: string) => this.#isOpen(name);
    this.script.push('— at rest —');
    if (isUneven(this.#state)) {
      // Silence, grace period, and what is left of an end that did not get through.
      for (const seconds of [60, 40, 40, 100]) {
        await this.#act({ do: 'wait', seconds }, undefined, true);
        await this.#beat();
        await this.#act({ do: 'sweep', atOnce: 1 }, undefined, true);
      }
    } else {
      await this.#act({ do: 'wait', seconds: 40 });
      await this.#beat();
      await this.#act({ do: 'sweep', atOnce: 1 });
    }
    this.#fail(isClearedUp(this.#state, isOpen));
    if (this.#mayHaveMissed) await this.#act({ do: 'wait', seconds: 40 });
    if (this.#mayHaveMissed) await this.#beat();
    this.#fail(this.#beliefs());
    for (const { name, speaker, state } of [...this.#state.sessions.values()]) {
      if (state === 'ended') continue;
      if (speaker !== undefined && this.#isOpen(speaker)) {
        await this.#act({ do: 'status', conn: speaker });
        await this.#act({ do: 'end', conn: speaker });
      }
      // Its token has expired.
      if (this.#state.session(name).state !== 'ended') await this.#act({ do: 'operatorEnd', session: name });
    }
    this.#fail([
      ...[...this.#state.sessions.keys()].flatMap((name) => endsAreComplete(this.#state, name)),
      ...notifiedWrongly(this.#state, this.#hearing.endsHeard, {
        isOpen,
        mayRepeat: this.#blurred,
        mayMiss: this.#isGoneBelieved,
      }),
    ]);
  }

  /** Everybody who has a role says so, and learns how the session is. */
  async #beat(): Promise<void> {
    this.script.push('everybody sends a heartbeat');
    this.#state.minute = minuteOf(this.#world.stack.clock.nowMs());
    const alive = [...this.#state.conns.values()].filter(({ isOpen, item }) => isOpen && item);
    const outcomes = alive.map(({ name }) => predict(this.#state, { do: 'heartbeat', conn: name }));
    // One after the other: an instance that starts for the second of two at once may still do so when time jumps, which
    // then passes for the longest start.
    const replies: (readonly (Reply | undefined)[])[] = [];
    for (const { name } of alive) replies.push(await this.#performer.perform({ do: 'heartbeat', conn: name }));
    const translated = replies.map(([reply]) => reply && this.#names.translate(reply));
    const problems = outcomes.flatMap(({ reply }, index) => compareReply(reply, translated[index]));
    const pushes = outcomes.flatMap((outcome) => outcome.pushes);
    const heard = await this.#hearing.listen();
    const answered = alive.flatMap(({ name }, index): Heard[] => {
      const message = translated[index];
      return message ? [{ to: name, message }] : [];
    });
    this.#fail([
      ...problems,
      ...comparePushes(pushes, heard),
      ...compareHistory([...heard, ...answered], this.#state),
      ...this.#hearing.staleAcks(answered, this.#state),
    ]);
    this.#hearing.remember([...heard, ...answered], this.#state);
  }
}

/** By which the service counts refusals and wrong session IDs. */
const minuteOf = (atMs: number): number => Math.floor(atMs / 60_000);

const hasSweep = (action: Action): boolean => partsOf(action).some(({ do: what }) => what === 'sweep');

const isFaultable = (action: Action): boolean => !['connect', 'wait', 'hold'].includes(action.do);

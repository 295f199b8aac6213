import { ServiceError } from '@sessions/core/protocol';
import { type Cast, USER_ID } from './cast.ts';
import type { Operation } from './plan.ts';
import type { Outcome, Source } from './scheduler.ts';
import { SETTINGS } from './settings.ts';
import type { World } from './world.ts';

const SWEEPER_TIMEOUT_MS = 60_000;
const OPERATOR_TIMEOUT_MS = 60_000;

/** Lets the operations of the plan begin, one after the other; what each of them starts runs beside the others. */
export interface Operations extends Source {
  readonly isOver: boolean;
}

export function createOperations(world: World, cast: Cast): Operations {
  const { operations } = world.plan;
  const { scheduler } = world;
  let next = 0;
  let hasBeaten = false;

  const isAtRest = () =>
    scheduler.isIdle &&
    cast.clients.inFlight === 0 &&
    world.tasks.isEmpty &&
    world.disconnects.isEmpty &&
    world.streams.every(({ isEmpty }) => isEmpty);

  function perform(operation: Operation): void {
    switch (operation.by) {
      case 'speaker':
        cast.speaking.act(cast.speaker(operation.who), operation.action);
        break;
      case 'listener':
        cast.listening.act(cast.listener(operation.who), operation.action);
        break;
      case 'publisher':
        if (operation.action === 'publish') cast.publishers.publish(operation.who, operation.to);
        else cast.publishers.publishAgain(operation.who);
        break;
      case 'sweeper':
        startSweep(world);
        break;
      case 'operator':
        operate(operation.action);
        break;
      case 'time':
        if (operation.action === 'pass') passTime(world, cast, operation.seconds * 1000);
        if (operation.action === 'expire') world.tables.expire(scheduler.nowMs);
    }
  }

  function operate(action: 'end' | 'deny' | 'allow'): void {
    const sessionId = cast.speaker(0).session?.sessionId ?? cast.speaker(1).session?.sessionId;
    if (action === 'end' && sessionId === undefined) return;
    scheduler.spawn(
      `operator: ${action}`,
      OPERATOR_TIMEOUT_MS,
      async () => {
        const operator = world.useCases.operate;
        if (action === 'end') await operator.end(sessionId as string);
        else if (action === 'deny') await operator.deny(USER_ID);
        else await operator.allow(USER_ID);
      },
      outcomeOf(world, `operator ${action}`),
    );
  }

  return {
    name: 'operations',
    priority: scheduler.choices.priority(),
    get isOver() {
      return next === operations.length;
    },
    isReady() {
      const operation = operations[next];
      if (operation === undefined) return false;
      if (operation.by !== 'time') return true;
      // Time passes when no client waits for an answer: they would have lost patience long before.
      return operation.action === 'settle' ? isAtRest() : cast.clients.inFlight === 0;
    },
    fire() {
      const operation = operations[next] as Operation;
      if (operation.by === 'time' && operation.action === 'pass' && !hasBeaten) {
        hasBeaten = true;
        cast.heartbeats();
        return;
      }
      hasBeaten = false;
      next++;
      scheduler.note(`--- ${describeOperation(operation)}`);
      perform(operation);
    },
  };
}

export function startSweep(world: World): void {
  world.scheduler.spawn('sweeper', SWEEPER_TIMEOUT_MS, world.sweep, outcomeOf(world, 'sweep'));
}

/** Of work that nobody waits for: it may fail for a fault that was injected, and for nothing else. */
const outcomeOf = (world: World, what: string): Outcome => ({
  done() {},
  failed(error) {
    if (!(error instanceof ServiceError)) world.ledger.report(`${what} threw ${(error as Error)?.stack ?? error}`);
  },
  crashed() {},
});

export function passTime(world: World, cast: Cast, milliseconds: number): void {
  world.scheduler.pass(milliseconds);
  if (milliseconds >= SETTINGS.connectionMaxDurationMs) cast.closeAllSockets();
}

export function describeOperation(operation: Operation): string {
  switch (operation.by) {
    case 'speaker':
      return `S${operation.who} ${operation.action}`;
    case 'listener':
      return `L${operation.who} ${operation.action}`;
    case 'publisher':
      return operation.action === 'publish' ? `P${operation.who} to ${operation.to}` : `P${operation.who} repeats`;
    case 'sweeper':
      return 'sweep';
    case 'operator':
      return `operator ${operation.action}`;
    case 'time':
      return operation.action === 'pass' ? `${operation.seconds} s pass` : operation.action;
  }
}

import fc from 'fast-check';
import { FAULT_KINDS, type Fate, type Fault, type FaultKind } from './actions.ts';

/**
 * One step of a generated sequence. It names nobody: `pick` numbers choose among those that there are when the step is
 * done, so that a sequence stays meaningful when shrinking takes other steps out of it.
 */
export interface Step {
  readonly do:
    | 'create'
    | 'join'
    | 'rush'
    | 'heartbeat'
    | 'refresh'
    | 'status'
    | 'lateRefresh'
    | 'changeLanguage'
    | 'setBroadcastState'
    | 'leave'
    | 'guess'
    | 'flood'
    | 'operator'
    | 'end'
    | 'sweep'
    | 'wait'
    | 'hold';
  readonly pick: number;
  /** Chooses among variants: a new connection or an old one, a clean end or a cut. */
  readonly variant: number;
  readonly role: 'speaker' | 'listener';
  readonly fate: Fate;
  readonly seconds: number;
  readonly fault?: Fault;
  /** Of `hold`. */
  readonly first?: Step;
  readonly second?: Step;
}

export interface Sequence {
  /** How many have joined the first session before anything else happens. */
  readonly audience: number;
  readonly steps: readonly Step[];
  /** The index of the listeners shows everything so much later; 0: at once. */
  readonly lagMs: number;
}

/**
 * Waits. No sum of them comes near a threshold of the rules (30, 90, 6000, 6300, 7200 s), so that the few real seconds
 * that a sequence takes decide nothing.
 */
const WAITS = [20, 40, 100, 6070];

const kinds = (weights: Partial<Record<Step['do'], number>>): fc.Arbitrary<Step['do']> =>
  fc.oneof(
    ...Object.entries(weights).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name as Step['do']) })),
  );

const faults: fc.Arbitrary<Fault> = fc.record({
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...FAULT_KINDS) },
    // A killed instance costs a cold start, which takes as long as a whole sequence: less of that, more of the cheap.
    { weight: 10, arbitrary: fc.constantFrom(...FAULT_KINDS.filter((kind) => !kind.startsWith('kill'))) },
  ),
  nth: fc.integer({ min: 1, max: 3 }),
});

function steps(what: fc.Arbitrary<Step['do']>): fc.Arbitrary<Omit<Step, 'fault'>> {
  return fc.record({
    do: what,
    pick: fc.nat(5),
    variant: fc.nat(9),
    role: fc.oneof({ weight: 2, arbitrary: fc.constant('listener') }, { weight: 1, arbitrary: fc.constant('speaker') }),
    fate: fc.oneof(
      { weight: 4, arbitrary: fc.constant('deliver') },
      { weight: 2, arbitrary: fc.constant('lose') },
      { weight: 2, arbitrary: fc.constant('duplicate') },
      { weight: 2, arbitrary: fc.constant('delay') },
    ),
    seconds: fc.constantFrom(...WAITS),
  }) as fc.Arbitrary<Step>;
}

const singles = steps(
  kinds({
    ...{ create: 2, join: 9, rush: 3, heartbeat: 5, refresh: 9, lateRefresh: 1, status: 2, leave: 9, end: 3 },
    ...{ changeLanguage: 4, setBroadcastState: 4, operator: 2, sweep: 4, wait: 8 },
  }),
);
/** Many messages each. */
const attacks = steps(kinds({ guess: 2, flood: 1 }));
const inFlight = { join: 4, refresh: 4, end: 3, sweep: 4, heartbeat: 2, changeLanguage: 3, setBroadcastState: 2 };
const holdable = steps(kinds({ ...inFlight, leave: 3 }));
const meanwhile = steps(kinds({ ...inFlight, leave: 4, operator: 1 }));
const holds = fc
  .tuple(steps(kinds({ hold: 1 })), holdable, meanwhile)
  .map(([step, first, second]): Step => ({ ...step, first, second }));
const faulted = fc.tuple(singles, faults).map(([step, fault]): Step => ({ ...step, fault }));

const exactly = (step: Partial<Step>): fc.Arbitrary<Step> =>
  steps(kinds({ wait: 1 })).map((drawn): Step => ({ ...drawn, seconds: 40, fate: 'deliver', ...step }));

/**
 * Situations that chance rarely makes, and in which much depends on one condition: what leads there is fixed, who is
 * meant is not.
 */
const situations: fc.Arbitrary<Step[]> = fc.oneof(
  // A transaction loses its answer, or its function.
  fc
    .tuple(
      fc.constantFrom<Step['do']>('leave', 'join', 'refresh', 'changeLanguage', 'end'),
      exactly({ variant: 0 }),
      fc.constantFrom<FaultKind>('lostAnswer', 'resetBefore', 'killAfter'),
    )
    .map(([what, step, fault]): Step[] => [{ ...step, do: what, fault: { what: fault, nth: 2 } }]),
  // A listener refreshes twice; the second time, its place is no longer where it was.
  fc.tuple(
    exactly({ do: 'refresh', role: 'listener', variant: 7 }),
    exactly({ do: 'refresh', role: 'listener', variant: 8 }),
  ),
  // Listeners notice the loss, and the end, of a speaker twice or late.
  fc
    .tuple(
      exactly({ do: 'leave', role: 'speaker', variant: 1 }),
      exactly({ do: 'refresh', role: 'speaker', variant: 7 }),
      fc.constantFrom<FaultKind>('batchRepeated', 'invokedTwice', 'batchFailed'),
    )
    .map(([leave, refresh, what]): Step[] => [
      { ...leave, fault: { what, nth: 1 } },
      { ...refresh, fault: { what, nth: 1 } },
    ]),
  // A user who was denied tries to speak.
  fc.tuple(exactly({ do: 'operator', pick: 1, variant: 7 }), exactly({ do: 'create', pick: 1, variant: 0 })),
  // A speaker opens a second session on the same connection.
  exactly({ do: 'create', variant: 9 }).map((step): Step[] => [step]),
  // Two sweeps find that the same speaker has not come back.
  fc.tuple(
    exactly({ do: 'leave', role: 'speaker', variant: 1 }),
    exactly({ do: 'wait' }),
    exactly({ do: 'sweep', variant: 0 }),
  ),
  // A speaker who is lost tries to come back on the connection of another session.
  fc.tuple(
    exactly({ do: 'create', pick: 0, variant: 0 }),
    exactly({ do: 'leave', role: 'speaker', pick: 0, variant: 1 }),
    exactly({ do: 'refresh', role: 'speaker', pick: 0, variant: 9 }),
  ),
  // A silent one is heard while the sweep that has found out is under way.
  fc
    .tuple(exactly({ do: 'hold' }), exactly({ do: 'sweep', variant: 1 }), exactly({ do: 'heartbeat' }))
    .map(([step, first, second]): Step[] => [
      { ...step, do: 'wait', seconds: 100 },
      { ...step, first, second },
    ]),
  // A silent speaker takes its role again on the connection that a sweep is about to close.
  fc
    .tuple(
      exactly({ do: 'hold' }),
      exactly({ do: 'sweep', variant: 1 }),
      exactly({ do: 'refresh', role: 'speaker', pick: 0, variant: 9 }),
    )
    .map(([step, first, second]): Step[] => [
      { ...step, do: 'wait', seconds: 100 },
      { ...step, first, second },
    ]),
  // The session moves or ends while its speaker ends it.
  fc
    .tuple(exactly({ do: 'hold' }), exactly({ do: 'end', variant: 0 }), meanwhile)
    .map(([step, first, second]): Step[] => [{ ...step, first, second }]),
);

/** Sequences as clients and platforms make them: most of what happens is ordinary, some of it goes wrong. */
export const sequences: fc.Arbitrary<Sequence> = fc.record({
  audience: fc.nat(2),
  steps: fc
    .array(
      fc.oneof(
        ...[singles, faulted, holds, attacks].map((arbitrary, index) => ({
          weight: [52, 12, 4, 1][index] ?? 1,
          arbitrary: arbitrary.map((step): Step[] => [step]),
        })),
        { weight: 6, arbitrary: situations },
      ),
      { minLength: 1, maxLength: 5 },
    )
    .map((parts) => parts.flat()),
  lagMs: fc.oneof({ weight: 14, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(100) }),
});

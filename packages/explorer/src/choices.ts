import { createRandom } from './random.ts';

/** One that can go on: the scheduler chooses among these. */
export interface Candidate {
  /** Of an actor, or of a source of new work; those with a higher one go first where priorities decide. */
  priority: number;
}

/** Which of the candidates goes on. */
export interface Choices {
  /** @returns an index; 0 is the candidate that makes the simplest schedule */
  choose(candidates: readonly Candidate[]): number;
  /** A whole number from 0, below `n`, for anything else that is left open. */
  draw(n: number): number;
  priority(): number;
  /** All answers so far: with them a schedule can be repeated, and shrunk. */
  readonly taken: readonly number[];
}

/** How many times in a schedule the one that would always go first is put last. */
const CHANGE_POINTS = 4;
const EXPECTED_STEPS = 120;

/**
 * Answers from a seed. Each schedule has one of three habits, for they find different faults: any candidate at random;
 * the latest one most of the time, so that one actor runs far while others stand still; and fixed priorities that
 * change at a few points ("probabilistic concurrency testing", Burckhardt et al., 2010).
 */
export function seededChoices(seed: number): Choices {
  const random = createRandom(seed);
  const habit = random.below(3);
  const stickiness = random.pick([0.5, 0.8, 0.95]);
  const changePoints = new Set<number>();
  if (habit === 2) for (let i = 0; i < CHANGE_POINTS; i++) changePoints.add(random.below(EXPECTED_STEPS));
  const taken: number[] = [];
  let step = 0;
  let lowest = 0;

  function decide(candidates: readonly Candidate[]): number {
    if (candidates.length === 1) return 0;
    if (habit === 0) return random.below(candidates.length);
    if (habit === 1) return random.chance(stickiness) ? 0 : random.below(candidates.length);
    let highest = 0;
    for (let at = 1; at < candidates.length; at++) {
      if ((candidates[at] as Candidate).priority > (candidates[highest] as Candidate).priority) highest = at;
    }
    if (changePoints.has(step)) (candidates[highest] as Candidate).priority = --lowest;
    return highest;
  }

  return {
    taken,
    choose(candidates) {
      const answer = decide(candidates);
      step++;
      taken.push(answer);
      return answer;
    },
    draw: (n) => note(taken, random.below(n)),
    priority: () => random.next(),
  };
}

/** Gives recorded answers, and 0 after the last one. */
export function recordedChoices(recorded: readonly number[]): Choices {
  const taken: number[] = [];
  const answer = (n: number) => note(taken, (recorded[taken.length] ?? 0) % n);
  return { taken, choose: (candidates) => answer(candidates.length), draw: answer, priority: () => 0 };
}

function note(taken: number[], answer: number): number {
  taken.push(answer);
  return answer;
}

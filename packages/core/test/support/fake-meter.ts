import type { Meter } from '../../src/sessions/ports.ts';

/** Remembers the figures, in order: `['gauges', {…}]`. */
export interface FakeMeter extends Meter {
  readonly figures: (readonly [string, unknown])[];
}

export function createFakeMeter(): FakeMeter {
  const figures: (readonly [string, unknown])[] = [];
  const note = (name: string) => (value: unknown) => void figures.push([name, value]);
  return {
    figures,
    fanOut: note('fanOut'),
    gauges: note('gauges'),
    rateLimitExceeded: note('rateLimitExceeded'),
    joinAttempts: note('joinAttempts'),
    sweepBraked: note('sweepBraked'),
    published: note('published'),
  };
}

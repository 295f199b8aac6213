import type { Meter } from '../../src/sessions/ports.ts';

/** Remembers the figures, in order: `['gauges', {…}]`. */
export interface FakeMeter extends Meter {
  readonly figures: (readonly [string, unknown])[];
}

export function createFakeMeter(): FakeMeter {
  const figures: (readonly [string, unknown])[] = [];
  return {
    figures,
    fanOut: ({ delivered, gone, failed }) =>
      void figures.push(['fanOut', { delivered: delivered.length, gone: gone.length, failed: failed.length }]),
    gauges: (values) => void figures.push(['gauges', values]),
    rateLimitExceeded: (operation) => void figures.push(['rateLimitExceeded', operation]),
  };
}

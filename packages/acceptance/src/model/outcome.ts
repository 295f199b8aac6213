import type { Push } from './state.ts';

/** What an action must show on the outside. */
export interface Outcome {
  /** Members that the reply must have; session and connection names stand for their IDs. */
  reply?: Readonly<Record<string, unknown>>;
  pushes: Push[];
  /** Connections that the service closes. */
  closes: string[];
}

export const nothing = (): Outcome => ({ pushes: [], closes: [] });
export const refused = (code: string): Outcome => ({ ...nothing(), reply: { type: 'error', code } });

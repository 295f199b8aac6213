import type { Push } from './state.ts';

/** Members that a reply must have; session and connection names stand for their IDs. */
export type Expected = Readonly<Record<string, unknown>>;

/** What an action must show on the outside. */
export interface Outcome {
  reply?: Expected;
  /** Of an action that sends several messages: the reply to each. */
  replies?: Expected[];
  pushes: Push[];
  /** Connections that the service closes. */
  closes: string[];
}

export const nothing = (): Outcome => ({ pushes: [], closes: [] });
export const refused = (code: string): Outcome => ({ ...nothing(), reply: { type: 'error', code } });
export const replied = (reply: Expected): Outcome => ({ ...nothing(), reply });

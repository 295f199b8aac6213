import { type Expected, nothing, type Outcome } from './outcome.ts';
import { closeByService } from './rules-leaving.ts';
import { RULES, type State } from './state.ts';

/** The rules of limits: what a connection may have refused, and what an address may guess. */

/** Charges a refusal to the connection, which is closed once its budget is used up. */
export function charge(state: State, name: string, outcome: Outcome): Outcome {
  const { reply } = outcome;
  if (reply?.type !== 'error' || reply.code === 'SERVICE_UNAVAILABLE') return outcome;
  const conn = state.conn(name);
  if (conn.charged.minute !== state.minute) conn.charged = { minute: state.minute, points: 0 };
  const isWrongId = reply.code === 'SESSION_NOT_FOUND';
  conn.charged.points += isWrongId ? RULES.wrongIdWeight : 1;
  const isUsedUp = conn.charged.points >= RULES.refusalsPerMinute;
  const isRoleless = reply.code === 'NOT_IN_SESSION' && conn.openedAt + RULES.rolelessSeconds <= state.now;
  if (!isUsedUp && !isRoleless) return outcome;
  closeByService(state, conn, outcome);
  const code = isUsedUp && !isWrongId ? 'RATE_LIMIT_EXCEEDED' : reply.code;
  return { ...outcome, reply: { type: 'error', code } };
}

export function hasGuessedTooOften({ wrongIds, minute }: State): boolean {
  return wrongIds.minute === minute && wrongIds.count >= RULES.wrongIdsPerMinute;
}

/** Counts a wrong session ID against the address. @returns how many there are in this minute */
export function countWrongId(state: State): number {
  const { wrongIds, minute } = state;
  state.wrongIds = { minute, count: wrongIds.minute === minute ? wrongIds.count + 1 : 1 };
  return state.wrongIds.count;
}

/** Connections that send wrong session IDs, each until it is closed or the address has to wait. */
export function guess(state: State, conns: readonly string[]): Outcome {
  const replies: Expected[] = [];
  const all = nothing();
  for (const name of conns) {
    for (let tries = 0; tries < MAX_GUESSES && state.conn(name).isOpen; tries++) {
      const isLimited = hasGuessedTooOften(state) || countWrongId(state) > RULES.wrongIdsPerMinute;
      const code = isLimited ? 'RATE_LIMIT_EXCEEDED' : 'SESSION_NOT_FOUND';
      const outcome = charge(state, name, { ...nothing(), reply: { type: 'error', code } });
      replies.push(outcome.reply ?? {});
      all.closes.push(...outcome.closes);
      all.pushes.push(...outcome.pushes);
    }
  }
  return { ...all, replies };
}

/** Guesses of one connection: with the third its budget is used up. A fourth could overtake the closing, and count. */
export const MAX_GUESSES = 3;

/** A connection that sends nothing but refused messages. */
export function flood(state: State, name: string): Outcome {
  const replies: Expected[] = [];
  const all = nothing();
  while (state.conn(name).isOpen) {
    const outcome = charge(state, name, { ...nothing(), reply: { type: 'error', code: 'INVALID_PARAMETERS' } });
    replies.push(outcome.reply ?? {});
    all.closes.push(...outcome.closes);
    all.pushes.push(...outcome.pushes);
  }
  return { ...all, replies };
}

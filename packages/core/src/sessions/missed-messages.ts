import { ServiceError } from '../protocol/index.ts';
import type { SessionWithHeads } from './message-log.ts';

/** What a client says of the messages that it has. */
export interface SeenMessages {
  /** The numbering that `since` is of. */
  readonly epoch?: number | undefined;
  /** The offset of the last message that it has, by channel. */
  readonly since?: Readonly<Record<string, number>> | undefined;
  /** Of a newcomer: how many of the last messages of each channel it wants. */
  readonly rewind?: number | undefined;
}

/** Messages of one channel: those after `after`, up to and with `upTo`; at least one. */
export interface MissedRange {
  readonly channel: string;
  readonly after: number;
  readonly upTo: number;
}

export interface Missed {
  readonly ranges: readonly MissedRange[];
  /** Whether the client's offsets are of this numbering. If not, nothing says what it has missed before. */
  readonly isOfEpoch: boolean;
}

/** Says where the channels that a connection follows stand, for every reply that gives a place or keeps one. */
export const positionsNow = ({ session, heads }: SessionWithHeads) => ({
  epoch: session.createdAt,
  positions: Object.fromEntries(Object.entries(heads).map(([channel, { offset }]) => [channel, offset])),
});

/** @throws {ServiceError} INVALID_PARAMETERS: offsets without the numbering that they are of */
export function requireEpoch({ epoch, since }: SeenMessages): void {
  if (since === undefined || epoch !== undefined) return;
  const problem = 'is missing: send the epoch of the last reply with since';
  throw new ServiceError('INVALID_PARAMETERS', `epoch: ${problem}`, { details: [{ field: 'epoch', problem }] });
}

/**
 * Decides which messages a client has missed, of the channels that it follows: those whose heads were read.
 * - Offsets of another epoch say nothing: everything of this one is missed.
 * - A channel that `since` does not name is new to the client: it misses as much as `rewind` says, or nothing.
 * - An offset above the head was never given out in this epoch: nothing of that channel can be sent.
 * @returns undefined: it does not say what it has
 */
export function findMissed(seen: SeenMessages, { session, heads }: SessionWithHeads): Missed | undefined {
  const { epoch, since, rewind } = seen;
  if (since === undefined && rewind === undefined) return undefined;
  let isOfEpoch = since === undefined || epoch === session.createdAt;
  const isOther = !isOfEpoch;
  const ranges: MissedRange[] = [];
  for (const [channel, { offset: head }] of Object.entries(heads)) {
    const last = isOther ? 0 : (since?.[channel] ?? Math.max(0, head - (rewind ?? 0)));
    if (last > head) isOfEpoch = false;
    if (last < head) ranges.push({ channel, after: last, upTo: head });
  }
  return { ranges, isOfEpoch };
}

import { isDeepStrictEqual } from 'node:util';
import { isSessionId } from '@sessions/core/protocol';

/** A JSON object as it came, of which nothing is known yet. */
export type Frame = Readonly<Record<string, unknown>>;

/** What a field may be, where it cannot be known beforehand. */
export class Matcher {
  /** Ends the sentence "it should be …". */
  readonly what: string;
  readonly matches: (value: unknown) => boolean;

  constructor(what: string, matches: (value: unknown) => boolean) {
    this.what = what;
    this.matches = matches;
  }
}

/** A whole message, field by field: each a value, or what it may be. A field that is not named must not be there. */
export type Expected = Readonly<Record<string, unknown>>;

export const aText = new Matcher('a text', (value) => typeof value === 'string' && value !== '');
export const aSessionId = new Matcher('a session ID', (value) => typeof value === 'string' && isSessionId(value));

/** Two clocks may differ, but not by an hour: then one of them counts in another unit, or is wrong. */
const CLOCK_TOLERANCE_MS = 3_600_000;

export const aTimeOfNow = new Matcher(
  'the time now, in epoch milliseconds',
  (value) => Number.isInteger(value) && Math.abs(Number(value) - Date.now()) < CLOCK_TOLERANCE_MS,
);

/** API Gateway lives with a connection for two hours, and a session's longest life is a day (or a refresh longer). */
const LONGEST_LIFE_MS = 48 * 3_600_000;

export const aTimeToCome = new Matcher(
  'a time to come, in epoch milliseconds',
  (value) =>
    Number.isInteger(value) &&
    Number(value) > Date.now() - CLOCK_TOLERANCE_MS &&
    Number(value) < Date.now() + LONGEST_LIFE_MS,
);

/** API Gateway closes what is silent for ten minutes: no interval is longer. */
export const MAX_HEARTBEAT_INTERVAL_SECONDS = 600;

export const aHeartbeatInterval = new Matcher(
  `seconds, above 0 and at most ${MAX_HEARTBEAT_INTERVAL_SECONDS}`,
  (value) => typeof value === 'number' && value > 0 && value <= MAX_HEARTBEAT_INTERVAL_SECONDS,
);

/** A whole number, not below 0 and not above `max`. */
export const aCount = (max: number): Matcher =>
  new Matcher(
    `a whole number from 0 to ${max}`,
    (value) => Number.isInteger(value) && -1 < Number(value) && Number(value) <= max,
  );

/** Raised by every change of the session. */
export const aRevision = new Matcher('a whole number from 1', (value) => Number.isInteger(value) && Number(value) >= 1);

/** What every reply says of a session that has its speaker. */
export const activeSession: Expected = {
  state: 'active',
  revision: aRevision,
  broadcastState: { paused: false, muted: false, volume: 1 },
};

/** A session, and how its messages are numbered. */
export interface Session {
  readonly sessionId: string;
  /** Names the numbering, which lasts as long as the session. */
  readonly epoch: number;
  /** The offset of the last message of each channel that has one. */
  readonly heads: Record<string, number>;
}

/** What a reply says of the channels that a connection follows. */
export const positionsIn = ({ epoch, heads }: Session, channels: readonly string[]): Expected => ({
  epoch,
  positions: Object.fromEntries(channels.map((channel) => [channel, heads[channel] ?? 0])),
});

/** As `positionsIn`, or as they were a moment ago: the service may answer heartbeats with what it read a second before. */
export const recentPositionsIn = (session: Session, channels: readonly string[]): Expected => {
  const { epoch, positions } = positionsIn(session, channels);
  const heads = positions as Readonly<Record<string, number>>;
  return {
    epoch,
    positions: new Matcher(`positions not above ${show(heads)}`, (value) => {
      if (typeof value !== 'object' || value === null) return false;
      const offsets = Object.entries(value);
      return (
        offsets.length === channels.length &&
        offsets.every(([channel, offset]) => aCount(heads[channel] ?? -1).matches(offset))
      );
    }),
  };
};

/** Listeners by language: at most this many in all. */
export const anyListeners = (max: number): Matcher =>
  new Matcher(`at most ${max} listeners by language`, (value) => {
    if (typeof value !== 'object' || value === null) return false;
    const counts = Object.entries(value);
    return (
      counts.every(([name, count]) => /^[a-z]{2}(-[A-Z]{2})?$/.test(name) && Number.isInteger(count) && count > 0) &&
      counts.reduce((sum, [, count]) => sum + count, 0) <= max
    );
  });

export const anyBroadcastState = new Matcher(
  'paused, muted and volume',
  (value) => typeof value === 'object' && value !== null && Object.keys(value).join() === 'paused,muted,volume',
);

/** The ID of a connection that nobody has seen before. */
export const aNewConnectionId = (known: ReadonlySet<string>): Matcher =>
  new Matcher('the ID of a new connection', (value) => typeof value === 'string' && value !== '' && !known.has(value));

/** `details` of which one is about this field, or, if it is undefined, about none. */
export const detailsAbout = (field: string | undefined): Matcher =>
  new Matcher(
    `details about ${field ?? 'the message'}`,
    (value) =>
      Array.isArray(value) &&
      value.some((detail: Frame) => detail?.field === field && typeof detail?.problem === 'string'),
  );

/** @returns a line for each field that is not as expected */
export function differences(frame: Frame, expected: Expected): string[] {
  const wrong = Object.entries(expected).flatMap(([field, value]) => {
    if (value instanceof Matcher) {
      return value.matches(frame[field]) ? [] : [`${field} is ${show(frame[field])}, and should be ${value.what}`];
    }
    return isDeepStrictEqual(frame[field], value)
      ? []
      : [`${field} is ${show(frame[field])}, and should be ${show(value)}`];
  });
  const unknown = Object.keys(frame).filter((field) => !(field in expected));
  return [...wrong, ...unknown.map((field) => `${field} is ${show(frame[field])}, and should not be there`)];
}

/** Long enough for every message of the service; what else comes need not be read to its end. */
const MOST_SHOWN = 300;

export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

import * as z from 'zod/mini';
import { qualityTier } from './client-messages.ts';
import { endReason } from './server-messages.ts';

const timeMs = () => z.int().check(z.nonnegative());
const count = () => z.int().check(z.nonnegative());

/** What every lifecycle event says. Times are epoch milliseconds. */
export const sessionFacts = z.object({
  sessionId: z.string(),
  /** When the session was created; with `sessionId` it names the session, should the ID be used again. */
  createdAt: timeMs(),
  /** Raised by every change of the session. Events may arrive twice and in any order: the one with the higher revision is true. */
  revision: z.int().check(z.positive()),
});

/** A session was created ahead of time. */
export const SessionScheduled = z.extend(sessionFacts, {
  sourceLanguage: z.string(),
  qualityTier,
  /** When it is to start; listeners may join from half an hour before. */
  startsAt: timeMs(),
  /** When it ends by itself if its speaker does not come. */
  expiresAt: timeMs(),
});

/** A speaker has opened a session, or has come to a scheduled one. */
export const SessionStarted = z.extend(sessionFacts, {
  /** What the speaker speaks: a language code (`en`) or a locale (`en-GB`). */
  sourceLanguage: z.string(),
  qualityTier,
  /** When the session ends by itself, unless the speaker's connection is refreshed before. */
  expiresAt: timeMs(),
});

/** The speaker's connection is lost; the session waits for the speaker to come back. */
export const SessionInterrupted = z.extend(sessionFacts, {
  /** Since when the speaker has been lost. */
  interruptedAt: timeMs(),
  /** How long the session waits before it ends. */
  graceSeconds: z.number().check(z.nonnegative()),
});

/** The speaker is back. */
export const SessionResumed = z.extend(sessionFacts, {});

/** The session has ended, and every listener has been notified and removed. Nothing follows. */
export const SessionEnded = z.extend(sessionFacts, {
  reason: endReason,
  /** When it ended. */
  endedAt: timeMs(),
  /** When every listener had been notified and removed. */
  endCompletedAt: timeMs(),
  /** From when its speaker came to the end; 0: the speaker of a scheduled session never came. */
  durationSeconds: count(),
  /** How many times a place was taken by a join, over the whole session. */
  totalJoins: count(),
});

/** The set of languages that somebody listens to has changed: what is worth translating. */
export const LanguagesInUseChanged = z.extend(sessionFacts, {
  /** Listeners by language, as of `asOf`; only languages with a listener. */
  languages: z.record(z.string(), z.int().check(z.positive())),
  /** When the numbers were read; of two events with the same revision, the later one is true. */
  asOf: timeMs(),
});

/** The detail of every lifecycle event, by its detail-type on EventBridge. */
export const lifecycleEvents = {
  SessionScheduled,
  SessionStarted,
  SessionInterrupted,
  SessionResumed,
  SessionEnded,
  LanguagesInUseChanged,
} as const;

export type LifecycleEventType = keyof typeof lifecycleEvents;
/** The detail of each lifecycle event, by its detail-type. */
export type LifecycleDetails = {
  readonly [T in LifecycleEventType]: Readonly<z.infer<(typeof lifecycleEvents)[T]>>;
};
export type LifecycleEvent = {
  [T in LifecycleEventType]: { readonly type: T; readonly detail: LifecycleDetails[T] };
}[LifecycleEventType];

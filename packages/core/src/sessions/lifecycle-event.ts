import type { EndReason } from '../protocol/index.ts';

/** What every lifecycle event says. Times are epoch milliseconds. */
interface SessionFacts {
  readonly sessionId: string;
  /** Which session of that ID, should the ID be used again. */
  readonly createdAt: number;
  /** Events may arrive twice and in any order: the one with the higher revision is true. */
  readonly revision: number;
}

/** The detail of each lifecycle event, by its detail-type on EventBridge. */
export interface LifecycleDetails {
  SessionStarted: SessionFacts & {
    readonly sourceLanguage: string;
    readonly qualityTier: string;
    readonly expiresAt: number;
  };
  SessionInterrupted: SessionFacts & { readonly interruptedAt: number; readonly graceSeconds: number };
  SessionResumed: SessionFacts;
  /** When the end is complete: every listener has been notified. */
  SessionEnded: SessionFacts & {
    readonly reason: EndReason;
    readonly endedAt: number;
    readonly endCompletedAt: number;
    readonly durationSeconds: number;
    /** How many times a place was taken, over the whole session. */
    readonly totalJoins: number;
  };
  /** The set of languages that somebody listens to has changed. */
  LanguagesInUseChanged: SessionFacts & {
    /** Listeners by language, only those above 0. */
    readonly languages: Readonly<Record<string, number>>;
    /** As of when; of two with the same revision, the later one is true. */
    readonly asOf: number;
  };
}
export type LifecycleEventType = keyof LifecycleDetails;
export type LifecycleEvent = {
  [T in LifecycleEventType]: { readonly type: T; readonly detail: LifecycleDetails[T] };
}[LifecycleEventType];

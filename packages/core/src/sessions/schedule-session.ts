import { type OwnSession, type QualityTier, ServiceError } from '../protocol/index.ts';
import type { JoinKeys } from './join-key.ts';
import { parseSourceLanguage } from './language-rules.ts';
import type { Session } from './model.ts';
import { ownSessionOf } from './own-session.ts';
import { planShards } from './plan-shards.ts';
import type { Clock, Meter, RateLimiter, ScheduledEntry, ScheduledList, SessionRepository } from './ports.ts';
import { enforceRateLimit } from './rate-limit.ts';
import { isLive } from './session-rules.ts';
import { type Identity, requireSpeaker } from './speaker-identity.ts';

const DAY_MS = 24 * 3_600_000;
/** A session ID is for a leaflet of this week: there are millions of them, not billions. */
const MAX_AHEAD_MS = 7 * DAY_MS;
/** Clocks differ, and who asks for "now" has taken a moment to. */
const MAX_PAST_MS = 5 * 60_000;
/** How long a session waits for its speaker once it was to start. */
const WAITS_MS = DAY_MS;
/** The ID was taken, or the user scheduled another session at the same moment. */
const MAX_ATTEMPTS = 10;

export interface ScheduleSessionDeps {
  readonly sessions: Pick<SessionRepository, 'schedule' | 'findScheduledList' | 'find'>;
  readonly limiter: Pick<RateLimiter, 'count'>;
  readonly meter: Pick<Meter, 'rateLimitExceeded'>;
  readonly clock: Clock;
  readonly joinKeys: JoinKeys;
  readonly drawSessionId: () => string;
  readonly settings: {
    readonly sessionsPerHour: number;
    readonly maxListeners: number;
    /** Scheduled sessions that one user may have. */
    readonly maxScheduled: number;
  };
}

export interface ScheduleSessionRequest {
  readonly identity: Identity;
  readonly sourceLanguage: string;
  readonly qualityTier?: QualityTier | undefined;
  /** epoch milliseconds; now, unless given */
  readonly startsAt?: number | undefined;
}

/**
 * Creates a session ahead of time: its ID can be printed, and its speaker comes later, by `refreshConnection`. The user's
 * list of scheduled sessions is written in the same transaction, at the version that was read: the limit is exact, however
 * many are scheduled at once.
 * @throws {ServiceError} UNAUTHORIZED, TOKEN_EXPIRED, SPEAKER_DENIED, INVALID_LANGUAGE, UNSUPPORTED_LANGUAGE,
 * INVALID_PARAMETERS (`startsAt`), RATE_LIMIT_EXCEEDED, TOO_MANY_SCHEDULED, SERVICE_UNAVAILABLE
 */
export function createScheduleSession(deps: ScheduleSessionDeps) {
  const { sessions, clock, joinKeys, drawSessionId, settings } = deps;

  return async (request: ScheduleSessionRequest): Promise<OwnSession> => {
    const nowMs = clock.nowMs();
    const userId = requireSpeaker(request.identity, nowMs);
    const sourceLanguage = parseSourceLanguage(request.sourceLanguage);
    const startsAt = checkStart(request.startsAt ?? nowMs, nowMs);
    const check = { operation: 'createSession', subject: userId, windowSeconds: 3600 } as const;
    await enforceRateLimit(settings.sessionsPerHour, check, deps);

    const draft: Omit<Session, 'sessionId'> = {
      speakerUserId: userId,
      sourceLanguage,
      qualityTier: request.qualityTier ?? 'standard',
      state: 'scheduled',
      broadcastState: { paused: false, muted: false, volume: 1 },
      revision: 1,
      capacity: settings.maxListeners,
      createdAt: nowMs,
      startsAt,
      expiresAt: Math.max(startsAt, nowMs) + WAITS_MS,
    };
    const shards = planShards(settings.maxListeners, nowMs);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const listBefore = await sessions.findScheduledList(userId);
      const others = await entriesWithRoom(listBefore, nowMs);
      const session = { sessionId: drawSessionId(), ...draft };
      const outcome = await sessions.schedule({
        session,
        shards,
        listBefore,
        entries: [...others, { sessionId: session.sessionId, createdAt: nowMs }],
        listKeptUntil: nowMs + MAX_AHEAD_MS + WAITS_MS + DAY_MS,
      });
      if (outcome === 'scheduled') return ownSessionOf(session, joinKeys);
      if (outcome === 'speakerDenied') {
        throw new ServiceError('SPEAKER_DENIED', 'This user may not speak: ask the operator of the service');
      }
    }
    throw new ServiceError('SERVICE_UNAVAILABLE', `No session could be stored in ${MAX_ATTEMPTS} attempts; try again`, {
      retryAfterSeconds: 1,
    });
  };

  /**
   * Returns the list without what is not scheduled any more, which is looked at only when the list is full.
   * @throws {ServiceError} TOO_MANY_SCHEDULED
   */
  async function entriesWithRoom({ userId, entries }: ScheduledList, nowMs: number) {
    if (entries.length < settings.maxScheduled) return entries;
    const isScheduled = await Promise.all(
      entries.map(async ({ sessionId, createdAt }: ScheduledEntry) => {
        const session = await sessions.find(sessionId);
        const isSame = session?.createdAt === createdAt && session.speakerUserId === userId;
        return isSame && session.state === 'scheduled' && isLive(session, nowMs);
      }),
    );
    const scheduled = entries.filter((_, index) => isScheduled[index]);
    if (scheduled.length < settings.maxScheduled) return scheduled;
    throw new ServiceError(
      'TOO_MANY_SCHEDULED',
      `${scheduled.length} sessions are scheduled, and a user may have ${settings.maxScheduled}: end one, or let one start`,
    );
  }
}
export type ScheduleSession = ReturnType<typeof createScheduleSession>;

/** @throws {ServiceError} INVALID_PARAMETERS */
function checkStart(startsAt: number, nowMs: number): number {
  const problem =
    startsAt > nowMs + MAX_AHEAD_MS
      ? 'must be at most 7 days ahead'
      : startsAt < nowMs - MAX_PAST_MS
        ? 'is past'
        : undefined;
  if (problem === undefined) return startsAt;
  const now = new Date(nowMs).toISOString();
  throw new ServiceError('INVALID_PARAMETERS', `startsAt: ${problem}; it is ${now} now`, {
    details: [{ field: 'startsAt', problem: `${problem}; it is ${now} now` }],
  });
}

import * as z from 'zod/mini';
import { qualityTier, role } from './client-messages.ts';
import { type ErrorCode, errorCodes } from './errors.ts';

/** Epoch milliseconds, the service's clock. */
const timeMs = () => z.int().check(z.nonnegative());
const requestId = z.optional(z.string());

/**
 * - `scheduled`: the session was created ahead of time, and its speaker has not come yet
 * - `active`: the session has its speaker
 * - `interrupted`: the speaker's connection is lost, and the session waits
 * - `ended`: it is over
 */
export const sessionState = z.enum(['scheduled', 'active', 'interrupted', 'ended']);
export type SessionState = z.infer<typeof sessionState>;

/**
 * - `speakerEnded`: the speaker sent `endSession`
 * - `speakerLeft`: the speaker closed the connection
 * - `speakerLost`: the speaker's connection was lost, and nobody came back within the grace period
 * - `expired`: the session reached its maximum duration
 * - `operatorEnded`: an operator of the service ended it
 */
export const endReason = z.enum(['speakerEnded', 'speakerLeft', 'speakerLost', 'expired', 'operatorEnded']);
export type EndReason = z.infer<typeof endReason>;

/** What the speaker wants listeners to do with the audio. */
export const broadcastState = z.object({
  paused: z.boolean(),
  muted: z.boolean(),
  /** from 0 to 1 */
  volume: z.number(),
});
export type BroadcastState = z.infer<typeof broadcastState>;

/** Raised by every change of the session: of two messages, the one with the higher revision is true. */
const revision = () => z.int().check(z.positive());

/**
 * How the session is, in every reply and notification: the newest message alone says everything, so a client may ignore
 * all older ones, and one that missed a notification learns of it from the next message.
 */
const sessionNow = { state: sessionState, revision: revision(), broadcastState };

/**
 * Where the numbering of messages stands: `positions` has the offset of the last message of each channel that the
 * connection follows (0: none yet), in the numbering that `epoch` names.
 */
const positionsNow = { epoch: timeMs(), positions: z.record(z.string(), z.int().check(z.nonnegative())) };

/**
 * Of a request that said `since` or `rewind`: whether everything after it was still held. It follows, in order for each
 * channel, as `message`; false: some of it is lost.
 */
const recovered = z.optional(z.boolean());

/** Reply to `createSession`. */
export const sessionCreated = z.object({
  type: z.literal('sessionCreated'),
  requestId,
  sessionId: z.string(),
  sourceLanguage: z.string(),
  qualityTier,
  connectionId: z.string(),
  createdAt: timeMs(),
  /** When the session ends unless the speaker's connection is refreshed before. */
  expiresAt: timeMs(),
  /** For links and QR codes: a listener who joins with it is not held up by the limit on guesses. */
  joinKey: z.string(),
  maxListeners: z.int(),
  ...sessionNow,
  ...positionsNow,
  heartbeatIntervalSeconds: z.number(),
});

/** Reply to `joinSession`. */
export const sessionJoined = z.object({
  type: z.literal('sessionJoined'),
  requestId,
  sessionId: z.string(),
  sourceLanguage: z.string(),
  targetLanguage: z.string(),
  connectionId: z.string(),
  /** To be sent with `refreshConnection`. */
  place: z.string(),
  listenerCount: z.int(),
  ...sessionNow,
  ...positionsNow,
  recovered,
  /** Of a scheduled session: when it is to start. */
  startsAt: z.optional(timeMs()),
  heartbeatIntervalSeconds: z.number(),
});

/** Reply to `changeLanguage`. */
export const languageChanged = z.object({
  type: z.literal('languageChanged'),
  requestId,
  sessionId: z.string(),
  targetLanguage: z.string(),
  ...sessionNow,
  ...positionsNow,
});

/** Reply to `heartbeat`. */
export const heartbeatAck = z.object({
  type: z.literal('heartbeatAck'),
  requestId,
  timestamp: timeMs(),
  sentAt: z.optional(z.int()),
  /** When the platform closes this connection. */
  connectionExpiresAt: timeMs(),
  sessionId: z.string(),
  ...sessionNow,
  ...positionsNow,
  /** Of a session that has ended. */
  reason: z.optional(endReason),
});

/** Reply to `refreshConnection`: the new connection has the place of the previous one. */
export const connectionRefreshComplete = z.object({
  type: z.literal('connectionRefreshComplete'),
  requestId,
  sessionId: z.string(),
  role,
  targetLanguage: z.optional(z.string()),
  /** Of listeners: to be sent with the next `refreshConnection`. */
  place: z.optional(z.string()),
  connectionId: z.string(),
  previousConnectionId: z.string(),
  /** When the session ends unless the speaker's connection is refreshed before. */
  expiresAt: timeMs(),
  ...sessionNow,
  ...positionsNow,
  recovered,
  heartbeatIntervalSeconds: z.number(),
  /** Of speakers: for links and QR codes, as in `sessionCreated`. */
  joinKey: z.optional(z.string()),
});

/** Reply to `recover`. */
export const recovery = z.object({
  type: z.literal('recovery'),
  requestId,
  sessionId: z.string(),
  ...sessionNow,
  ...positionsNow,
  recovered: z.boolean(),
});

/** What somebody published: to the listeners of a language, to all, or to the speaker. */
export const message = z.object({
  type: z.literal('message'),
  /** A target language, `all`, or `speaker`. */
  channel: z.string(),
  /** Names the numbering: offsets of another epoch cannot be compared. */
  epoch: timeMs(),
  /** The position in the channel, from 1, without gaps. */
  offset: z.int().check(z.positive()),
  publishedAt: timeMs(),
  name: z.optional(z.string()),
  /** The application's own: any JSON value. */
  data: z.unknown(),
});

/** What became of a published message. */
export const receipt = {
  channel: z.string(),
  epoch: timeMs(),
  offset: z.int().check(z.positive()),
  /** Whether a message of this ID was in the log already: it keeps its offset. */
  repeated: z.boolean(),
  /** Connections that took it. */
  delivered: z.int().check(z.nonnegative()),
  /** Connections that were no longer there: an outcome, not a failure. */
  gone: z.int().check(z.nonnegative()),
  /** Connections that did not take it in time; they recover it from the log. */
  failed: z.int().check(z.nonnegative()),
};

/** Reply to `publish`. */
export const messagePublished = z.object({
  type: z.literal('messagePublished'),
  requestId,
  sessionId: z.string(),
  ...receipt,
});

/** Notification to listeners who wait: the speaker of a scheduled session has come. */
export const sessionStarted = z.object({
  type: z.literal('sessionStarted'),
  sessionId: z.string(),
  ...sessionNow,
});

/** Notification: open a new connection and send `refreshConnection` on it. Repeated with every heartbeat until that is done. */
export const connectionRefreshRequired = z.object({
  type: z.literal('connectionRefreshRequired'),
  sessionId: z.string(),
  role,
  targetLanguage: z.optional(z.string()),
  connectionExpiresAt: timeMs(),
});

/** Notification: the platform closes this connection soon. */
export const connectionWarning = z.object({ type: z.literal('connectionWarning'), remainingSeconds: z.int() });

/** Notification to listeners: the speaker's connection is lost, and the session waits for the speaker to come back. */
export const sessionInterrupted = z.object({
  type: z.literal('sessionInterrupted'),
  sessionId: z.string(),
  ...sessionNow,
  graceSeconds: z.number(),
});

/** Notification to listeners: the speaker is back. */
export const sessionResumed = z.object({
  type: z.literal('sessionResumed'),
  sessionId: z.string(),
  ...sessionNow,
});

/** Notification to listeners, and reply to `setBroadcastState`. */
export const broadcastStateChanged = z.object({
  type: z.literal('broadcastStateChanged'),
  requestId,
  sessionId: z.string(),
  ...sessionNow,
});

/** Notification to a speaker's connection: another client of the same user has taken the session over. Final. */
export const speakerReplaced = z.object({
  type: z.literal('speakerReplaced'),
  sessionId: z.string(),
  revision: revision(),
});

/** Notification to listeners, and reply to `endSession`: the session is over. */
export const sessionEnded = z.object({
  type: z.literal('sessionEnded'),
  requestId,
  sessionId: z.string(),
  revision: revision(),
  reason: endReason,
});

/**
 * Reply to `getSessionStatus`, and notification to the speaker after listeners came, went or changed their language: of
 * two, the one with the later `timestamp` is true. All numbers are exact as of that moment.
 */
export const sessionStatus = z.object({
  type: z.literal('sessionStatus'),
  requestId,
  sessionId: z.string(),
  ...sessionNow,
  /** Places that are taken. */
  listenerCount: z.int().check(z.nonnegative()),
  /** How many listen in which target language; only those with a listener. */
  listenersByLanguage: z.record(z.string(), z.int().check(z.positive())),
  createdAt: timeMs(),
  /** When the session ends unless the speaker's connection is refreshed before. */
  expiresAt: timeMs(),
  /** How long the session has lasted: until now, or its end. */
  durationSeconds: z.int().check(z.nonnegative()),
  timestamp: timeMs(),
});

/** Reply to any message that was refused. */
export const error = z.object({
  type: z.literal('error'),
  requestId,
  code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  timestamp: timeMs(),
  /** Whole seconds. */
  retryAfter: z.optional(z.int()),
  /** Of NOT_STARTED: when the session is to start. */
  startsAt: z.optional(timeMs()),
  details: z.optional(
    z.array(
      z.object({
        field: z.optional(z.string()),
        problem: z.string(),
        allowed: z.optional(z.readonly(z.array(z.string()))),
      }),
    ),
  ),
});

/** Every message the service sends, by its `type`. */
export const serverMessages = {
  sessionCreated,
  sessionJoined,
  languageChanged,
  heartbeatAck,
  connectionRefreshComplete,
  recovery,
  message,
  messagePublished,
  connectionRefreshRequired,
  connectionWarning,
  sessionStarted,
  sessionInterrupted,
  sessionResumed,
  sessionEnded,
  broadcastStateChanged,
  speakerReplaced,
  sessionStatus,
  error,
} as const;

/** What every entrance of `publish` answers. */
export type Receipt = Omit<z.infer<typeof messagePublished>, 'type' | 'requestId' | 'sessionId'>;

export type ServerMessageType = keyof typeof serverMessages;
export type ServerMessageOf<T extends ServerMessageType> = z.infer<(typeof serverMessages)[T]>;
export type ServerMessage = { [T in ServerMessageType]: ServerMessageOf<T> }[ServerMessageType];

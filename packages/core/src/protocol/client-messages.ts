import * as z from 'zod/mini';

/** The client's own label for a message; the reply carries the same one. */
const requestId = z.optional(z.string().check(z.minLength(1), z.maxLength(64)));

/** Long enough for every well-formed value, short enough that a refusal can quote it. */
const SHORT_TEXT = 64;
const shortText = () => z.string().check(z.minLength(1), z.maxLength(SHORT_TEXT));

export const role = z.enum(['speaker', 'listener']);
export type Role = z.infer<typeof role>;

export const qualityTier = z.enum(['standard', 'premium']);
export type QualityTier = z.infer<typeof qualityTier>;

/** Speaker to service: opens a session. */
export const createSession = z.strictObject({
  action: z.literal('createSession'),
  requestId,
  /** What the speaker speaks: a language code (`en`) or a locale (`en-GB`) that Transcribe streams. */
  sourceLanguage: shortText(),
  qualityTier: z.optional(qualityTier),
});

/** Listener to service: joins a session. */
export const joinSession = z.strictObject({
  action: z.literal('joinSession'),
  requestId,
  /** As heard or typed; case, spaces and missing hyphens are forgiven. */
  sessionId: shortText(),
  /** What the listener wants to hear. */
  targetLanguage: shortText(),
});

/** Both to service: this connection is alive. `sentAt` is the sender's clock: echoed back, never trusted. */
export const heartbeat = z.strictObject({
  action: z.literal('heartbeat'),
  requestId,
  sentAt: z.optional(z.int().check(z.nonnegative())),
});

/** Both to service, on a new connection: takes over the place of the sender's previous one. */
export const refreshConnection = z.strictObject({
  action: z.literal('refreshConnection'),
  requestId,
  sessionId: shortText(),
  role,
  /** Needed from listeners, who are anonymous: it is the proof of the place. */
  previousConnectionId: z.optional(shortText()),
});

/** Speaker to service: ends the session. */
export const endSession = z.strictObject({ action: z.literal('endSession'), requestId });

/** Speaker to service: how is the session? */
export const getSessionStatus = z.strictObject({ action: z.literal('getSessionStatus'), requestId });

/** Every message a client can send, by its action, which is also API Gateway's route key. */
export const clientMessages = {
  createSession,
  joinSession,
  heartbeat,
  refreshConnection,
  getSessionStatus,
  endSession,
} as const;

export type Action = keyof typeof clientMessages;
export type ClientMessage = { [A in Action]: z.infer<(typeof clientMessages)[A]> }[Action];
export type CreateSession = z.infer<typeof createSession>;
export type JoinSession = z.infer<typeof joinSession>;
export type Heartbeat = z.infer<typeof heartbeat>;
export type RefreshConnection = z.infer<typeof refreshConnection>;
export type GetSessionStatus = z.infer<typeof getSessionStatus>;
export type EndSession = z.infer<typeof endSession>;

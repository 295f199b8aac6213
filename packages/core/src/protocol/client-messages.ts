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

/** Names one running client (one tab, one process), so that two clients of one speaker can be told apart. */
const clientId = z.optional(shortText());

/** Which numbering of a session's channels the sender knows: what the last reply said. */
const epoch = z.optional(z.int().check(z.nonnegative()));

/** The name of a channel: a target language, `all`, or `speaker`. */
const channelName = shortText();

/** A client follows two channels; one that has changed its language may still know a third. */
const MAX_CHANNELS = 8;

/** The offset of the last message that the sender has seen, by channel; what came after it follows the reply. */
const since = z.optional(
  z
    .record(channelName, z.int().check(z.nonnegative()))
    .check(
      z.refine(
        (positions) => Object.keys(positions).length <= MAX_CHANNELS,
        `names more than ${MAX_CHANNELS} channels`,
      ),
    ),
);

/** The most messages of a channel that a newcomer can ask for. */
const MAX_REWIND = 100;

/** Speaker to service: opens a session. */
export const createSession = z.strictObject({
  action: z.literal('createSession'),
  requestId,
  /** What the speaker speaks: a language code (`en`) or a locale (`en-GB`) that Transcribe streams. */
  sourceLanguage: shortText(),
  qualityTier: z.optional(qualityTier),
  clientId,
});

/** Listener to service: joins a session. */
export const joinSession = z.strictObject({
  action: z.literal('joinSession'),
  requestId,
  /** As heard or typed; case, spaces and missing hyphens are forgiven. */
  sessionId: shortText(),
  /** What the listener wants to hear. */
  targetLanguage: shortText(),
  /** From a link or a QR code (`k`): proves that the ID was not guessed. */
  joinKey: z.optional(shortText()),
  epoch,
  since,
  /** Of a newcomer: the last messages of each channel that it follows, as far as they are still held. */
  rewind: z.optional(z.int().check(z.positive(), z.lte(MAX_REWIND))),
});

/** Listener to service: hears another language from now on, in the same place and on the same connection. */
export const changeLanguage = z.strictObject({
  action: z.literal('changeLanguage'),
  requestId,
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
  /** Of listeners: as the last reply said. Optional; they save the service a read. */
  targetLanguage: z.optional(shortText()),
  place: z.optional(z.string().check(z.regex(/^\d{1,15}#\d{1,3}$/, 'must be the `place` of the last reply'))),
  /** Of speakers: as in `createSession`. */
  clientId,
  /** Of speakers: takes the session from another client of the same user, which is then told `speakerReplaced`. */
  takeOver: z.optional(z.boolean()),
  epoch,
  since,
});

/** Both to service: some messages are missing; send what came after `since`. */
export const recover = z.strictObject({
  action: z.literal('recover'),
  requestId,
  epoch: z.int().check(z.nonnegative()),
  since: z.record(channelName, z.int().check(z.nonnegative())).check(
    z.refine((positions) => {
      const { length } = Object.keys(positions);
      return length >= 1 && length <= MAX_CHANNELS;
    }, `must name 1 to ${MAX_CHANNELS} channels`),
  ),
});

/** The ID of a message that a publisher chooses: repeating it with the same ID is harmless. */
export const MAX_MESSAGE_ID_LENGTH = 64;
export const MAX_MESSAGE_NAME_LENGTH = 64;

/** DynamoDB takes UTF-8 alone, which half of a surrogate pair is not. */
const wellFormed = () => z.refine<string>((text) => text.isWellFormed(), 'must not hold half of a surrogate pair');

/** What every entrance of `publish` takes. */
export const publication = {
  /** A target language, `all`, or `speaker`. */
  to: channelName,
  /** What kind of message this is, in the application's words. */
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_MESSAGE_NAME_LENGTH), wellFormed())),
  /** The application's own: any JSON value. */
  data: z.unknown(),
  id: z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_MESSAGE_ID_LENGTH), wellFormed())),
};

/** Speaker to service: a message to all listeners, or to those of one language. */
export const publish = z.strictObject({ action: z.literal('publish'), requestId, ...publication });

/** Speaker to service: what listeners should do with the audio. At least one field; what is left out stays as it is. */
export const setBroadcastState = z
  .strictObject({
    action: z.literal('setBroadcastState'),
    requestId,
    /** Nothing is broadcast for now. */
    paused: z.optional(z.boolean()),
    /** The speaker's microphone is off. */
    muted: z.optional(z.boolean()),
    /** How loud players should play, from 0 to 1. */
    volume: z.optional(z.number().check(z.gte(0), z.lte(1))),
  })
  .check(
    z.refine(
      ({ paused, muted, volume }) => paused !== undefined || muted !== undefined || volume !== undefined,
      'needs at least one of paused, muted and volume',
    ),
  );

/** Speaker to service: ends the session. */
export const endSession = z.strictObject({ action: z.literal('endSession'), requestId });

/** Speaker to service: how is the session? */
export const getSessionStatus = z.strictObject({ action: z.literal('getSessionStatus'), requestId });

/** Every message a client can send, by its action, which is also API Gateway's route key. */
export const clientMessages = {
  createSession,
  joinSession,
  changeLanguage,
  heartbeat,
  refreshConnection,
  recover,
  publish,
  setBroadcastState,
  getSessionStatus,
  endSession,
} as const;

export type Action = keyof typeof clientMessages;
export type ClientMessage = { [A in Action]: z.infer<(typeof clientMessages)[A]> }[Action];
export type CreateSession = z.infer<typeof createSession>;
export type JoinSession = z.infer<typeof joinSession>;
export type ChangeLanguage = z.infer<typeof changeLanguage>;
export type SetBroadcastState = z.infer<typeof setBroadcastState>;
export type Heartbeat = z.infer<typeof heartbeat>;
export type RefreshConnection = z.infer<typeof refreshConnection>;
export type Recover = z.infer<typeof recover>;
export type Publish = z.infer<typeof publish>;
export type GetSessionStatus = z.infer<typeof getSessionStatus>;
export type EndSession = z.infer<typeof endSession>;

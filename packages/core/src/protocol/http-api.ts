import * as z from 'zod/mini';
import { publication, qualityTier } from './client-messages.ts';
import { message, receipt, sessionState } from './server-messages.ts';

/** Epoch milliseconds, the service's clock, as everywhere in the protocol. */
const timeMs = () => z.int().check(z.nonnegative());

/** Long enough for every well-formed value, short enough that a refusal can quote it. */
const SHORT_TEXT = 64;
const shortText = () => z.string().check(z.minLength(1), z.maxLength(SHORT_TEXT));

const A_TIME = 'must be a time such as 2026-12-24T18:00:00Z, or epoch milliseconds';

/** Body of `POST /sessions`: a session for later. */
export const scheduleSession = z.strictObject({
  /** What the speaker speaks: a language code (`en`) or a locale (`en-GB`) that Transcribe streams. */
  sourceLanguage: shortText(),
  qualityTier: z.optional(qualityTier),
  /**
   * When the session is to start, at most seven days ahead: RFC 3339 with its offset from UTC (a time without one would be
   * another one for each reader), or epoch milliseconds. Now, unless given.
   */
  startsAt: z.optional(z.union([timeMs(), z.iso.datetime({ offset: true, error: A_TIME })], A_TIME)),
});

/** A session, as its owner sees it. */
export const ownSession = z.object({
  /** For leaflets, links and QR codes. */
  sessionId: z.string(),
  state: sessionState,
  /** Raised by every change of the session. */
  revision: z.int().check(z.positive()),
  sourceLanguage: z.string(),
  qualityTier,
  createdAt: timeMs(),
  /** Of a session that was created ahead of time. */
  startsAt: z.optional(timeMs()),
  /** Of a scheduled session: when it can be joined. */
  joinsOpenAt: z.optional(timeMs()),
  /** When the session ends unless its speaker comes, or refreshes the connection, before. */
  expiresAt: timeMs(),
  /** For links and QR codes (`k`): a listener who joins with it is not held up by the limit on guesses. */
  joinKey: z.string(),
  maxListeners: z.int(),
});
export type OwnSession = z.infer<typeof ownSession>;

/** The sessions of one user that have not ended. */
export const ownSessions = z.object({ sessions: z.array(ownSession) });
export type OwnSessions = z.infer<typeof ownSessions>;

/** Query of `GET /sessions/{sessionId}`. */
export const lookUpQuery = z.object({
  /** The join key of a link or QR code: proves that the ID was not guessed. */
  k: z.optional(shortText()),
});

/** A session, as everybody may see it who knows its ID. Never who its owner is, nor how many listen. */
export const publicSession = z.object({
  sessionId: z.string(),
  state: sessionState,
  sourceLanguage: z.string(),
  /** What a listener can ask for. */
  targetLanguages: z.readonly(z.array(z.string())),
  /** Whether all places are taken at this moment. */
  full: z.boolean(),
  /** Of a session that was created ahead of time. */
  startsAt: z.optional(timeMs()),
  /** Of a scheduled session: when it can be joined. */
  joinsOpenAt: z.optional(timeMs()),
});
export type PublicSession = z.infer<typeof publicSession>;

/** Query of `GET /sessions/{sessionId}/messages`. */
export const exportQuery = z.strictObject({
  /** A target language, `all`, or `speaker`. */
  channel: shortText(),
  /** The offset behind which to begin: `next` of the page before. From the oldest message held, unless given. */
  since: z.optional(
    z.pipe(
      z.string().check(z.regex(/^\d{1,15}$/, 'must be an offset: a whole number from 0')),
      z.transform((digits: string) => Number(digits)),
    ),
  ),
});

/** A page of what was published to one channel of a session, while it is held. */
export const messagePage = z.object({
  sessionId: z.string(),
  channel: z.string(),
  /** Names the numbering: offsets of another epoch cannot be compared. */
  epoch: timeMs(),
  /** The offset of the channel's last message; 0: none yet. */
  head: z.int().check(z.nonnegative()),
  /** In order. */
  messages: z.array(
    z.object({
      offset: message.shape.offset,
      publishedAt: timeMs(),
      id: z.optional(z.string()),
      name: z.optional(z.string()),
      /** The application's own: any JSON value. */
      data: z.unknown(),
    }),
  ),
  /** Whether the messages follow `since`, and each other, without a gap; false: what was between is no longer held. */
  complete: z.boolean(),
  /** There is more: ask again with `since` at this offset. */
  next: z.optional(z.int().check(z.positive())),
});
export type MessagePage = z.infer<typeof messagePage>;

/** Body of `POST /sessions/{sessionId}/messages`. */
export const publishBody = z.strictObject(publication);

/** Answer to `POST /sessions/{sessionId}/messages`. */
export const publishReceipt = z.object(receipt);

/** Answer to `GET /health`. */
export const health = z.object({ status: z.literal('ok') });
export type Health = z.infer<typeof health>;

/** Any refusal (RFC 9457), with the codes and facts of the socket's `error`. */
export const problem = z.object({
  /** `urn:sessions:error:<code>`. */
  type: z.string(),
  title: z.string(),
  /** The HTTP status, once more. */
  status: z.int(),
  /** What was wrong, with the value, and what to do. For people: programs match on `code`. */
  detail: z.string(),
  /** As in docs/error-codes.md; never changes its meaning. */
  code: z.string(),
  /** Whole seconds until trying again makes sense. */
  retryAfter: z.optional(z.int()),
  /** Of NOT_STARTED: when the session is to start. */
  startsAt: z.optional(timeMs()),
  /** What was wrong with which field. */
  errors: z.optional(
    z.array(
      z.object({
        field: z.optional(z.string()),
        problem: z.string(),
        allowed: z.optional(z.readonly(z.array(z.string()))),
      }),
    ),
  ),
});

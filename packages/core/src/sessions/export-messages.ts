import type { MessagePage } from '../protocol/index.ts';
import type { MessageLog, StoredMessage } from './message-log.ts';
import { requireOwnLive } from './own-session.ts';
import type { Clock } from './ports.ts';
import { parseChannel } from './publication.ts';
import { parseSessionId } from './session-rules.ts';
import { type Identity, requireSpeaker } from './speaker-identity.ts';

/** Far below the 6 MB that a function may answer (Lambda quotas), and with the largest messages still 32 of them. */
const MAX_PAGE_CHARACTERS = 1_048_576;
const MAX_PAGE_MESSAGES = 1000;

export interface ExportMessagesDeps {
  readonly messageLog: Pick<MessageLog, 'findSession' | 'pages'>;
  readonly clock: Clock;
}

export interface ExportMessagesRequest {
  readonly identity: Identity;
  readonly sessionId: string;
  /** A target language, `all`, or `speaker`. */
  readonly channel: string;
  /** The offset behind which to begin; 0 unless given. */
  readonly since?: number | undefined;
}

/**
 * Gives the owner of a session a page of what was published to one of its channels, as far as it is held: nothing is kept
 * for this. Once the session has ended, its log is deleted.
 * @throws {ServiceError} UNAUTHORIZED, TOKEN_EXPIRED, INVALID_SESSION_ID, INVALID_LANGUAGE, UNSUPPORTED_LANGUAGE,
 * SESSION_NOT_FOUND (another user's as well), SERVICE_UNAVAILABLE
 */
export function createExportMessages({ messageLog, clock }: ExportMessagesDeps) {
  return async ({ identity, since = 0, ...request }: ExportMessagesRequest): Promise<MessagePage> => {
    const nowMs = clock.nowMs();
    const userId = requireSpeaker(identity, nowMs);
    const sessionId = parseSessionId(request.sessionId);
    const channel = parseChannel(request.channel, 'channel');
    const found = await messageLog.findSession(sessionId, [channel]);
    const { createdAt: epoch } = requireOwnLive(found?.session, { sessionId, userId, nowMs });
    const head = found?.heads[channel]?.offset ?? 0;
    const page = { sessionId, channel, epoch, head };
    if (since >= head) return { ...page, messages: [], complete: since === head };
    const { messages, hasMore } = await readPage({ sessionId, epoch, channel, after: since, upTo: head, nowMs });
    const last = messages.at(-1)?.offset;
    return {
      ...page,
      messages,
      // The clocks of two publishers differ: of two neighbours, the later one may be let go first.
      complete: messages.length > 0 && messages.every(({ offset }, index) => offset === since + 1 + index),
      ...(hasMore && last !== undefined && { next: last }),
    };
  };

  async function readPage(range: Parameters<MessageLog['pages']>[0]) {
    const messages: StoredMessage[] = [];
    let characters = 0;
    for await (const stored of messageLog.pages(range)) {
      for (const message of stored) {
        characters += JSON.stringify(message).length;
        const isFull = messages.length >= MAX_PAGE_MESSAGES || characters > MAX_PAGE_CHARACTERS;
        if (isFull && messages.length > 0) return { messages, hasMore: true };
        messages.push(message);
      }
    }
    return { messages, hasMore: false };
  }
}

export type ExportMessages = ReturnType<typeof createExportMessages>;

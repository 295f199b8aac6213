import { type Receipt, ServiceError } from '../protocol/index.ts';
import { createAppendMessage, KEPT_LONGER_MS } from './append-message.ts';
import { addUp } from './deliver-to-listeners.ts';
import { movedToAnotherConnection } from './find-speaker.ts';
import { type MessageLog, NO_HEAD, type StoredMessage } from './message-log.ts';
import type { Session } from './model.ts';
import type { Clock, Deliverer, DeliveryOutcome, Meter } from './ports.ts';
import { frameBytes, frameOf, parseChannel, requireData } from './publication.ts';
import { isLive, parseSessionId, requireJoinsOpen, sessionNotFound } from './session-rules.ts';

/** How much longer than its session a head is kept: without it, offsets would begin anew. */
const HEAD_KEPT_LONGER_MS = 30 * 24 * 3_600_000;

export interface PublishDeps {
  readonly messageLog: Pick<MessageLog, 'findSession' | 'find' | 'append' | 'keep' | 'raiseHead'>;
  readonly deliverer: Pick<Deliverer, 'run'>;
  readonly meter: Pick<Meter, 'published'>;
  readonly clock: Clock;
  readonly settings: {
    /** How long messages are held for those who missed them. */
    readonly historyMs: number;
    /** Age after which a message is not sent any more. */
    readonly messageMaxAgeMs: number;
  };
}

export interface PublishRequest {
  readonly sessionId: string;
  readonly to: string;
  readonly name?: string | undefined;
  readonly data: unknown;
  readonly id?: string | undefined;
  /** The connection that must have the session, if a speaker publishes on it. */
  readonly speakerConnectionId?: string;
}

/** What became of a message, and what the publisher's log says of it. */
export interface Published {
  readonly sessionId: string;
  readonly receipt: Receipt;
  /** Of the message as it is sent; undefined: it is not held any more. */
  readonly bytes: number | undefined;
  /** From its publication to the last delivery; undefined: it was not sent. */
  readonly deliveryMs: number | undefined;
}

/** A message that is in the log, before it is sent. */
export type Stored = Pick<Published, 'sessionId' | 'bytes'> &
  Pick<Receipt, 'channel' | 'epoch' | 'offset' | 'repeated'>;

/**
 * Publishes a message: stores it at the end of its channel's log, sends it to those who follow the channel, and says how
 * many took it. The log comes first, so a listener who does not get it can recover it. Repeating it with the same `id`
 * has the same offset; it is sent again only while it is young, for an earlier attempt may have been killed before.
 * @param onStored called when the message is in the log, where listeners can recover it, also if its delivery fails then
 * @throws {ServiceError} INVALID_SESSION_ID, INVALID_LANGUAGE, UNSUPPORTED_LANGUAGE, INVALID_PARAMETERS,
 * MESSAGE_TOO_LARGE, SESSION_NOT_FOUND, NOT_STARTED, FORBIDDEN, SERVICE_UNAVAILABLE
 */
export function createPublish({ messageLog, deliverer, meter, clock, settings }: PublishDeps) {
  const appendMessage = createAppendMessage({ messageLog, clock });

  return async (request: PublishRequest, onStored: (stored: Stored) => void = () => {}): Promise<Published> => {
    const sessionId = parseSessionId(request.sessionId);
    const channel = parseChannel(request.to);
    requireData(request.data);
    const nowMs = clock.nowMs();
    const found = await messageLog.findSession(sessionId, [channel]);
    const session = requireOpen(found?.session, sessionId, nowMs);
    if (request.speakerConnectionId && request.speakerConnectionId !== session.speakerConnectionId) {
      throw movedToAnotherConnection();
    }
    const of = { sessionId, epoch: session.createdAt, channel };
    const { offset, isRepeated, stored } = await appendMessage({
      channel: of,
      head: found?.heads[channel] ?? NO_HEAD,
      headReadAt: nowMs,
      message: messageOf(request, nowMs),
      messageKeptUntil: nowMs + settings.historyMs + KEPT_LONGER_MS,
      headKeptUntil: session.expiresAt + HEAD_KEPT_LONGER_MS,
    });
    const frame = stored && frameOf(of, stored);
    const bytes = frame && frameBytes(frame);
    onStored({ sessionId, channel, epoch: of.epoch, offset, repeated: isRepeated, bytes });
    const retryUntil = (frame?.publishedAt ?? 0) + settings.messageMaxAgeMs;
    const receipt = { channel, epoch: of.epoch, offset, repeated: isRepeated };
    if (!frame || retryUntil <= clock.nowMs()) {
      return { sessionId, receipt: { ...receipt, ...addUp([]) }, bytes, deliveryMs: undefined };
    }
    const task = { task: 'deliverMessage', sessionId, message: frame, retryUntil } as const;
    const { lastDeliveredAt, ...counts } = await orUnavailable(deliverer.run(task));
    const deliveryMs = deliveryTime(frame.publishedAt, lastDeliveredAt, clock.nowMs());
    meter.published({ ...counts, deliveryMs });
    return { sessionId, receipt: { ...receipt, ...counts }, bytes, deliveryMs };
  };
}
export type Publish = ReturnType<typeof createPublish>;

/** @throws {ServiceError} SESSION_NOT_FOUND, NOT_STARTED */
function requireOpen(session: Session | undefined, sessionId: string, nowMs: number): Session {
  if (!isLive(session, nowMs)) throw sessionNotFound(sessionId);
  requireJoinsOpen(session, nowMs);
  return session;
}

const messageOf = ({ name, data, id }: PublishRequest, publishedAt: number): Omit<StoredMessage, 'offset'> => ({
  publishedAt,
  ...(id === undefined ? {} : { id }),
  ...(name === undefined ? {} : { name }),
  data,
});

/**
 * Waiting for a socket that takes nothing is no delivery, so the end of the task does not count where the last delivery
 * is known. Its time is from another machine's clock: it is neither before the message nor after the answer.
 */
const deliveryTime = (publishedAt: number, lastDeliveredAt: number | undefined, nowMs: number): number =>
  Math.max(0, Math.min(lastDeliveredAt ?? nowMs, nowMs) - publishedAt);

/** How many took it is then not known. */
async function orUnavailable(delivery: Promise<DeliveryOutcome>): Promise<DeliveryOutcome> {
  try {
    return await delivery;
  } catch (cause) {
    if (!(cause instanceof ServiceError)) throw cause;
    throw new ServiceError(
      'SERVICE_UNAVAILABLE',
      'The message is in the log, and may not have been sent to everybody: publish it again with the same id',
      { cause, retryAfterSeconds: 1 },
    );
  }
}

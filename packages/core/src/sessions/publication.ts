import { type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import { allChannels } from './channels.ts';
import { isLanguageCode, normaliseLanguageCode } from './languages.ts';
import type { ChannelOf, StoredMessage } from './message-log.ts';

/**
 * The largest message as it is sent, in bytes of UTF-8: a caption, or six seconds of speech in base64. API Gateway sends
 * frames of 32 KB, and counts 32 KB as one message.
 * @see "Quotas for configuring and running a WebSocket API in API Gateway", Amazon API Gateway Developer Guide
 */
export const MAX_MESSAGE_FRAME_BYTES = 32_768;
/** JSON.parse reads any depth, JSON.stringify gives up at some thousand levels, and clients' parsers much earlier. */
export const MAX_DATA_DEPTH = 100;

/**
 * Returns the channel that somebody means.
 * @param to a target language in any case, `all`, or `speaker`
 * @param field where it came from, for the refusal
 * @throws {ServiceError} INVALID_LANGUAGE, UNSUPPORTED_LANGUAGE, which name the field
 */
export function parseChannel(to: string, field = 'to'): string {
  const channel = normaliseLanguageCode(to);
  if (allChannels.includes(channel)) return channel;
  const isLanguage = isLanguageCode(channel);
  const problem = isLanguage
    ? `${channel} is not supported`
    : 'must be a target language such as es or pt-PT, or all, or speaker';
  throw new ServiceError(isLanguage ? 'UNSUPPORTED_LANGUAGE' : 'INVALID_LANGUAGE', `${field}: ${problem}`, {
    details: [{ field, problem, allowed: allChannels }],
  });
}

/** The message of a channel as its receivers get it. */
export const frameOf = (
  { channel, epoch }: Pick<ChannelOf, 'channel' | 'epoch'>,
  { offset, publishedAt, name, data }: StoredMessage,
): ServerMessageOf<'message'> => ({
  type: 'message',
  channel,
  epoch,
  offset,
  publishedAt,
  ...(name === undefined ? {} : { name }),
  data,
});

/** How many bytes the message has as it is sent. */
export const frameBytes = (frame: ServerMessageOf<'message'>): number => Buffer.byteLength(JSON.stringify(frame));

/** @throws {ServiceError} INVALID_PARAMETERS: there is no data, it is nested too deeply, or a number in it is too large */
export function requireData(data: unknown): void {
  const problem =
    data === undefined
      ? 'is missing; it may be any JSON value, null included'
      : isDeeperThan(MAX_DATA_DEPTH, data)
        ? `must not be nested more than ${MAX_DATA_DEPTH} levels deep; publish it as a text, or its address (URL)`
        : hasInfinity(data)
          ? 'must not hold a number beyond 1.79e308, which would be sent as null; publish it as a text'
          : undefined;
  if (problem === undefined) return;
  throw new ServiceError('INVALID_PARAMETERS', `data: ${problem}`, { details: [{ field: 'data', problem }] });
}

const isDeeperThan = (levels: number, value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner)));

/** Whether JSON.parse has read a number that a double does not hold, such as 1e400. */
const hasInfinity = (value: unknown): boolean =>
  typeof value === 'object' && value !== null
    ? Object.values(value).some(hasInfinity)
    : typeof value === 'number' && !Number.isFinite(value);

/** @throws {ServiceError} MESSAGE_TOO_LARGE */
export function requireFrameSize(bytes: number): void {
  if (bytes <= MAX_MESSAGE_FRAME_BYTES) return;
  throw new ServiceError(
    'MESSAGE_TOO_LARGE',
    `The message would have ${bytes} bytes as it is sent; ${MAX_MESSAGE_FRAME_BYTES} are allowed: publish the address (URL) of the data in its place`,
    { details: [{ field: 'data', problem: `at most ${MAX_MESSAGE_FRAME_BYTES} bytes, with what the service adds` }] },
  );
}

import { createHash } from 'node:crypto';
import type { Telemetry } from '@sessions/core/lambda';
import type { Published } from '@sessions/core/sessions';

/**
 * Writes the one log line of a message: who published how much to which channel, and what became of it. Never what it
 * says, nor its name or ID, which are the application's.
 * @param principal the ARN of the caller, `speaker:` with a hash, or `invocation`
 */
export function logPublished({ logger }: Telemetry, principal: string, published: Published): void {
  const { sessionId, bytes, deliveryMs, receipt } = published;
  logger.info('Published', { sessionId, ...receipt, bytes, deliveryMs, principal });
}

/** What stands for a speaker in the log. Whoever knows the user can find the lines; the lines do not name the user. */
export const speakerPrincipal = (userId: string): string =>
  `speaker:${createHash('sha256').update(`speaker ${userId}`).digest('hex').slice(0, 16)}`;

import { createHash } from 'node:crypto';
import type { Telemetry } from '@sessions/core/lambda';
import type { Published, Stored } from '@sessions/core/sessions';

/**
 * Publishes a message, and writes its one log line: who published how much to which channel, and what became of it. Never what it
 * says, nor its name or ID, which are the application's.
 * @param principal the ARN of the caller, `speaker:` with a hash, or `invocation`
 */
export async function logPublished(
  { logger }: Telemetry,
  principal: string,
  publish: (onStored: (stored: Stored) => void) => Promise<Published>,
): Promise<Published> {
  let stored: Stored | undefined;
  try {
    const published = await publish((message) => {
      stored = message;
    });
    const { sessionId, bytes, deliveryMs, receipt } = published;
    logger.info('Published', { sessionId, ...receipt, bytes, deliveryMs, principal });
    return published;
  } catch (error) {
    // It is in the log, and listeners recover it: who published it must not be unknown because the delivery failed.
    if (stored) logger.info('Published', { ...stored, principal, sent: 'unknown' });
    throw error;
  }
}

/** What stands for a speaker in the log. Whoever knows the user can find the lines; the lines do not name the user. */
export const speakerPrincipal = (userId: string): string =>
  `speaker:${createHash('sha256').update(`speaker ${userId}`).digest('hex').slice(0, 16)}`;

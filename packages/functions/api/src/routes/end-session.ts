import { type HttpRoute, pathParameter, type Telemetry } from '@sessions/core/lambda';
import type { EndSessionOfOwner } from '@sessions/core/sessions';
import { identityOfToken } from '../token-identity.ts';

/** `DELETE /sessions/{sessionId}`: ends a session of the token's user. */
export const endSessionRoute =
  (endSession: EndSessionOfOwner, { logger }: Pick<Telemetry, 'logger'>): HttpRoute =>
  async (event) => {
    const sessionId = await endSession({
      identity: identityOfToken(event),
      sessionId: pathParameter(event, 'sessionId'),
    });
    logger.info('Session ended', { sessionId });
    return { statusCode: 204, headers: { 'cache-control': 'no-store' } };
  };

import { type HttpRoute, pathParameter } from '@sessions/core/lambda';
import type { EndSessionOfOwner } from '@sessions/core/sessions';
import { identityOfToken } from '../token-identity.ts';

/** `DELETE /sessions/{sessionId}`: ends a session of the token's user. */
export const endSessionRoute =
  (endSession: EndSessionOfOwner): HttpRoute =>
  async (event) => {
    await endSession({ identity: identityOfToken(event), sessionId: pathParameter(event, 'sessionId') });
    return { statusCode: 204, headers: { 'cache-control': 'no-store' } };
  };

import { type HttpRoute, jsonResult, parseQuery, pathParameter } from '@sessions/core/lambda';
import { exportQuery } from '@sessions/core/protocol';
import type { ExportMessages } from '@sessions/core/sessions';
import { identityOfToken } from '../token-identity.ts';

/** `GET /sessions/{sessionId}/messages`: what was published to one channel, for the session's owner, while it is held. */
export const exportMessagesRoute =
  (exportMessages: ExportMessages): HttpRoute =>
  async (event) => {
    const identity = identityOfToken(event);
    const { channel, since } = parseQuery(exportQuery, event);
    return jsonResult(
      200,
      await exportMessages({ identity, sessionId: pathParameter(event, 'sessionId'), channel, since }),
    );
  };

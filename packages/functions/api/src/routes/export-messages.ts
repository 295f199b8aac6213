import { type HttpRoute, jsonResult, parseQuery, pathParameter, type Telemetry } from '@sessions/core/lambda';
import { exportQuery } from '@sessions/core/protocol';
import type { ExportMessages } from '@sessions/core/sessions';
import { identityOfToken } from '../token-identity.ts';

/** `GET /sessions/{sessionId}/messages`: what was published to one channel, for the session's owner, while it is held. */
export const exportMessagesRoute =
  (exportMessages: ExportMessages, { logger }: Pick<Telemetry, 'logger'>): HttpRoute =>
  async (event) => {
    const identity = identityOfToken(event);
    const { channel, since } = parseQuery(exportQuery, event);
    const page = await exportMessages({ identity, sessionId: pathParameter(event, 'sessionId'), channel, since });
    // Who has read what is worth a line; what it says is not.
    const { sessionId, messages } = page;
    logger.info('Messages exported', { sessionId, channel: page.channel, messages: messages.length });
    return jsonResult(200, page);
  };

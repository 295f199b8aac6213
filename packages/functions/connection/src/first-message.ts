import type { WebSocketEvent } from '@sessions/core/lambda';
import { type Action, TOKEN_QUERY_PARAMETER } from '@sessions/core/protocol';

/** The messages that a URL can carry: those that open a connection's life, and whose fields are all texts. */
export const FIRST_ACTIONS: readonly Action[] = ['createSession', 'joinSession'];

/**
 * The first message of a client that has only a URL: `?action=joinSession&sessionId=…&targetLanguage=es`. There is no
 * socket to reply on during the handshake, so the function sends itself the event that API Gateway would have sent
 * for such a message, and posts the reply.
 * @returns undefined if the URL carries no message
 */
export function firstMessageEvent({
  queryStringParameters,
  requestContext,
}: WebSocketEvent): WebSocketEvent | undefined {
  const { [TOKEN_QUERY_PARAMETER]: _token, ...message } = queryStringParameters ?? {};
  const { action } = message;
  if (action === undefined) return undefined;
  const routeKey = (FIRST_ACTIONS as readonly string[]).includes(action) ? action : '$default';
  return {
    requestContext: { ...requestContext, eventType: 'MESSAGE', routeKey },
    body: JSON.stringify(message),
    replyBy: 'post',
  };
}

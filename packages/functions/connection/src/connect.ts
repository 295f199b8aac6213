import { addressHash, header, identityOf, type Route, type WebSocketEvent } from '@sessions/core/lambda';
import { offeredSubprotocols, SUBPROTOCOL } from '@sessions/core/protocol';
import type { AdmitConnection } from '@sessions/core/sessions';
import { firstMessageEvent } from './first-message.ts';

export interface ConnectDeps {
  readonly hmacKey: string;
  readonly admitConnection: AdmitConnection;
  /** Hands an event to an asynchronous invocation of this very function. */
  readonly invokeSelf: (event: WebSocketEvent) => Promise<void>;
}

/**
 * `$connect`: admits the connection. Nothing is stored: a connection without a role needs no item, and creating or
 * joining a session is a message, so that a refusal is an `error` which the client can read.
 */
export const createConnectRoute =
  ({ hmacKey, admitConnection, invokeSelf }: ConnectDeps): Route =>
  async (event) => {
    await admitConnection({
      addressHash: addressHash(event.requestContext.identity.sourceIp, hmacKey),
      isSpeaker: identityOf(event).kind === 'speaker',
    });
    const firstMessage = firstMessageEvent(event);
    if (firstMessage) await invokeSelf(firstMessage);
    return { statusCode: 200, ...subprotocolHeader(event) };
  };

/** A browser fails a connection that does not choose one of the subprotocols it offered; API Gateway does not choose. */
function subprotocolHeader(event: WebSocketEvent): { headers?: Record<string, string> } {
  const offered = offeredSubprotocols(header(event, 'sec-websocket-protocol'));
  return offered.includes(SUBPROTOCOL) ? { headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } } : {};
}

import { addressHash, header, type Route, type WebSocketEvent } from '@sessions/core/lambda';
import { offeredSubprotocols, SUBPROTOCOL } from '@sessions/core/protocol';
import { firstMessageEvent } from './first-message.ts';

export interface ConnectDeps {
  readonly admitConnection: (addressHash: string) => Promise<void>;
  readonly invokeSelf: (event: WebSocketEvent) => Promise<void>;
}

/**
 * `$connect`: admits the connection. Nothing is stored: a connection without a role needs no item, and creating or
 * joining a session is a message, so that a refusal is an `error` which the client can read.
 */
export const createConnectRoute =
  ({ admitConnection, invokeSelf }: ConnectDeps): Route =>
  async (event) => {
    await admitConnection(addressHash(event.requestContext.identity.sourceIp));
    const firstMessage = firstMessageEvent(event);
    if (firstMessage) await invokeSelf(firstMessage);
    return { statusCode: 200, ...subprotocolHeader(event) };
  };

/** A browser fails a connection that does not choose one of the subprotocols it offered; API Gateway does not choose. */
function subprotocolHeader(event: WebSocketEvent): { headers?: Record<string, string> } {
  const offered = offeredSubprotocols(header(event, 'sec-websocket-protocol'));
  return offered.includes(SUBPROTOCOL) ? { headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } } : {};
}

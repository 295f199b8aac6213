import { header } from '@sessions/core/lambda';
import { offeredSubprotocols, TOKEN_QUERY_PARAMETER, TOKEN_SUBPROTOCOL_PREFIX } from '@sessions/core/protocol';

/** What of API Gateway's REQUEST authorizer event we read. */
export interface AuthorizerEvent {
  readonly methodArn: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: { readonly requestId: string; readonly connectionId: string };
}

/**
 * The token that a client sends along: as a subprotocol, or in the query string. An empty one is a token, too: whoever
 * names a token must be refused for a bad one, and not let in as a listener.
 * @returns undefined if there is none
 */
export function findToken(event: AuthorizerEvent): string | undefined {
  const subprotocol = offeredSubprotocols(header(event, 'sec-websocket-protocol')).find((name) =>
    name.startsWith(TOKEN_SUBPROTOCOL_PREFIX),
  );
  return subprotocol?.slice(TOKEN_SUBPROTOCOL_PREFIX.length) ?? event.queryStringParameters?.[TOKEN_QUERY_PARAMETER];
}

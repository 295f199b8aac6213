/** The WebSocket subprotocol that client and service agree on. */
export const SUBPROTOCOL = 'session.v1';

/**
 * A token travels as a second subprotocol, `bearer.<jwt>`: a browser can set no header on a WebSocket, and what is
 * in the URL ends up in logs. A JWT consists of characters that a subprotocol may have (RFC 6455 section 4.1).
 */
export const TOKEN_SUBPROTOCOL_PREFIX = 'bearer.';

/** For clients that can only choose a URL: `?token=<jwt>`. */
export const TOKEN_QUERY_PARAMETER = 'token';

/** The subprotocols that a `Sec-WebSocket-Protocol` header offers, in order. */
export const offeredSubprotocols = (header: string | undefined): string[] =>
  header === undefined
    ? []
    : header
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '');

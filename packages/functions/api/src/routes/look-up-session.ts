import { addressHash, type HttpRoute, jsonResult, parseQuery, pathParameter } from '@sessions/core/lambda';
import { lookUpQuery } from '@sessions/core/protocol';
import type { LookUpSession } from '@sessions/core/sessions';

/**
 * Two seconds in the browser, and nowhere between: a shared cache would answer for addresses whose guesses are to be
 * counted.
 */
const CACHED = { 'cache-control': 'private, max-age=2' };

/** `GET /sessions/{sessionId}`: how a session is, for everybody who knows its ID. */
export const lookUpSessionRoute =
  (lookUpSession: LookUpSession, hmacKey: string): HttpRoute =>
  async (event) => {
    const { k } = parseQuery(lookUpQuery, event);
    const session = await lookUpSession({
      sessionId: pathParameter(event, 'sessionId'),
      addressHash: addressHash(event.requestContext.http.sourceIp, hmacKey),
      joinKey: k,
    });
    return jsonResult(200, session, CACHED);
  };

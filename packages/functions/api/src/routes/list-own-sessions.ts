import { type HttpRoute, jsonResult } from '@sessions/core/lambda';
import type { ListOwnSessions } from '@sessions/core/sessions';
import { identityOfToken } from '../token-identity.ts';

/** `GET /sessions`: the sessions of the token's user that have not ended. */
export const listOwnSessionsRoute =
  (listOwnSessions: ListOwnSessions): HttpRoute =>
  async (event) =>
    jsonResult(200, await listOwnSessions({ identity: identityOfToken(event) }));

import middy from '@middy/core';
import {
  authorizerContext,
  connectionHash,
  describeError,
  type Telemetry,
  withInvocationScope,
} from '@sessions/core/lambda';
import { type AuthorizerEvent, findToken } from './find-token.ts';
import { BadTokenError, type VerifiedToken, type VerifyToken } from './verify-token.ts';

export interface AuthorizerDeps {
  readonly telemetry: Telemetry;
  readonly verifyToken: VerifyToken;
}

/** What API Gateway wants to hear: a policy, and a context of texts that every later event of the connection carries. */
export interface AuthorizerResult {
  readonly principalId: string;
  readonly policyDocument: {
    readonly Version: '2012-10-17';
    readonly Statement: readonly { Action: 'execute-api:Invoke'; Effect: 'Allow'; Resource: string }[];
  };
  readonly context: Readonly<Record<string, string>>;
}

/**
 * Lets speakers with a valid token and anonymous listeners in. Nothing is said here about what they may do: API
 * Gateway asks the authorizer at the handshake only, so every use case checks for itself.
 *
 * A bad token is answered with exactly `Unauthorized`, which API Gateway turns into 401. While the issuer's keys cannot
 * be fetched, nothing is known about a token: the connection is let in without a user, and whatever needs a speaker is
 * refused there with SERVICE_UNAVAILABLE, which a browser can read and take for what it is; a refused handshake looks to
 * it like a bad token.
 */
export function createHandler({ telemetry, verifyToken }: AuthorizerDeps) {
  const { logger } = telemetry;

  /** @returns undefined: the token cannot be checked now */
  async function verifyOrRefuse(token: string): Promise<VerifiedToken | undefined> {
    try {
      return await verifyToken(token);
    } catch (error) {
      if (error instanceof BadTokenError) {
        telemetry.error('UNAUTHORIZED');
        logger.info('Refused', { code: 'UNAUTHORIZED', reason: error.message });
        throw new Error('Unauthorized');
      }
      telemetry.error('SERVICE_UNAVAILABLE');
      logger.error('Tokens cannot be verified', { error: describeError(error) });
      return undefined;
    }
  }

  return middy<AuthorizerEvent, AuthorizerResult>()
    .use(
      withInvocationScope<AuthorizerEvent, AuthorizerResult>(
        telemetry,
        ({ requestContext: { requestId, connectionId } }) => ({
          requestId,
          connection: connectionHash(connectionId),
        }),
      ),
    )
    .handler(async (event) => {
      const token = findToken(event);
      if (token === undefined) return allow(event.methodArn, 'anonymous', {});
      const verified = await verifyOrRefuse(token);
      if (verified === undefined) {
        return allow(event.methodArn, 'unchecked', { [authorizerContext.tokenCheck]: 'unavailable' });
      }
      const { userId, expiresAtSeconds } = verified;
      return allow(event.methodArn, userId, {
        [authorizerContext.userId]: userId,
        [authorizerContext.tokenExpiresAt]: String(expiresAtSeconds),
      });
    });
}

const allow = (methodArn: string, principalId: string, context: Record<string, string>): AuthorizerResult => ({
  principalId,
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }],
  },
  context,
});

import { address, ConfigurationError, readConfig, text } from '@sessions/core/lambda';
import * as z from 'zod/mini';

const schema = z.object({
  /** A Cognito user pool, and the client whose tokens are accepted. */
  USER_POOL_ID: z.optional(text()),
  USER_POOL_CLIENT_ID: z.optional(text()),
  /** Or any other OpenID Connect issuer. */
  OIDC_ISSUER: z.optional(address()),
  OIDC_AUDIENCE: z.optional(text()),
  /** Where its keys are, if not at `{issuer}/.well-known/jwks.json`. */
  OIDC_JWKS_URI: z.optional(address()),
  /** The SDKs' own variable for another endpoint than AWS's; the user pool's keys are fetched there. */
  AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: z.optional(address()),
});

/** Who signs the tokens that are accepted. */
export type TokenSource =
  | {
      readonly kind: 'cognito';
      readonly userPoolId: string;
      readonly clientId: string;
      readonly endpoint: string | undefined;
    }
  | { readonly kind: 'oidc'; readonly issuer: string; readonly audience: string; readonly jwksUri: string | undefined };

/**
 * A user pool or another issuer: one of them, and all of it.
 * @throws {ConfigurationError} names the variables that are missing
 */
export function readTokenSource(env: NodeJS.ProcessEnv): TokenSource {
  const config = readConfig(schema, env);
  if (config.OIDC_ISSUER !== undefined) {
    if (config.OIDC_AUDIENCE === undefined)
      throw new ConfigurationError(['OIDC_AUDIENCE is missing: OIDC_ISSUER needs it']);
    return {
      kind: 'oidc',
      issuer: config.OIDC_ISSUER,
      audience: config.OIDC_AUDIENCE,
      jwksUri: config.OIDC_JWKS_URI,
    };
  }
  if (config.USER_POOL_ID === undefined || config.USER_POOL_CLIENT_ID === undefined) {
    throw new ConfigurationError([
      'USER_POOL_ID and USER_POOL_CLIENT_ID (or OIDC_ISSUER and OIDC_AUDIENCE) must be set',
    ]);
  }
  return {
    kind: 'cognito',
    userPoolId: config.USER_POOL_ID,
    clientId: config.USER_POOL_CLIENT_ID,
    endpoint: config.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER,
  };
}

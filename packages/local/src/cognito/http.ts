import type { TokenIssuer, TokenRequest } from './token-issuer.ts';

/** An answer in JSON. */
export interface JsonAnswer {
  readonly statusCode: number;
  readonly body: unknown;
}

/** The path where a token can be had, which Cognito does not have: signing in is not emulated. */
export const TOKEN_PATH = '/_local/tokens';

const wellKnown = /^\/([\w-]+_[0-9a-zA-Z]+)\/\.well-known\/(jwks\.json|openid-configuration)$/;

/** True for the paths that `answerCognito` answers. */
export const isCognitoPath = (path: string): boolean => path === TOKEN_PATH || wellKnown.test(path);

/**
 * Cognito's public documents, for whatever pool id is asked for, and tokens:
 * `POST /_local/tokens {username, userPoolId?, clientId?, expiresInSeconds?, tokenUse?}`.
 */
export async function answerCognito(
  tokens: TokenIssuer,
  { method, path, body }: { method: string; path: string; body: Buffer },
): Promise<JsonAnswer> {
  if (path === TOKEN_PATH) return method === 'POST' ? issue(tokens, body) : notAllowed;
  if (method !== 'GET' && method !== 'HEAD') return notAllowed;
  const [, userPoolId = '', document] = wellKnown.exec(path) ?? [];
  if (document === 'jwks.json') return { statusCode: 200, body: tokens.jwks };
  const issuer = tokens.issuer(userPoolId);
  return {
    statusCode: 200,
    body: {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'token'],
      scopes_supported: ['openid', 'email', 'phone', 'profile'],
      subject_types_supported: ['public'],
    },
  };
}

const notAllowed: JsonAnswer = { statusCode: 405, body: { message: 'Method Not Allowed' } };

async function issue(tokens: TokenIssuer, body: Buffer): Promise<JsonAnswer> {
  try {
    const token = await tokens.issueToken(parseRequest(body));
    return { statusCode: 200, body: { access_token: token, token_type: 'Bearer' } };
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error;
    return { statusCode: 400, body: { error: 'invalid_request', error_description: error.message } };
  }
}

function parseRequest(body: Buffer): TokenRequest {
  const json: unknown = JSON.parse(body.toString());
  if (typeof json !== 'object' || json === null) throw new TypeError('the body must be a JSON object');
  const fields = json as Record<string, unknown>;
  const unknown = Object.keys(fields).find((key) => !(key in fieldTypes));
  if (unknown !== undefined) throw new TypeError(`unknown field ${unknown}`);
  for (const [key, type] of Object.entries(fieldTypes)) {
    if (fields[key] !== undefined && typeof fields[key] !== type) throw new TypeError(`${key} must be a ${type}`);
  }
  if (!fields.username) throw new TypeError('username is missing');
  if (fields.tokenUse !== undefined && fields.tokenUse !== 'access' && fields.tokenUse !== 'id') {
    throw new TypeError('tokenUse must be access or id');
  }
  return fields as unknown as TokenRequest;
}

const fieldTypes = {
  username: 'string',
  userPoolId: 'string',
  clientId: 'string',
  expiresInSeconds: 'number',
  tokenUse: 'string',
} as const;

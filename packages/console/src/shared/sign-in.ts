import type { Settings } from './settings.ts';

/** Gives the token of a signed-in speaker: another one when it is to be refreshed, or the last is about to expire. */
export type GetToken = (request: { readonly refresh: boolean }) => Promise<string>;

export class SignInError extends Error {
  override readonly name = 'SignInError';
}

/** Signs in as a demo speaker: the local stack issues a token to anybody. @throws {SignInError} */
export async function signInLocally(username: string): Promise<GetToken> {
  const getToken = async (): Promise<string> => {
    const response = await fetch('_local/tokens', { method: 'POST', body: JSON.stringify({ username }) });
    const body = (await response.json()) as { access_token?: string; error_description?: string };
    if (body.access_token === undefined) throw new SignInError(body.error_description ?? 'No token was issued.');
    return body.access_token;
  };
  await getToken();
  return getToken;
}

/** Less than this before a token's end, another one is fetched: a handshake takes a moment. Milliseconds. */
const EXPIRY_MARGIN_MS = 60_000;

/**
 * Signs in with Amazon Cognito, by user name and password.
 * @see https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
 * @throws {SignInError} Cognito's own words
 */
export async function signInWithCognito(
  cognito: NonNullable<Settings['cognito']>,
  username: string,
  password: string,
): Promise<GetToken> {
  const authenticate = async (flow: string, parameters: Record<string, string>) => {
    const startedAtMs = Date.now();
    const { AuthenticationResult: result, ChallengeName: challenge } = await call(cognito, {
      AuthFlow: flow,
      ClientId: cognito.clientId,
      AuthParameters: parameters,
    });
    if (!result) {
      throw new SignInError(
        challenge === 'NEW_PASSWORD_REQUIRED'
          ? 'This account still has its first password: set one of your own before you sign in here.'
          : `Signing in takes a step that this page cannot do (${challenge}).`,
      );
    }
    return { ...result, expiresAtMs: startedAtMs + result.ExpiresIn * 1000 };
  };

  let signedIn = await authenticate('USER_PASSWORD_AUTH', { USERNAME: username, PASSWORD: password });
  const refreshToken = signedIn.RefreshToken;
  return async ({ refresh }) => {
    if ((refresh || Date.now() > signedIn.expiresAtMs - EXPIRY_MARGIN_MS) && refreshToken !== undefined) {
      signedIn = await authenticate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: refreshToken });
    }
    return signedIn.AccessToken;
  };
}

interface AuthAnswer {
  readonly ChallengeName?: string;
  readonly AuthenticationResult?: {
    readonly AccessToken: string;
    readonly RefreshToken?: string;
    /** seconds */
    readonly ExpiresIn: number;
  };
  readonly message?: string;
}

async function call({ region }: { region: string }, input: object): Promise<AuthAnswer> {
  const response = await fetch(`https://cognito-idp.${region}.amazonaws.com/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: JSON.stringify(input),
  });
  const answer = (await response.json()) as AuthAnswer;
  if (!response.ok) throw new SignInError(answer.message ?? `Cognito answered ${response.status}.`);
  return answer;
}

import { randomBytes, randomUUID } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  InvalidParameterException,
} from '@aws-sdk/client-cognito-identity-provider';
import { SmokeError } from './smoke-error.ts';

export interface UserPoolClient {
  /** `<region>_<letters>` */
  readonly userPoolId: string;
  /** Of an app client without a secret that lets users, or administrators for them, sign in with a password. */
  readonly clientId: string;
}

export interface TemporarySpeaker {
  readonly username: string;
  /** An access token. */
  readonly token: string;
}

/**
 * Makes a speaker for as long as the work takes, and deletes it again, whatever happens: so that no password has to be
 * kept anywhere. The AWS credentials of the environment need `cognito-idp:AdminCreateUser`, `AdminSetUserPassword`,
 * `AdminInitiateAuth` and `AdminDeleteUser` on the user pool.
 * @throws {SmokeError} what Cognito refused, and why
 */
export async function withTemporarySpeaker<T>(
  { userPoolId, clientId }: UserPoolClient,
  work: (speaker: TemporarySpeaker) => Promise<T>,
): Promise<T> {
  const [region = ''] = userPoolId.split('_');
  const cognito = new CognitoIdentityProviderClient({ region });
  const username = `smoke-${randomUUID()}`;
  const user = { UserPoolId: userPoolId, Username: username };
  // Every kind of character that a password policy can ask for.
  const password = `aA1!${randomBytes(24).toString('base64url')}`;

  await named('AdminCreateUser', cognito.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' })));
  try {
    const setPassword = new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true });
    await named('AdminSetUserPassword', cognito.send(setPassword));
    const token = await named('AdminInitiateAuth', signIn(cognito, { userPoolId, clientId, username, password }));
    return await work({ username, token });
  } finally {
    await named(`AdminDeleteUser of ${username}`, cognito.send(new AdminDeleteUserCommand(user)));
    cognito.destroy();
  }
}

interface Credentials extends UserPoolClient {
  readonly username: string;
  readonly password: string;
}

/** By whichever of the two flows the app client allows. @returns an access token */
async function signIn(
  cognito: CognitoIdentityProviderClient,
  { userPoolId: UserPoolId, clientId: ClientId, username: USERNAME, password: PASSWORD }: Credentials,
): Promise<string> {
  const AuthParameters = { USERNAME, PASSWORD };
  const asAdministrator = { UserPoolId, ClientId, AuthParameters, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' } as const;
  const asUser = { ClientId, AuthParameters, AuthFlow: 'USER_PASSWORD_AUTH' } as const;
  const answer = await cognito.send(new AdminInitiateAuthCommand(asAdministrator)).catch((error) => {
    // How Cognito says that the client does not allow this flow.
    if (error instanceof InvalidParameterException) return cognito.send(new InitiateAuthCommand(asUser));
    throw error;
  });
  const token = answer.AuthenticationResult?.AccessToken;
  if (token) return token;
  throw new SmokeError(`the user pool asks for ${answer.ChallengeName} as well: set SMOKE_TOKEN to a token of it`);
}

/** Cognito's refusals name the resource and the reason, and hold no secret. */
async function named<T>(operation: string, sent: Promise<T>): Promise<T> {
  try {
    return await sent;
  } catch (cause) {
    if (cause instanceof SmokeError) throw cause;
    const { name, message } = cause as Error;
    throw new SmokeError(`Cognito ${operation} failed: ${name}: ${message}`, { cause });
  }
}

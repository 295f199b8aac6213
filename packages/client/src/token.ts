import type { Clock } from './clock.ts';
import { TokenUnavailableError } from './errors.ts';

export interface TokenRequest {
  /** The token that was given last has expired or was refused: a cached one will not do. */
  readonly refresh: boolean;
  /** Aborted when nobody waits for the token any more. */
  readonly signal: AbortSignal;
}

/** Gives an access token of the speaker. Asked for each connection: the first, refreshes, reconnects. */
export type GetToken = (request: TokenRequest) => string | Promise<string>;

/** A person may have to sign in again; but a connection that is lost waits for it. */
const GET_TOKEN_TIMEOUT_MS = 30_000;

const unavailable = (message: string, underlying?: unknown) =>
  new TokenUnavailableError(message, {
    code: 'TOKEN_UNAVAILABLE',
    cause: 'The function getToken threw, gave no token, or did not answer in time.',
    remedy: 'Sign the speaker in, and let getToken return the access token.',
    retriesByItself: true,
    underlying,
  });

/** @throws {TokenUnavailableError} the reason of the signal */
export async function askForToken(getToken: GetToken, request: TokenRequest, clock: Clock): Promise<string> {
  const { signal } = request;
  signal.throwIfAborted();
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    const cancel = clock.setTimer(() => reject(unavailable('getToken did not answer in time')), GET_TOKEN_TIMEOUT_MS);
    stop = () => {
      signal.removeEventListener('abort', abort);
      cancel();
    };
  });
  const asked = Promise.resolve()
    .then(() => getToken(request))
    .catch((thrown) => {
      throw unavailable('getToken threw', thrown);
    });
  try {
    const token: unknown = await Promise.race([asked, stopped]);
    if (typeof token === 'string' && token !== '') return token;
    throw unavailable('getToken returned no token');
  } finally {
    stop();
    stopped.catch(() => {});
    asked.catch(() => {});
  }
}

/**
 * Whether a token's time is over, by this machine's clock. A token that cannot be read is the service's to judge.
 * @see RFC 7519 section 4.1.4
 */
export function isExpired(token: string, nowMs: number): boolean {
  const [, payload = ''] = token.split('.');
  try {
    const { exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: unknown };
    return typeof exp === 'number' && exp * 1000 <= nowMs;
  } catch {
    return false;
  }
}

import type { Clock } from './clock.ts';
import { TokenUnavailableError } from './errors.ts';

export interface TokenRequest {
  /** The token that was given last expires soon, has expired or was refused: a cached one will not do. */
  readonly refresh: boolean;
  /** Aborted when the token is not needed any more. */
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
 * Returns when a token expires, epoch milliseconds; undefined: it does not say. Reads it without verification, which is
 * the service's part.
 * @see RFC 7519 section 4.1.4
 */
export function expiryOf(token: string): number | undefined {
  const [, payload = ''] = token.split('.');
  try {
    const { exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a token has expired, by this machine's clock. A token that cannot be read is for the service to judge. */
export const isExpired = (token: string, nowMs: number): boolean =>
  (expiryOf(token) ?? Number.POSITIVE_INFINITY) <= nowMs;

/** How long before its token's expiry a connection is refreshed, at most; of a short-lived token a fifth of what is left. */
const MAX_MARGIN_MS = 300_000;

/** No renewal comes sooner than this: `getToken` may go on giving a token that is about to expire. */
const MIN_DELAY_MS = 5000;

/** @returns milliseconds until a fresh token is due; undefined: too late for that, the service's refusal will ask for one */
export function renewalDelayMs(remainingMs: number): number | undefined {
  const delayMs = remainingMs - Math.min(MAX_MARGIN_MS, remainingMs / 5);
  return delayMs < MIN_DELAY_MS ? undefined : delayMs;
}

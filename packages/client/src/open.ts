import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '@sessions/core/protocol';
import { connectionFailed, refusalError, type SessionsError, TokenExpiredError, TokenRefusedError } from './errors.ts';
import { LOCAL_TIME_SUBPROTOCOL, mayBeLocal } from './local-time.ts';
import type { ServiceClock } from './service-clock.ts';
import { askForToken, expiryOf, type GetToken, isExpired } from './token.ts';
import { CLOSE, HandshakeError, Transport, type TransportOptions } from './transport.ts';

export interface OpenOptions extends Omit<TransportOptions, 'protocols' | 'onLocalTime'> {
  /** By which tokens expire. It follows a local stack's, unless it was handed in. */
  readonly serviceClock: ServiceClock;
  readonly followsLocalTime: boolean;
}

/** @throws {SessionsError} CONNECTION_FAILED, RATE_LIMIT_EXCEEDED, SERVICE_UNAVAILABLE; the reason of the signal */
export const openAsListener = (options: OpenOptions): Promise<Transport> =>
  dial(options).catch((error) => {
    throw error instanceof HandshakeError ? unopened(error) : error;
  });

/** A connection that was opened with a token. */
export interface SpeakerTransport {
  readonly transport: Transport;
  /** Epoch milliseconds; undefined: the token does not say. */
  readonly tokenExpiresAtMs: number | undefined;
}

/**
 * Opens a connection with a token. All that a browser sees of a refused token is what it sees of a lost network: close
 * 1006. So the token's own expiry is looked at; then whether the service lets in a connection without a token, which it
 * does unless it cannot be reached; then `getToken` is asked once more, and only then the token is to blame.
 * @param fresh a cached token will not do
 * @throws {SessionsError} TOKEN_EXPIRED, TOKEN_REFUSED, TOKEN_UNAVAILABLE, and as of `openAsListener`
 */
export async function openAsSpeaker(
  getToken: GetToken,
  fresh: boolean,
  options: OpenOptions,
): Promise<SpeakerTransport> {
  const { clock, serviceClock, signal } = options;
  const ask = (refresh: boolean) => askForToken(getToken, { refresh, signal }, clock);
  const hasExpired = () => isExpired(token, serviceClock.nowMs());

  let token = await ask(fresh);
  let isSecond = fresh;
  if (!fresh && hasExpired()) {
    token = await ask(true);
    isSecond = true;
  }
  for (;;) {
    // Also one that has expired by this clock, which may be wrong: the service's counts.
    const refusal = await dial(options, token).catch((error) => {
      if (error instanceof HandshakeError) return error;
      throw error;
    });
    if (refusal instanceof Transport) return { transport: refusal, tokenExpiresAtMs: expiryOf(token) };
    if (!(await isAboutToken(refusal, options))) throw unopened(refusal);
    if (isSecond) throw hasExpired() ? tokenExpired() : tokenRefused(refusal.status !== undefined);
    token = await ask(true);
    isSecond = true;
  }
}

/** What a refused handshake means to who does not see more than its status, or not even that. */
function unopened({ message, status }: HandshakeError): SessionsError {
  if (status === 429) return refusalError({ code: 'RATE_LIMIT_EXCEEDED', message });
  if (status === 503) return refusalError({ code: 'SERVICE_UNAVAILABLE', message });
  return connectionFailed(message);
}

function dial({ serviceClock, followsLocalTime, ...options }: OpenOptions, token?: string): Promise<Transport> {
  const protocols = token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + token];
  if (!followsLocalTime || !mayBeLocal(options.url)) return Transport.open({ ...options, protocols });
  return Transport.open({
    ...options,
    protocols: [...protocols, LOCAL_TIME_SUBPROTOCOL],
    onLocalTime: (time) => serviceClock.follow(time),
  });
}

async function isAboutToken({ status }: HandshakeError, options: OpenOptions): Promise<boolean> {
  if (status !== undefined) return status === 401 || status === 403;
  try {
    const probe = await dial(options);
    void probe.close(CLOSE.goodbye);
    return true;
  } catch (error) {
    if (error instanceof HandshakeError) return false;
    throw error;
  }
}

const tokenExpired = () =>
  new TokenExpiredError('The token has expired, and getToken gave no other', {
    code: 'TOKEN_EXPIRED',
    cause: 'The token has expired.',
    remedy: 'Renew the token, or sign the speaker in again; getToken is told `refresh: true` when that is due.',
    retriesByItself: false,
  });

/** @param isCertain the service said so itself */
const tokenRefused = (isCertain: boolean) =>
  new TokenRefusedError(
    'The service refused the token',
    {
      code: 'TOKEN_REFUSED',
      cause: 'The token is not one that this service accepts.',
      remedy: 'Let getToken return an access token (not an ID token) of the user pool and client of this service.',
      retriesByItself: false,
    },
    isCertain,
  );

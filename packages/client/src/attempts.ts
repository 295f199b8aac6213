import { backoffDelayMs } from './backoff.ts';
import { connectionFailed, hasCode, SessionsError } from './errors.ts';
import type { Timing } from './timing.ts';
import { CLOSE, type Transport } from './transport.ts';

export interface AttemptsOptions {
  /** @param needsFreshToken a token that `getToken` has cached will not do */
  readonly open: (needsFreshToken: boolean) => Promise<Transport>;
  /** Whether a refused request may be repeated on the connection that it was refused on. */
  readonly repeatsOnOpenConnection: boolean;
}

/** How often an answer that does not come is asked for again on the same connection. */
const MAX_UNANSWERED = 1;

/**
 * Attempts to get a place: on a new connection, or once more on the one that the last attempt opened. Thousands of
 * listeners that are asked to wait do so on open connections, since handshakes are what a crowd runs out of first.
 */
export class Attempts {
  readonly #options: AttemptsOptions;
  #transport: Transport | undefined;
  #unanswered = 0;
  #needsFreshToken = false;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  /** The connection that has no place yet, as far as is known. */
  get transport(): Transport | undefined {
    return this.#transport;
  }

  /** Lets the next connection be opened with a token that is not a cached one. */
  requireFreshToken(): void {
    this.#needsFreshToken = true;
  }

  /**
   * Asks for a place. A token that has expired is replaced once, at once.
   * @throws {SessionsError} the connection is kept as it is until `failed` is called
   */
  async claim<Place>(
    request: (transport: Transport) => Promise<Place>,
  ): Promise<{ transport: Transport; place: Place }> {
    let transport = await this.#connection();
    try {
      return { transport, place: await request(transport) };
    } catch (error) {
      if (!hasCode(error, 'TOKEN_EXPIRED')) throw error;
      this.drop(CLOSE.abandoned);
      this.requireFreshToken();
      transport = await this.#connection();
      return { transport, place: await request(transport) };
    }
  }

  /** The place has been given: the connection is not an attempt's any more. */
  succeeded(): void {
    this.#transport = undefined;
    this.#needsFreshToken = false;
  }

  /** Keeps the connection for the next attempt, if that may go on there, or closes it. */
  failed(error: Error, closeCode: number): void {
    const isAnswered = error instanceof SessionsError && error.retriesByItself && error.code !== 'CONNECTION_FAILED';
    const isUsable = this.#transport?.isClosed === false && this.#options.repeatsOnOpenConnection;
    if (isUsable && (isAnswered || this.#unanswered++ < MAX_UNANSWERED)) return;
    this.drop(closeCode);
  }

  drop(closeCode: number): void {
    void this.#transport?.close(closeCode);
    this.#transport = undefined;
  }

  async #connection(): Promise<Transport> {
    if (this.#transport?.isClosed === false) return this.#transport;
    this.#unanswered = 0;
    this.#transport = await this.#options.open(this.#needsFreshToken);
    return this.#transport;
  }
}

/** How long to wait after an error: as long as the service asks for, and then a while that spreads a crowd. */
export function retryDelayMs(
  error: SessionsError,
  attempt: number,
  options: Timing['reconnect'],
  random: () => number,
): number {
  return (error.retryAfterSeconds ?? 0) * 1000 + backoffDelayMs(attempt, { ...options, random });
}

/** Whether the service is there and asks to wait, so that giving up would be this side's fault. */
export const asksToWait = (error: SessionsError): boolean =>
  hasCode(error, 'RATE_LIMIT_EXCEEDED', 'SERVICE_UNAVAILABLE');

/** The error of a first connection that was tried for long enough. */
export const gaveUp = (error: SessionsError): SessionsError =>
  error.retryAfterSeconds !== undefined
    ? error
    : connectionFailed(`No connection could be made in time: ${error.message}`, error, false);

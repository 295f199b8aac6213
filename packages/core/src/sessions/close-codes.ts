/** How a connection ended: `goodbye` when its client closed it on purpose, `lost` in every case of doubt. */
export type Departure = 'goodbye' | 'lost';

/**
 * The reason that API Gateway gives, with the code 1000, when the service itself closed the socket.
 * @see facts on `$disconnect`, section 2.4
 */
const CLOSED_BY_SERVICE = 'Connection Closed Normally';

/**
 * What each close code says of a speaker who is gone. Only a goodbye ends the session; everything else starts the grace
 * period, which costs a speaker who did mean it half a minute, and never ends a broadcast by mistake. A client that wants
 * to be sure sends `endSession`. That the service has closed a connection itself, no code says: its own records do (it
 * removes the connection before it closes the socket).
 * @see RFC 6455 section 7.4.1; what API Gateway reports: facts on `$disconnect`, section 2.4
 */
const MEANINGS: Readonly<Record<number, Departure>> = {
  /** The client closed the connection with this code. */
  1000: 'goodbye',
  /** A page reload or a closed tab; at API Gateway also the idle timeout and the two-hour limit. */
  1001: 'lost',
  /** A close frame without a code: a plain `close()`, and on some platforms the service's own closing. */
  1005: 'lost',
  /** No close frame: the network, or the process. */
  1006: 'lost',
};

export const departureOf = (closeCode: number, closeReason: string): Departure =>
  closeReason === CLOSED_BY_SERVICE ? 'lost' : (MEANINGS[closeCode] ?? 'lost');

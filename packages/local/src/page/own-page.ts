import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../addresses.ts';

/**
 * Whether a request comes from a page of this server, or from no page at all. Any page in a browser of this machine can
 * send requests here; it cannot forge where it comes from (`Origin`), nor, with a name of its own that points here
 * (DNS rebinding), what it has called this server (`Host`).
 */
export function isOwnPage({ headers: { host = '', origin } }: IncomingMessage): boolean {
  const { hostname } = URL.parse(`http://${host}`) ?? { hostname: '' };
  const isOurs = hostname === 'localhost' || isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));
  return isOurs && (origin === undefined || origin === `http://${host}`);
}

import type { IncomingMessage } from 'node:http';

const OWN_HOSTS = new Set(['127.0.0.1', 'localhost']);

/**
 * Whether a request comes from a page of this server, or from no page at all. Any page in a browser of this machine can
 * send requests here; it cannot forge where it comes from (`Origin`), nor, with a name of its own that points here
 * (DNS rebinding), what it has called this server (`Host`).
 */
export function isOwnPage({ headers: { host = '', origin } }: IncomingMessage): boolean {
  const { hostname } = URL.parse(`http://${host}`) ?? { hostname: '' };
  return OWN_HOSTS.has(hostname) && (origin === undefined || origin === `http://${host}`);
}

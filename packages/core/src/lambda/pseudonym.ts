import { createHash, createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** 64 bits: no two of the connections or addresses of a year meet by chance. */
const HEX_DIGITS = 16;

/** What stands for a connection in logs. Whoever holds the ID can find its lines; the lines do not give the ID away. */
export const connectionHash = (connectionId: string): string =>
  createHash('sha256').update(`connection ${connectionId}`).digest('hex').slice(0, HEX_DIGITS);

/**
 * Returns what stands for an address in the rate limits. An IPv6 address counts as its /64 network, since one household
 * or phone has all of that. Keyed: the four billion IPv4 addresses could all be tried on a plain hash.
 */
export const addressHash = (ip: string, hmacKey: string): string =>
  createHmac('sha256', hmacKey)
    .update(`address ${isIPv6(ip) ? network64(ip) : ip}`)
    .digest('hex')
    .slice(0, HEX_DIGITS);

/** The first four groups of an IPv6 address, written out: `2001:db8::1` gives `2001:db8:0:0`. */
function network64(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = '', tail] = ip.split('%', 1)[0]?.toLowerCase().split('::') ?? [];
  const start = head === '' ? [] : head.split(':');
  const end = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - start.length - end.length;
  const groups = [...start, ...Array<string>(Math.max(0, missing)).fill('0'), ...end];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

export const LOOPBACK = '127.0.0.1';
const ANY = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0']);

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether an address, without brackets, is one that only this machine reaches; false for a name. */
export const isLoopback = (address: string): boolean =>
  isIP(address) !== 0 && loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

/** Where a stack listens, and by which name others call it. */
export interface Host {
  /** To listen on. */
  readonly address: string;
  /** On every address of this machine, that of loopback included. */
  readonly isAny: boolean;
  /** Whether other machines reach it. */
  readonly isExposed: boolean;
  /** How it stands in a URL: an address that other machines reach, if there is one. */
  readonly urlHost: string;
}

/**
 * Finds out what a `--host` means.
 * @param host an address, or a name of one
 * @returns undefined: no such name
 */
export async function resolveHost(host: string): Promise<Host | undefined> {
  // In a URL they are in brackets.
  const name = host.replace(/^\[(.*)\]$/, '$1');
  if (ANY.has(name)) {
    return { address: name, isAny: true, isExposed: true, urlHost: inUrl(lanAddresses()[0] ?? LOOPBACK) };
  }
  const found = await lookup(name).catch(() => undefined);
  if (!found) return undefined;
  const { address } = found;
  // Such as of `0`.
  if (ANY.has(address)) return resolveHost(address);
  const isInside = isLoopback(address);
  return { address, isAny: false, isExposed: !isInside, urlHost: inUrl(isInside ? address : name) };
}

const inUrl = (name: string): string => (isIPv6(name) ? `[${name}]` : name);

/** Addresses of this machine that others may reach: IPv4 before IPv6, private networks first, as at home or in a hall. */
export function lanAddresses(interfaces = networkInterfaces()): string[] {
  const rank = (address: string): number => (isIPv6(address) ? 2 : PRIVATE.test(address) ? 0 : 1);
  return Object.entries(interfaces)
    .filter(([name]) => !VIRTUAL.test(name))
    .flatMap(([, addresses = []]) => addresses)
    .filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address))
    .map(({ address }) => address)
    .sort((one, other) => rank(one) - rank(other));
}

const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/;
/** These need the name of an interface beside them. */
const LINK_LOCAL = /^(169\.254\.|fe[89ab])/i;
/** Of containers and virtual machines: a phone does not reach them. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|utun|tun|tap)/;

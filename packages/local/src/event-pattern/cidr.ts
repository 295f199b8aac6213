import { BlockList, isIP } from 'node:net';
import { EventPatternError, type ValueTest } from './pattern.ts';

/** Parses `10.0.0.0/24`, or an IPv6 block. @throws {EventPatternError} */
export function parseCidr(operand: unknown, path: string): ValueTest {
  const [address = '', prefix = '', ...more] = typeof operand === 'string' ? operand.split('/') : [];
  const version = isIP(address);
  const bits = Number(prefix);
  if (version === 0 || more.length > 0 || !/^\d{1,3}$/.test(prefix) || bits > (version === 4 ? 32 : 128)) {
    throw new EventPatternError(
      `${path}: cidr ${JSON.stringify(operand)} is no block, e.g. 10.0.0.0/24 or 2001:db8::/32`,
    );
  }
  const block = new BlockList();
  block.addSubnet(address, bits, `ipv${version as 4 | 6}`);
  return (value) =>
    typeof value === 'string' && isIP(value) === version && block.check(value, `ipv${version as 4 | 6}`);
}

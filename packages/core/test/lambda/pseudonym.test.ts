import { expect } from 'chai';
import { connectionHash, addressHash as keyedHash } from '../../src/lambda/index.ts';

const KEY = 'a-key-for-tests-of-32-characters';
const addressHash = (ip: string) => keyedHash(ip, KEY);

describe('addressHash', () => {
  it('is 16 hexadecimal digits that stay the same', () => {
    expect(addressHash('198.51.100.7')).to.match(/^[0-9a-f]{16}$/);
    expect(addressHash('198.51.100.7')).to.equal(addressHash('198.51.100.7'));
  });

  it('is another one with another key: nobody can try all addresses without it', () => {
    expect(keyedHash('198.51.100.7', 'another-key-of-32-characters-too')).to.not.equal(addressHash('198.51.100.7'));
  });

  it('parts IPv4 addresses', () => {
    expect(addressHash('198.51.100.7')).to.not.equal(addressHash('198.51.100.8'));
  });

  it('takes the addresses of one IPv6 /64 for one, however they are written', () => {
    const network = addressHash('2001:db8:1:2::1');
    for (const same of [
      '2001:db8:1:2:3:4:5:6',
      '2001:0db8:0001:0002:ffff:ffff:ffff:ffff',
      '2001:DB8:1:2::',
      '2001:db8:1:2::%eth0',
      '2001:db8:1:2::198.51.100.7',
    ]) {
      expect(addressHash(same), same).to.equal(network);
    }
    for (const other of ['2001:db8:1:3::1', '2001:db8::1:2:0:1', '::1', '2001:db8:1::']) {
      expect(addressHash(other), other).to.not.equal(network);
    }
  });

  it('takes an IPv4 address that is mapped into IPv6 for what it is', () => {
    expect(addressHash('::ffff:198.51.100.7')).to.equal(addressHash('198.51.100.7'));
    expect(addressHash('::FFFF:198.51.100.8')).to.not.equal(addressHash('198.51.100.7'));
  });
});

describe('connectionHash', () => {
  it('does not show the ID, and is no address hash of the same text', () => {
    expect(connectionHash('TXzPWdnOjoECGjA=')).to.match(/^[0-9a-f]{16}$/);
    expect(connectionHash('198.51.100.7')).to.not.equal(addressHash('198.51.100.7'));
  });
});

import { expect } from 'chai';
import { parseAuthorization } from '../../src/aws/authorization.ts';

const signature = 'a'.repeat(64);
const credential = 'ASIAIOSFODNN7EXAMPLE/20261123/us-east-1/dynamodb/aws4_request';

describe('An Authorization header', () => {
  it('names the key, its scope, and what was signed', () => {
    const header = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=${signature}`;

    expect(parseAuthorization(header)).to.deep.equal({
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      date: '20261123',
      region: 'us-east-1',
      service: 'dynamodb',
      signedHeaders: ['host', 'x-amz-date'],
      signature,
    });
  });

  const refused = [
    undefined,
    '',
    'Bearer x',
    `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=abc`,
    `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host`,
    `AWS4-HMAC-SHA256 Credential=ASIA/20261123/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=${signature}`,
    `AWS4-HMAC-SHA256 Credential=${credential.replace('aws4_request', 'aws5')}, SignedHeaders=host, Signature=${signature}`,
    `AWS4-HMAC-SHA1 Credential=${credential}, SignedHeaders=host, Signature=${signature}`,
  ];
  for (const header of refused) {
    it(`is not understood when it is ${header === undefined ? 'absent' : JSON.stringify(header.slice(0, 90))}`, () => {
      expect(parseAuthorization(header)).to.equal(undefined);
    });
  }
});

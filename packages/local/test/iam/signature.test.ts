import { DeleteConnectionCommand, GoneException } from '@aws-sdk/client-apigatewaymanagementapi';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect } from 'chai';
import { parseAuthorization } from '../../src/aws/authorization.ts';
import { signatureProblem } from '../../src/aws/signature.ts';
import type { LocalStack } from '../../src/index.ts';
import { startShop, stopAll } from '../local-stack/set-up.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';
import { clients, clientsOfFunction, refusalOf } from './set-up.ts';

const getOrder = new GetItemCommand({ TableName: 'shop-orders', Key: { orderId: { S: 'o1' } } });
const invoke = new InvokeCommand({ FunctionName: 'shop-buy', Payload: '{"ping":1}' });
const disconnect = new DeleteConnectionCommand({ ConnectionId: 'AAAAAAAAAAAAAAA=' });

const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

/** How each of the three services refuses these credentials. */
async function refusals(stack: LocalStack, ...[credentials, region]: [Parameters<typeof clients>[1], string?]) {
  const { dynamoDb, lambda, management } = clients(stack, credentials, region);
  return [
    await refusalOf(dynamoDb.send(getOrder)),
    await refusalOf(lambda.send(invoke)),
    await refusalOf(management.send(disconnect)),
  ];
}

describe('Signatures', () => {
  let stack: LocalStack;
  before(async () => {
    stack = await startShop();
  });
  after(stopAll);
  after(removeTemporaryFolders);

  it('of the SDK are right, of a function as of the operator', async () => {
    for (const { dynamoDb } of [await clientsOfFunction(stack), clients(stack, stack.credentials)]) {
      await dynamoDb.send(getOrder);
    }
    const { lambda, management } = clients(stack, stack.credentials);
    await lambda.send(invoke);
    // Its path holds an escaped equals sign.
    expect((await refusalOf(management.send(disconnect))).name).to.equal(GoneException.name);
  });

  it('with another secret are refused as AWS refuses them', async () => {
    const credentials = { ...stack.credentials, secretAccessKey: 'guessed' };

    expect(await refusals(stack, credentials)).to.deep.equal([
      { name: 'InvalidSignatureException', message: mismatch, status: 400 },
      { name: 'InvalidSignatureException', message: mismatch, status: 403 },
      { name: 'InvalidSignatureException', message: mismatch, status: 403 },
    ]);
  });

  it('for another region are refused', async () => {
    const [dynamoDb] = await refusals(stack, stack.credentials, 'us-east-1');

    expect(dynamoDb).to.deep.equal({
      name: 'InvalidSignatureException',
      message: 'Credential should be scoped to a valid region. ',
      status: 400,
    });
  });

  it('of a function need its session token', async () => {
    const { credentials } = await clientsOfFunction(stack);
    const { accessKeyId, secretAccessKey } = credentials;
    const message = 'The security token included in the request is invalid.';

    for (const keys of [
      { accessKeyId, secretAccessKey },
      { ...credentials, sessionToken: 'other' },
    ]) {
      expect(await refusals(stack, keys)).to.deep.equal([
        { name: 'UnrecognizedClientException', message, status: 400 },
        { name: 'UnrecognizedClientException', message, status: 403 },
        { name: 'UnrecognizedClientException', message, status: 403 },
      ]);
    }
  });
});

// get-vanilla, get-vanilla-query-order-key-case and get-relative-relative of the test suite that AWS published.
describe('The published examples of Signature Version 4', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
  const example = (signedHeaders: string, signature: string) => {
    const credential = 'AKIDEXAMPLE0000000/20150830/us-east-1/service/aws4_request';
    const header = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    const authorization = parseAuthorization(header);
    if (authorization === undefined) throw new Error('not parsed');
    return authorization;
  };
  const headers = { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' };
  const scope = { region: 'us-east-1', service: 'service' };
  const body = Buffer.alloc(0);
  const vanilla = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31';
  const ordered = 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500';

  it('are right', () => {
    const check = (url: string, signature: string) =>
      signatureProblem({ method: 'GET', url, headers, body }, example('host;x-amz-date', signature), secret, scope);

    expect(check('/', vanilla)).to.equal(undefined);
    expect(check('/?Param2=value2&Param1=value1', ordered)).to.equal(undefined);
    expect(check('/./example/../', vanilla)).to.equal(undefined);
  });

  const request = { method: 'GET', url: '/', headers, body };
  const tampered: [string, Partial<typeof request>][] = [
    ['method', { method: 'POST' }],
    ['path', { url: '/other' }],
    ['query', { url: '/?a=b' }],
    ['signed header', { headers: { ...headers, host: 'other.amazonaws.com' } }],
    ['body', { body: Buffer.from('x') }],
  ];
  for (const [part, changes] of tampered) {
    it(`are wrong with another ${part}`, () => {
      const authorization = example('host;x-amz-date', vanilla);
      expect(signatureProblem({ ...request, ...changes }, authorization, secret, scope)).to.equal(mismatch);
    });
  }

  it('are wrong for another service, another day, without a date, or with headers that are not signed', () => {
    const authorization = example('host;x-amz-date', vanilla);
    const check = (changes: object, expected = scope) =>
      signatureProblem({ ...request, ...changes }, authorization, secret, expected);

    expect(check({}, { ...scope, service: 'dynamodb' })).to.equal(
      "Credential should be scoped to correct service: 'dynamodb'. ",
    );
    expect(check({ headers: { ...headers, 'x-amz-date': '20150831T000000Z' } })).to.equal(
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150830' != '20150831', from '20150831T000000Z'.",
    );
    expect(check({ headers: { host: headers.host } })).to.equal(
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
    );
    expect(check({ headers: { ...headers, 'x-amz-target': 'DynamoDB_20120810.Scan' } })).to.equal(
      "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
    );
  });
});

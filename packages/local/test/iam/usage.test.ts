import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { compare } from '../../../../scripts/iam-report.ts';
import { createUsageRecorder } from '../../src/iam/usage.ts';
import { fingerprintOf, readStack, type UsageRecord } from '../../src/index.ts';
import { startShop, stopAll, writeShop } from '../local-stack/set-up.ts';
import { removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';
import { clientsOfFunction, refusalOf } from './set-up.ts';

const table = 'arn:aws:dynamodb:eu-west-1:000000000000:table/shop-orders';

function recordsIn(folder: string): UsageRecord[] {
  const [file = ''] = readdirSync(folder);
  return readFileSync(join(folder, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('The usage of permissions', () => {
  const before = process.env.IAM_USAGE_FOLDER;
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    process.env.IAM_USAGE_FOLDER = folder;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.IAM_USAGE_FOLDER;
    else process.env.IAM_USAGE_FOLDER = before;
    await stopAll();
  });
  after(removeTemporaryFolders);

  it('is written when the stack stops, and compared with what the stack allows', async () => {
    const stackFile = writeShop();
    const stack = await startShop({ stackFile });
    const { dynamoDb } = await clientsOfFunction(stack);
    const Key = { orderId: { S: 'o1' } };
    await dynamoDb.send(new GetItemCommand({ TableName: 'shop-orders', Key }));
    await dynamoDb.send(new GetItemCommand({ TableName: 'shop-orders', Key }));
    await refusalOf(dynamoDb.send(new PutItemCommand({ TableName: 'shop-secrets', Item: Key })));
    await stack.stop();

    const records = recordsIn(folder);
    const fingerprint = await fingerprintOf(stackFile);
    expect(new Set(records.map((record) => record.stack))).to.deep.equal(new Set([fingerprint]));
    const used = {
      stack: fingerprint,
      kind: 'role',
      role: 'shop-buy',
      policy: 0,
      statement: 0,
      action: 0,
      resource: 0,
    };
    expect(records).to.deep.include({ ...used, count: 2 });

    const options = { variables: {}, apiEndpoint: () => 'ws://127.0.0.1' };
    const { permissions, denied } = compare(await readStack(stackFile, options), records);
    const shown = permissions.map(({ who, action, resource, uses }) => {
      const [, , , , , ...name] = resource.split(':');
      return `${uses} ${who} ${action} ${name.join(':')}`.replace(/\b[a-z0-9]{10}\//, 'api/').trimEnd();
    });
    expect(shown).to.deep.equal([
      '2 shop-buy dynamodb:GetItem table/shop-orders',
      '0 shop-buy dynamodb:GetItem table/shop-orders/index/*',
      '0 shop-buy dynamodb:PutItem table/shop-orders',
      '0 shop-buy dynamodb:PutItem table/shop-orders/index/*',
      '0 shop-buy logs:CreateLogGroup',
      '1 shop-buy logs:CreateLogStream',
      '1 shop-buy logs:PutLogEvents',
      '3 apigateway.amazonaws.com invoke shop-buy api/dev/buy',
      '1 apigateway.amazonaws.com invoke shop-buy api/dev/$connect',
      '0 events.amazonaws.com invoke shop-buy rule/shop-nightly',
    ]);
    expect(denied).to.deep.equal([
      { who: 'shop-buy', action: 'dynamodb:PutItem', resource: table.replace('orders', 'secrets'), uses: 1 },
    ]);
  });

  it('of a changed stack can be told from that of the original', async () => {
    const [one, other] = [writeShop(), writeShop()];
    expect(await fingerprintOf(one)).to.equal(await fingerprintOf(other));
    expect(await fingerprintOf(join(import.meta.dirname, 'usage.test.ts'))).not.to.equal(await fingerprintOf(one));
  });

  it('is appended to what the process has written before', async () => {
    for (const action of [0, 1]) {
      const recorder = createUsageRecorder(folder, 'f');
      const usage = { kind: 'role', role: 'r', policy: 0, statement: 0, action, resource: -1 } as const;
      recorder.add(usage);
      recorder.add(usage);
      await recorder.write();
      await recorder.write();
    }

    expect(recordsIn(folder).map((record) => [record.kind === 'role' && record.action, record.count])).to.deep.equal([
      [0, 2],
      [1, 2],
    ]);
  });
});

import { expect } from 'chai';
import { dynamoDbActions, lambdaAction } from '../../src/aws/calls.ts';
import type { Stack } from '../../src/index.ts';

const stack = { region: 'us-east-1', accountId: '000000000000' } as Stack;
const table = (name: string) => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;
const actionsOf = (operation: string, input: unknown) =>
  dynamoDbActions(stack, operation, Buffer.from(JSON.stringify(input)));

describe('The actions that a call needs', () => {
  it('are those of its items for a transaction', () => {
    const items = [
      { Put: { TableName: 'a', Item: {} } },
      { Update: { TableName: 'b', Key: {} } },
      { Delete: { TableName: 'a', Key: {} } },
      { ConditionCheck: { TableName: 'c', Key: {} } },
    ];

    expect(actionsOf('TransactWriteItems', { TransactItems: items })).to.deep.equal([
      { action: 'dynamodb:PutItem', resources: [table('a')] },
      { action: 'dynamodb:UpdateItem', resources: [table('b')] },
      { action: 'dynamodb:DeleteItem', resources: [table('a')] },
      { action: 'dynamodb:ConditionCheckItem', resources: [table('c')] },
    ]);
    expect(actionsOf('TransactGetItems', { TransactItems: [{ Get: { TableName: 'a', Key: {} } }] })).to.deep.equal([
      { action: 'dynamodb:GetItem', resources: [table('a')] },
    ]);
  });

  it('are on every table of a batch, on the index that is asked, and on a table by its ARN', () => {
    expect(actionsOf('BatchGetItem', { RequestItems: { a: {}, b: {} } })).to.deep.equal([
      { action: 'dynamodb:BatchGetItem', resources: [table('a'), table('b')] },
    ]);
    expect(actionsOf('Query', { TableName: 'a', IndexName: 'i' })).to.deep.equal([
      { action: 'dynamodb:Query', resources: [`${table('a')}/index/i`] },
    ]);
    expect(actionsOf('ListTagsOfResource', { ResourceArn: table('a') })).to.deep.equal([
      { action: 'dynamodb:ListTagsOfResource', resources: [table('a')] },
    ]);
  });

  it('are on no resource in particular when the call names none', () => {
    expect(actionsOf('ListTables', {})).to.deep.equal([{ action: 'dynamodb:ListTables', resources: [] }]);
    expect(dynamoDbActions(stack, 'GetItem', Buffer.from('{'))).to.deep.equal([
      { action: 'dynamodb:GetItem', resources: [] },
    ]);
  });

  it('are on the function, however it is named', () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:buy';
    for (const name of ['buy', '000000000000:function:buy', encodeURIComponent(arn)]) {
      expect(lambdaAction(stack, `/2015-03-31/functions/${name}/invocations`)).to.deep.equal({
        action: 'lambda:InvokeFunction',
        resources: [arn],
      });
    }
  });
});

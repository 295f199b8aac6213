import { DynamoDB, TransactionCanceledException } from '@aws-sdk/client-dynamodb';

const dynamoDb = new DynamoDB();

/** Counts what was ordered and marks the order, both or neither. An event that comes twice changes nothing. */
export const handler = async ({ detail: { orderId, product, quantity } }) => {
  try {
    await dynamoDb.transactWriteItems({
      TransactItems: [
        {
          Update: {
            TableName: process.env.ORDERS,
            Key: { orderId: { S: orderId } },
            UpdateExpression: 'SET #state = :reserved',
            ConditionExpression: '#state = :placed',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: { ':reserved': { S: 'reserved' }, ':placed': { S: 'placed' } },
          },
        },
        {
          Update: {
            TableName: process.env.STOCK,
            Key: { product: { S: product } },
            UpdateExpression: 'ADD reserved :quantity',
            ExpressionAttributeValues: { ':quantity': { N: String(quantity) } },
          },
        },
      ],
    });
  } catch (error) {
    const isKnown =
      error instanceof TransactionCanceledException &&
      error.CancellationReasons?.[0]?.Code === 'ConditionalCheckFailed';
    if (!isKnown) throw error;
  }
};

import { randomUUID } from 'node:crypto';
import { DynamoDB } from '@aws-sdk/client-dynamodb';

const dynamoDb = new DynamoDB();
const TableName = process.env.ORDERS;

/** Answers `{"action": "place", "product", "quantity"}` and `{"action": "get", "orderId"}` with an order. */
export const handler = async ({ body }) => {
  const { action, orderId = randomUUID(), product, quantity } = JSON.parse(body);
  if (action === 'place') {
    const Item = {
      orderId: { S: orderId },
      product: { S: product },
      quantity: { N: String(quantity) },
      state: { S: 'placed' },
    };
    await dynamoDb.putItem({ TableName, Item, ConditionExpression: 'attribute_not_exists(orderId)' });
  }
  const { Item } = await dynamoDb.getItem({ TableName, Key: { orderId: { S: orderId } }, ConsistentRead: true });
  return { statusCode: 200, body: JSON.stringify(Item ? { orderId, state: Item.state.S } : { orderId }) };
};

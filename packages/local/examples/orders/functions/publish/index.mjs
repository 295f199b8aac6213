import { EventBridge } from '@aws-sdk/client-eventbridge';

const eventBridge = new EventBridge();

/** Publishes new orders, which the table's stream brings. What cannot be published fails the batch: it comes again. */
export const handler = async ({ Records }) => {
  const Entries = Records.map(({ dynamodb }) => ({
    EventBusName: process.env.BUS,
    Source: 'orders',
    DetailType: 'OrderPlaced',
    Detail: JSON.stringify({
      orderId: dynamodb.NewImage.orderId.S,
      product: dynamodb.NewImage.product.S,
      quantity: Number(dynamodb.NewImage.quantity.N),
    }),
  }));
  const { FailedEntryCount, Entries: results } = await eventBridge.putEvents({ Entries });
  if (FailedEntryCount > 0) throw new Error(`Not published: ${JSON.stringify(results)}`);
};

import { join } from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect } from 'chai';
import type { FaultPlan } from '../../src/index.ts';
import type { InvocationRecord } from '../../src/lambda/runtime.ts';
import { busClient } from '../event-bridge/set-up.ts';
import { clients } from '../iam/set-up.ts';
import { ask, connect, startShop, stopAll } from '../local-stack/set-up.ts';

const stackFile = join(import.meta.dirname, '../../examples/orders/main.tf.json');

/** Starts the example. Each wait is for one more end of a function. */
async function start(faults?: FaultPlan) {
  const ended: InvocationRecord[] = [];
  let told = (): void => {};
  const stack = await startShop({
    stackFile,
    ...(faults && { faults }),
    onInvocation: (record) => {
      ended.push(record);
      told();
    },
  });
  const { dynamoDb } = clients(stack, stack.credentials, 'us-east-1');
  return {
    stack,
    dynamoDb,
    async ends(functionName: string, count: number): Promise<string[]> {
      const outcomes = () =>
        ended.filter((one) => one.functionName === functionName).map(({ outcome }) => outcome.kind);
      while (outcomes().length < count) {
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
      return outcomes();
    },
    async reserved(product: string): Promise<string | undefined> {
      const Key = { product: { S: product } };
      return (await dynamoDb.send(new GetItemCommand({ TableName: 'orders-stock', Key }))).Item?.reserved?.N;
    },
  };
}

describe('The example "orders"', () => {
  afterEach(stopAll);

  it('reserves what was ordered when the event comes, and once if it comes twice', async () => {
    const { stack, dynamoDb, ends, reserved } = await start();
    const order = { orderId: 'o1', product: 'tea', quantity: 2 };
    const Item = { orderId: { S: 'o1' }, product: { S: 'tea' }, quantity: { N: '2' }, state: { S: 'placed' } };
    await dynamoDb.send(new PutItemCommand({ TableName: 'orders', Item }));
    const event = {
      EventBusName: 'orders',
      Source: 'orders',
      DetailType: 'OrderPlaced',
      Detail: JSON.stringify(order),
    };

    await busClient(stack).send(new PutEventsCommand({ Entries: [event, event] }));

    expect(await ends('orders-reserve', 2)).to.deep.equal(['returned', 'returned']);
    expect(await reserved('tea')).to.equal('2');
  });

  it('publishes an order again that the bus has not taken', async () => {
    const faults: FaultPlan = {
      rules: [{ entry: { function: 'orders-publish' }, nth: 1, do: { error: 'InternalFailure' } }],
    };
    const { stack, ends, reserved } = await start(faults);
    const socket = await connect(stack.webSocketUrl);

    await ask(socket, { action: 'place', product: 'tea', quantity: 3 });

    expect(await ends('orders-publish', 2)).to.deep.equal(['failed', 'returned']);
    expect(await ends('orders-reserve', 1)).to.deep.equal(['returned']);
    expect(await reserved('tea')).to.equal('3');
  });

  it('goes from the table by its stream and the bus to the transaction', async () => {
    const { stack, ends, reserved } = await start();
    const socket = await connect(stack.webSocketUrl);

    const order = JSON.parse(await ask(socket, { action: 'place', product: 'tea', quantity: 3 }));
    expect(order).to.deep.include({ state: 'placed' });
    expect(await ends('orders-publish', 1)).to.deep.equal(['returned']);
    expect(await ends('orders-reserve', 1)).to.deep.equal(['returned']);

    expect(await reserved('tea')).to.equal('3');
    expect(JSON.parse(await ask(socket, { action: 'get', orderId: order.orderId }))).to.deep.equal({
      orderId: order.orderId,
      state: 'reserved',
    });
  });
});

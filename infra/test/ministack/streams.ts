/** Tests what serve.py repairs of streams, with a small function that reports failures. Runs in main.ts's namespaces. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { expect } from 'chai';
import { type Clients, createClients } from '../deploy/clients.ts';
import { createFunction } from './create-function.ts';
import { Ministack } from './ministack.ts';
import { apiDomain } from './names.ts';

interface StreamRecord {
  readonly dynamodb: { readonly Keys: { readonly id: { readonly S: string } }; readonly SequenceNumber: string };
}

/** Lets the test answer: posts it what came. */
const consumer = (url: string) => `export const handler = async ({ Records }) => {
  const response = await fetch('${url}', { method: 'POST', body: JSON.stringify(Records) });
  return response.json();
};`;

describe('the shim around ministack, for streams', function () {
  this.timeout(60_000);

  const batches: string[][] = [];
  const server = createServer(async (request, response) => {
    const records = (await json(request)) as StreamRecord[];
    batches.push(records.map(({ dynamodb }) => dynamodb.Keys.id.S));
    // The last record of the first batch fails.
    const failed = batches.length === 1 ? records.slice(-1) : [];
    const batchItemFailures = failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber }));
    response.end(JSON.stringify({ batchItemFailures }), () => server.emit('batch'));
  });
  let ministack: Ministack;
  let clients: Clients;

  before(async () => {
    ministack = await Ministack.start(String(process.env.MINISTACK_FOLDER));
    clients = createClients(`https://${apiDomain}`);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.close();
    return ministack?.stop();
  });

  it('hands changes that a function reports as failed to it again, and then goes on', async () => {
    const { dynamoDb, lambda } = clients;
    const { TableDescription } = await dynamoDb.send(
      new CreateTableCommand({
        TableName: 'changes',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
    const put = (id: string) => dynamoDb.send(new PutItemCommand({ TableName: 'changes', Item: { id: { S: id } } }));
    await put('first');
    await put('second');
    const { port } = server.address() as AddressInfo;
    const batchCame = once(server, 'batch');
    await lambda.send(
      new CreateEventSourceMappingCommand({
        EventSourceArn: TableDescription?.LatestStreamArn,
        FunctionName: await createFunction(clients, 'consumer', consumer(`http://127.0.0.1:${port}`)),
        StartingPosition: 'TRIM_HORIZON',
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      }),
    );
    await batchCame;
    await put('third');
    while (!batches.flat().includes('third')) await once(server, 'batch');

    expect(batches.flat()).to.deep.equal(['first', 'second', 'first', 'second', 'third']);
  });
});

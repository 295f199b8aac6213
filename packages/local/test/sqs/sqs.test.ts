import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import { startOrders, stopAll } from '../event-sources/set-up.ts';
import { refusalOf } from '../iam/set-up.ts';
import { failureOf, removeTemporaryFolders } from '../stack/set-up.ts';

const clients: SQSClient[] = [];

async function setUp() {
  const { stack } = await startOrders({}, { timeScale: 1 });
  const { endpoint, credentials } = stack;
  const sqs = new SQSClient({ endpoint, credentials, region: 'us-east-1', maxAttempts: 1 });
  clients.push(sqs);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'failed' }));
  const send = (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const receive = async (input: object = {}) =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...input }))).Messages ?? [];
  return { stack, sqs, QueueUrl, send, receive };
}

describe('A queue', () => {
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await stopAll();
  });
  after(removeTemporaryFolders);

  it('hands out messages until they are deleted', async () => {
    const { sqs, QueueUrl, send, receive, stack } = await setUp();
    await send('one');
    const [first] = await receive();
    expect(first?.Body).to.equal('one');
    expect(await receive()).to.deep.equal([]);
    stack.clock.advance(30_000);
    const [again] = await receive({ MessageSystemAttributeNames: ['All'] });
    expect(again?.Attributes).to.include({ ApproximateReceiveCount: '2' });
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }));
    stack.clock.advance(30_000);
    expect(await receive()).to.deep.equal([]);
  });

  it('shows a message again when it is released', async () => {
    const { sqs, QueueUrl, send, receive } = await setUp();
    await send('one');
    const [first] = await receive();
    const release = () =>
      sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 }),
      );
    await release();

    expect((await refusalOf(release())).name).to.equal('MessageNotInflight');
    expect((await receive()).map(({ Body }) => Body)).to.deep.equal(['one']);
  });

  it('waits for a message', async () => {
    const { send, receive } = await setUp();
    const waiting = receive({ WaitTimeSeconds: 20 });
    await send('late');
    expect((await waiting).map(({ Body }) => Body)).to.deep.equal(['late']);
  });

  it('carries attributes whose digest the SDK checks', async () => {
    const { sqs, QueueUrl, receive } = await setUp();
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'order' },
      count: { DataType: 'Number', StringValue: '2' },
    };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes }));
    expect((await receive({ MessageAttributeNames: ['All'] }))[0]?.MessageAttributes).to.deep.equal(MessageAttributes);
  });

  it('delays a message', async () => {
    const { sqs, QueueUrl, receive, stack } = await setUp();
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds: 60 }));
    expect(await receive()).to.deep.equal([]);
    stack.clock.advance(60_000);
    expect(await receive()).to.have.length(1);
  });

  it('tells how many there are, and is purged', async () => {
    const { sqs, QueueUrl, send, receive } = await setUp();
    for (const body of ['1', '2', '3']) await send(body);
    await receive({ MaxNumberOfMessages: 1 });
    const count = async () =>
      (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes;
    expect(await count()).to.include({
      ApproximateNumberOfMessages: '2',
      ApproximateNumberOfMessagesNotVisible: '1',
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:failed',
    });
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    expect(await count()).to.include({ ApproximateNumberOfMessages: '0' });
  });

  it('refuses as SQS does', async () => {
    const { sqs, stack, receive } = await setUp();
    const unknown = await refusalOf(sqs.send(new GetQueueUrlCommand({ QueueName: 'none' })));
    expect(unknown).to.deep.include({ name: 'QueueDoesNotExist', status: 400 });
    expect((await refusalOf(receive({ MaxNumberOfMessages: 11 }))).message).to.include('Must be between 1 and 10');
    const credentials = { ...stack.credentials, secretAccessKey: 'wrong' };
    const liar = new SQSClient({ endpoint: stack.endpoint, credentials, region: 'us-east-1', maxAttempts: 1 });
    clients.push(liar);
    const refused = await refusalOf(liar.send(new GetQueueUrlCommand({ QueueName: 'failed' })));
    expect(refused).to.deep.include({ status: 403, name: 'InvalidSignatureException' });
  });

  it('is refused at the start as a FIFO queue', async () => {
    const change = (resource: Record<string, Record<string, Record<string, unknown>>>) =>
      Object.assign(resource.aws_sqs_queue?.failed ?? {}, { name: 'failed.fifo', fifo_queue: true });
    expect(await failureOf(startOrders({ change }))).to.include('fifo_queue: only standard queues');
  });
});

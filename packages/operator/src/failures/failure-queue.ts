import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

/** A queue that nothing reads but an operator. */
export interface FailureQueue {
  /**
   * Receives every message that can be had now, each once, until none is left or the caller has enough. Nobody else
   * receives it until it is released; if this process is killed, until `holdSeconds` are over.
   */
  messages(holdSeconds: number): AsyncIterable<FailureMessage>;
  /** Lets others receive it again. */
  release(message: FailureMessage): Promise<void>;
  delete(message: FailureMessage): Promise<void>;
  /** How many others hold now, about. */
  heldByOthers(): Promise<number>;
}

export interface FailureMessage {
  readonly id: string;
  readonly body: string;
  readonly sentAtMs: number;
  readonly receiptHandle: string;
}

/** The most that one call returns. */
const MAX_MESSAGES = 10;
/** Long polling asks all of SQS's servers: then an empty answer means that there is none. */
const WAIT_SECONDS = 1;

export function openFailureQueue(QueueUrl: string, client = new SQSClient({ maxAttempts: 3 })): FailureQueue {
  return {
    async *messages(holdSeconds) {
      const seen = new Set<string>();
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: MAX_MESSAGES,
            WaitTimeSeconds: WAIT_SECONDS,
            VisibilityTimeout: holdSeconds,
            MessageSystemAttributeNames: ['SentTimestamp'],
          }),
        );
        if (Messages.length === 0) return;
        for (const { MessageId = '', Body = '', ReceiptHandle = '', Attributes } of Messages) {
          // A standard queue may hand out a message twice.
          if (seen.has(MessageId)) continue;
          seen.add(MessageId);
          const sentAtMs = Number(Attributes?.SentTimestamp ?? 0);
          yield { id: MessageId, body: Body, sentAtMs, receiptHandle: ReceiptHandle };
        }
      }
    },

    async release({ receiptHandle: ReceiptHandle }) {
      try {
        await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
      } catch (error) {
        // Its time was over: others can receive it already.
        if (!(error instanceof Error) || !/MessageNotInflight|InvalidParameterValue/.test(error.name)) throw error;
      }
    },

    async delete({ receiptHandle: ReceiptHandle }) {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    },

    async heldByOthers() {
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessagesNotVisible'] }),
      );
      return Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0);
    },
  };
}

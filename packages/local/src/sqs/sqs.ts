import type { Clock } from '../clock.ts';
import type { Queue as QueueSettings } from '../stack/model.ts';
import { type SqsAnswer, SqsError, sqsRefusal } from './errors.ts';
import { type MessageAttributes, md5OfAttributes } from './message-attributes.ts';
import { md5, Queue } from './queue.ts';

type Input = Readonly<Record<string, unknown>>;
type Operation = (input: Input, sender: string) => object | Promise<object>;

const MAX_WAIT_SECONDS = 20;
const MAX_MESSAGES = 10;
const MAX_DELAY_SECONDS = 900;
const MAX_VISIBILITY_SECONDS = 43_200;

/** The stack's queues, over the JSON protocol of SQS. */
export class Sqs {
  readonly #queues: ReadonlyMap<string, Queue>;

  constructor(queues: readonly QueueSettings[], clock: Clock) {
    this.#queues = new Map(queues.map((queue) => [queue.name, new Queue(queue, clock)]));
  }

  /** Sends a message of a service. @throws {SqsError} there is no such queue */
  deliver(arn: string, body: string, sender: string, attributes?: MessageAttributes): void {
    this.#named(arn.split(':').at(-1)).send(body, { sender, attributes });
  }

  /** Answers one request that was read already. Never rejects. @param sender who calls */
  async answer(operation: string, body: Buffer, sender: string): Promise<SqsAnswer> {
    try {
      const run = Object.hasOwn(this.#operations, operation) ? this.#operations[operation] : undefined;
      if (!run) throw new SqsError('UnknownOperationException', `This emulator has no operation ${operation}`);
      const output = await run(parse(body), sender);
      return {
        statusCode: 200,
        headers: { 'Content-Type': 'application/x-amz-json-1.0' },
        body: JSON.stringify(output),
      };
    } catch (error) {
      if (error instanceof SqsError) return sqsRefusal(error);
      return sqsRefusal({ code: 'InternalFailure', message: String(error), statusCode: 500 });
    }
  }

  readonly #operations: Readonly<Record<string, Operation>> = {
    GetQueueUrl: ({ QueueName }) => ({ QueueUrl: this.#named(QueueName).settings.url }),

    GetQueueAttributes: (input) => {
      const names = Array.isArray(input.AttributeNames) ? input.AttributeNames.map(String) : [];
      const all = this.#of(input).attributes();
      const unknown = names.find((name) => name !== 'All' && !Object.hasOwn(all, name));
      if (unknown !== undefined) throw new SqsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
      const shown = Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name));
      return shown.length > 0 ? { Attributes: Object.fromEntries(shown) } : {};
    },

    SendMessage: (input, sender) => {
      const queue = this.#of(input);
      const { MessageBody } = input;
      if (typeof MessageBody !== 'string' || MessageBody === '') {
        throw new SqsError('MissingParameter', 'The request must contain the parameter MessageBody.');
      }
      const { maximumMessageBytes } = queue.settings;
      if (Buffer.byteLength(MessageBody) > maximumMessageBytes) {
        throw invalid(
          `One or more parameters are invalid. Reason: Message must be shorter than ${maximumMessageBytes} bytes.`,
        );
      }
      const attributes = attributesOf(input.MessageAttributes);
      const seconds = wholeNumber(input, 'DelaySeconds', MAX_DELAY_SECONDS);
      const MessageId = queue.send(MessageBody, {
        sender,
        attributes,
        ...(seconds !== undefined && { delayMs: seconds * 1000 }),
      });
      return {
        MessageId,
        MD5OfMessageBody: md5(MessageBody),
        ...(attributes && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
      };
    },

    ReceiveMessage: async (input) => {
      const queue = this.#of(input);
      const most = wholeNumber(input, 'MaxNumberOfMessages', MAX_MESSAGES, 1) ?? 1;
      const { visibilityTimeoutSeconds, waitSeconds } = queue.settings;
      const visibility = wholeNumber(input, 'VisibilityTimeout', MAX_VISIBILITY_SECONDS) ?? visibilityTimeoutSeconds;
      const wait = wholeNumber(input, 'WaitTimeSeconds', MAX_WAIT_SECONDS) ?? waitSeconds;
      const received = await queue.receive(most, { visibilityMs: visibility * 1000, waitMs: wait * 1000 });
      const shown = [input.AttributeNames, input.MessageSystemAttributeNames].flat();
      const wantsAttributes = Array.isArray(input.MessageAttributeNames) && input.MessageAttributeNames.length > 0;
      const Messages = received.map((message) => {
        const { Attributes, MessageAttributes, MD5OfMessageAttributes, ...rest } = message;
        const system = Object.entries(Attributes).filter(([name]) => shown.includes('All') || shown.includes(name));
        return {
          ...rest,
          ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
          ...(wantsAttributes && MessageAttributes && { MessageAttributes, MD5OfMessageAttributes }),
        };
      });
      return Messages.length > 0 ? { Messages } : {};
    },

    DeleteMessage: (input) => {
      // Of a message that is deleted already, it works as well.
      this.#of(input).delete(receiptHandleOf(input));
      return {};
    },

    ChangeMessageVisibility: (input) => {
      const queue = this.#of(input);
      const seconds = wholeNumber(input, 'VisibilityTimeout', MAX_VISIBILITY_SECONDS);
      if (seconds === undefined) {
        throw new SqsError('MissingParameter', 'The request must contain the parameter VisibilityTimeout.');
      }
      if (!queue.changeVisibility(receiptHandleOf(input), seconds * 1000)) {
        throw new SqsError('MessageNotInflight', 'The message referred to is not in flight.');
      }
      return {};
    },

    PurgeQueue: (input) => {
      this.#of(input).purge();
      return {};
    },
  };

  #of({ QueueUrl }: Input): Queue {
    return this.#named(typeof QueueUrl === 'string' ? QueueUrl.split('/').at(-1) : undefined);
  }

  #named(name: unknown): Queue {
    const queue = this.#queues.get(String(name));
    if (!queue) throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }
}

const invalid = (message: string): SqsError => new SqsError('InvalidParameterValue', message);

function receiptHandleOf({ ReceiptHandle: handle }: Input): string {
  if (typeof handle === 'string' && /^[0-9a-f-]{36}$/.test(handle)) return handle;
  throw new SqsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
}

function wholeNumber(input: Input, name: string, most: number, least = 0): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  throw invalid(
    `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${least} and ${most}, if provided.`,
  );
}

function attributesOf(value: unknown): MessageAttributes | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return undefined;
  for (const [name, attribute] of Object.entries(value)) {
    const { DataType, StringValue = '', BinaryValue = '' } = (attribute ?? {}) as Record<string, unknown>;
    if (typeof DataType !== 'string' || !/^(String|Number|Binary)(\..+)?$/.test(DataType)) {
      throw invalid(`The message attribute '${name}' has an invalid message attribute type.`);
    }
    if (typeof StringValue !== 'string' || typeof BinaryValue !== 'string') {
      throw invalid(`The message attribute '${name}' has a value that is no text.`);
    }
  }
  return value as MessageAttributes;
}

function parse(body: Buffer): Input {
  try {
    const input: unknown = JSON.parse(body.toString());
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Input;
  } catch {} // said below
  throw new SqsError('SerializationException', 'The request is not a JSON object');
}

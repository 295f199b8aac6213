// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { type EventSourceNews, type LocalStack, type LocalStackOptions, startLocalStack } from '../../src/index.ts';
import { writeEchoStack } from '../fixtures/echo-stack.ts';
import { fixture } from '../fixtures/functions.ts';
import { temporaryFolder } from '../stack/set-up.ts';

type Json = Record<string, unknown>;
type Resources = Record<string, Record<string, Json>>;

export const TableName = 'orders';
const streamArn = '${aws_dynamodb_table.orders.stream_arn}';

/** What the function's role needs of the stream and the queue. */
export const reading = {
  Effect: 'Allow',
  Action: ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream', 'dynamodb:ListStreams'],
  Resource: streamArn,
};
export const sending = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '${aws_sqs_queue.failed.arn}' };
export const toQueue = { destination_config: { on_failure: { destination_arn: '${aws_sqs_queue.failed.arn}' } } };

export interface OrdersOptions {
  /** Changes to the mapping. */
  readonly mapping?: Json;
  /** Of the function's role. Default: all that it needs. */
  readonly statements?: readonly object[];
  readonly change?: (resource: Resources) => void;
}

/** Writes a stack with a table, its stream, a function that prints its batches, a mapping and a queue. @returns the file */
export function writeOrders({ mapping, statements = [reading, sending], change }: OrdersOptions = {}): string {
  const file = writeEchoStack(temporaryFolder());
  const stack = JSON.parse(readFileSync(file, 'utf8')) as { resource: Resources };
  const { resource } = stack;
  writeFileSync(join(dirname(file), 'batches.zip'), zipSync({ 'index.mjs': strToU8(fixture('batches.mjs')) }));
  Object.assign(resource, {
    aws_dynamodb_table: {
      orders: {
        name: TableName,
        billing_mode: 'PAY_PER_REQUEST',
        hash_key: 'customer',
        range_key: 'id',
        attribute: [
          { name: 'customer', type: 'S' },
          { name: 'id', type: 'S' },
        ],
        stream_enabled: true,
        stream_view_type: 'NEW_AND_OLD_IMAGES',
      },
    },
    aws_sqs_queue: { failed: { name: 'failed' } },
    aws_iam_role_policy: {
      batches: {
        name: 'batches',
        role: '${aws_iam_role.batches.name}',
        policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
      },
    },
    aws_iam_role_policy_attachment: {
      batches: {
        role: '${aws_iam_role.batches.name}',
        policy_arn: 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
      },
    },
    aws_lambda_event_source_mapping: {
      orders: {
        event_source_arn: streamArn,
        function_name: '${aws_lambda_function.batches.arn}',
        starting_position: 'TRIM_HORIZON',
        ...mapping,
      },
    },
  });
  Object.assign(resource.aws_iam_role ?? {}, { batches: { ...resource.aws_iam_role?.echo, name: 'batches' } });
  Object.assign(resource.aws_lambda_function ?? {}, {
    batches: {
      ...resource.aws_lambda_function?.echo,
      function_name: 'batches',
      filename: 'batches.zip',
      role: '${aws_iam_role.batches.arn}',
    },
  });
  change?.(resource);
  writeFileSync(file, JSON.stringify(stack));
  return file;
}

const started: LocalStack[] = [];

export async function stopAll(): Promise<void> {
  await Promise.all(started.splice(0).map((stack) => stack.stop()));
}

export interface Order {
  readonly id: string;
  /** Orders of one customer are in one shard. */
  readonly customer?: string;
  readonly [attribute: string]: unknown;
}

const itemOf = ({ id, customer = 'ada', ...attributes }: Order) => ({
  customer: { S: customer },
  id: { S: id },
  ...attributes,
});

/** Starts the stack, and sees what it tells. */
export async function startOrders(
  orders: OrdersOptions & { readonly stackFile?: string } = {},
  options: Partial<LocalStackOptions> = {},
) {
  const news: EventSourceNews[] = [];
  const events: { Records: { dynamodb: Json & { Keys: Json }; [field: string]: unknown }[] }[] = [];
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const look of watchers) look();
  };
  const stack = await startLocalStack({
    stackFile: orders.stackFile ?? writeOrders(orders),
    // Retries follow one another within moments.
    timeScale: 100,
    ...options,
    lambda: { maxInstancesPerFunction: 1, ...options.lambda },
    onEventSource: (one) => {
      news.push(one);
      changed();
    },
    onLog: ({ line }) => {
      if (line.startsWith('{"Records"')) events.push(JSON.parse(line));
      changed();
    },
  });
  started.push(stack);
  return {
    stack,
    news,
    /** The events of all invocations, those that failed among them. */
    events,
    /** The ids in them. */
    batches: () => events.map(({ Records }) => Records.map(({ dynamodb }) => (dynamodb.Keys.id as { S: string }).S)),
    delivered: () => news.filter(({ kind }) => kind === 'delivered').reduce((sum, { records }) => sum + records, 0),
    /** Writes them in one go, so that they can be one batch. */
    put: (...items: Order[]) =>
      stack.dynamoDb.call('TransactWriteItems', {
        TransactItems: items.map((order) => ({ Put: { TableName, Item: itemOf(order) } })),
      }),
    until: (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!condition()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}

import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { TableTarget } from '../table-target.ts';

export type Body = Readonly<Record<string, unknown>>;
type Item = Record<string, object>;

/** A table by `id`, and short words for what checks do with it. */
export class TableWorld {
  readonly name: string;
  readonly #target: TableTarget;

  private constructor(target: TableTarget, name: string) {
    this.#target = target;
    this.name = name;
  }

  static async create(target: TableTarget, view?: string): Promise<TableWorld> {
    const world = new TableWorld(target, `t-${randomUUID()}`);
    await world.ok('CreateTable', {
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      ...(view && { StreamSpecification: { StreamEnabled: true, StreamViewType: view } }),
    });
    return world;
  }

  get own() {
    if (!this.#target.own) throw new Error('This check is of our engine alone');
    return this.#target.own;
  }

  /** @throws {Error} it was refused */
  async ok(operation: string, input: object): Promise<Body> {
    const { statusCode, body } = await this.#target.call(operation, { TableName: this.name, ...input });
    expect(statusCode, JSON.stringify(body)).to.equal(200);
    return body;
  }

  /** Returns the code and the answer of a refusal. */
  async refused(operation: string, input: object): Promise<{ code: string; body: Body }> {
    const { statusCode, body } = await this.#target.call(operation, { TableName: this.name, ...input });
    expect(statusCode, JSON.stringify(body)).to.equal(400);
    return { code: String(body.__type).replace(/^.*#/, ''), body };
  }

  key = (id: string) => ({ TableName: this.name, Key: { id: { S: id } } });
  putting = (id: string, more: Item = {}) => ({
    Put: { TableName: this.name, Item: { id: { S: id }, ...more } },
  });
  checking = (id: string, more: object = {}) => ({
    ConditionCheck: { ...this.key(id), ConditionExpression: 'attribute_exists(id)', ...more },
  });
  adding = (id: string) => ({
    Update: {
      ...this.key(id),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    },
  });

  put = (id: string, more: Item = {}) => this.ok('PutItem', { Item: { id: { S: id }, ...more } });
  delete = (id: string) => this.ok('DeleteItem', this.key(id));
  get = async (id: string) =>
    (await this.ok('GetItem', { ...this.key(id), ConsistentRead: true })).Item as Item | undefined;
  // Transactions and batches name their tables in each action.
  async transact(actions: readonly object[], more: object = {}): Promise<Body> {
    const { statusCode, body } = await this.#target.call('TransactWriteItems', { TransactItems: actions, ...more });
    expect(statusCode, JSON.stringify(body)).to.equal(200);
    return body;
  }
  async transactRefused(actions: readonly object[], more: object = {}, operation = 'TransactWriteItems') {
    const { statusCode, body } = await this.#target.call(operation, { TransactItems: actions, ...more });
    expect(statusCode, JSON.stringify(body)).to.equal(400);
    const reasons = (body.CancellationReasons ?? []) as { Code: string; Item?: Item }[];
    return { code: String(body.__type).replace(/^.*#/, ''), message: String(body.message ?? body.Message), reasons };
  }
  async transactGet(ids: readonly string[], more: object = {}): Promise<Body> {
    const TransactItems = ids.map((id) => ({ Get: this.key(id) }));
    const { statusCode, body } = await this.#target.call('TransactGetItems', { TransactItems, ...more });
    expect(statusCode, JSON.stringify(body)).to.equal(200);
    return body;
  }

  async streams(operation: string, input: object): Promise<{ statusCode: number; body: Body }> {
    return this.#target.call(operation, input, 'DynamoDBStreams_20120810');
  }
  async streamArn(): Promise<string> {
    return String(((await this.ok('DescribeTable', {})).Table as Body).LatestStreamArn);
  }
  async shards(): Promise<string[]> {
    const { body } = await this.streams('DescribeStream', { StreamArn: await this.streamArn() });
    return ((body.StreamDescription as Body).Shards as { ShardId: string }[]).map(({ ShardId }) => ShardId);
  }
  async iterator(ShardId: string, more: object): Promise<string> {
    const { statusCode, body } = await this.streams('GetShardIterator', {
      StreamArn: await this.streamArn(),
      ShardId,
      ...more,
    });
    expect(statusCode, JSON.stringify(body)).to.equal(200);
    return String(body.ShardIterator);
  }
  /** Reads all shards from their beginnings. */
  async records(): Promise<StreamRecord[]> {
    const all = await Promise.all(
      (await this.shards()).map(async (shard) => {
        const ShardIterator = await this.iterator(shard, { ShardIteratorType: 'TRIM_HORIZON' });
        const { body } = await this.streams('GetRecords', { ShardIterator });
        return (body.Records as Omit<StreamRecord, 'shard'>[]).map((record) => ({ ...record, shard }));
      }),
    );
    return all.flat();
  }
}

export interface StreamRecord {
  readonly shard: string;
  readonly eventName: string;
  readonly userIdentity?: object;
  readonly dynamodb: {
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
    readonly StreamViewType: string;
  };
}

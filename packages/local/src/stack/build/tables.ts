import type { Block } from '../document.ts';
import { toNumber, toText } from '../expressions/values.ts';
import type { Table } from '../model.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';

/** Every table of the stack, as CreateTable wants it. */
export function buildTables(module: Module): Table[] {
  return module.instancesOf('aws_dynamodb_table').map((table) => {
    const ttl = table.block('ttl');
    // The provider takes a ttl block without `enabled` for a disabled one.
    const ttlAttribute = ttl?.enabled === true || ttl?.enabled === 'true' ? toText(ttl.attribute_name) : undefined;
    const streamLabel = table.text('stream_label');
    return {
      name: table.text('name'),
      arn: table.text('arn'),
      ...(streamLabel === '' ? {} : { streamLabel }),
      ...(ttlAttribute === undefined ? {} : { ttlAttribute }),
      createTable: createTable(table),
    };
  });
}

function createTable(table: ResourceInstance): Record<string, unknown> {
  const billingMode = table.text('billing_mode');
  const throughput = (capacity: Block): Block =>
    billingMode === 'PROVISIONED'
      ? {
          ProvisionedThroughput: {
            ReadCapacityUnits: toNumber(capacity.read_capacity ?? 1),
            WriteCapacityUnits: toNumber(capacity.write_capacity ?? 1),
          },
        }
      : {};
  const index = (block: Block): Block => ({
    IndexName: toText(block.name),
    KeySchema: keySchema(block.hash_key ?? table.text('hash_key'), block.range_key),
    Projection: {
      ProjectionType: toText(block.projection_type),
      ...(Array.isArray(block.non_key_attributes) ? { NonKeyAttributes: block.non_key_attributes } : {}),
    },
  });
  const global = table.blocks('global_secondary_index').map((block) => ({ ...index(block), ...throughput(block) }));
  const local = table.blocks('local_secondary_index').map(index);
  return {
    TableName: table.text('name'),
    AttributeDefinitions: table.blocks('attribute').map((attribute) => ({
      AttributeName: toText(attribute.name),
      AttributeType: toText(attribute.type),
    })),
    KeySchema: keySchema(table.text('hash_key'), table.optional('range_key')),
    BillingMode: billingMode,
    ...throughput({
      read_capacity: table.optional('read_capacity'),
      write_capacity: table.optional('write_capacity'),
    }),
    ...(global.length > 0 ? { GlobalSecondaryIndexes: global } : {}),
    ...(local.length > 0 ? { LocalSecondaryIndexes: local } : {}),
    ...streamOf(table),
  };
}

function streamOf(table: ResourceInstance): Block {
  const isEnabled = table.optional('stream_enabled');
  if (isEnabled !== true && isEnabled !== 'true') return {};
  return { StreamSpecification: { StreamEnabled: true, StreamViewType: table.text('stream_view_type') } };
}

const keySchema = (hashKey: unknown, rangeKey: unknown): Block[] => [
  { AttributeName: toText(hashKey), KeyType: 'HASH' },
  ...(rangeKey === undefined || rangeKey === null ? [] : [{ AttributeName: toText(rangeKey), KeyType: 'RANGE' }]),
];

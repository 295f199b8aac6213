import type { Table } from '../../src/stack/model.ts';

/** A table of notes by `id`, with an index, and a TTL attribute `expiresAt`. */
export const notes: Table = {
  name: 'notes',
  arn: 'arn:aws:dynamodb:us-east-1:000000000000:table/notes',
  ttlAttribute: 'expiresAt',
  createTable: {
    TableName: 'notes',
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'day', AttributeType: 'N' },
    ],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-day',
        KeySchema: [{ AttributeName: 'day', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  },
};

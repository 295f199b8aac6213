import type { Table } from '../../../src/stack/model.ts';

/** A table with an index and a stream, as a process writes it that is killed. */
export const accounts: Table = {
  name: 'accounts',
  arn: 'arn:aws:dynamodb:us-east-1:000000000000:table/accounts',
  createTable: {
    TableName: 'accounts',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'padding', AttributeType: 'S' },
    ],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-padding',
        KeySchema: [{ AttributeName: 'padding', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  },
};

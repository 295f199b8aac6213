import type { Random } from './random.ts';

/** Calls of DynamoDB as SDKs send them, on a table with a partition key `id`. */
const CALLS = (TableName: string): readonly (readonly [string, object])[] => {
  const Key = { id: { S: 'a' } };
  const Item = {
    id: { S: 'a' },
    n: { N: '1' },
    m: { M: { x: { L: [{ S: 'y' }, { NULL: true }] } } },
    b: { B: 'AAEC' },
  };
  const values = { ':one': { N: '1' }, ':id': { S: 'a' } };
  const query = { TableName, KeyConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': { S: 'a' } } };
  return [
    [
      'PutItem',
      {
        TableName,
        Item,
        ConditionExpression: 'attribute_not_exists(id) OR n < :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
        ReturnValues: 'ALL_OLD',
      },
    ],
    [
      'UpdateItem',
      {
        TableName,
        Key,
        UpdateExpression: 'SET #n = if_not_exists(n, :one) + :one, m.x[0] = :id REMOVE b',
        ExpressionAttributeNames: { '#n': 'n' },
        ExpressionAttributeValues: values,
        ReturnValues: 'UPDATED_NEW',
      },
    ],
    ['GetItem', { TableName, Key, ProjectionExpression: 'm.x[1], n', ConsistentRead: true }],
    [
      'DeleteItem',
      {
        TableName,
        Key,
        ConditionExpression: 'size(id) > :one AND contains(id, :id)',
        ExpressionAttributeValues: values,
      },
    ],
    ['Query', { ...query, FilterExpression: 'n BETWEEN :id AND :id', Limit: 2, ScanIndexForward: false }],
    ['Query', { ...query, IndexName: 'byN', Select: 'COUNT', ExclusiveStartKey: Key }],
    ['Scan', { TableName, Segment: 0, TotalSegments: 2, Limit: 3, ExclusiveStartKey: Key }],
    ['BatchGetItem', { RequestItems: { [TableName]: { Keys: [Key, { id: { S: 'b' } }] } } }],
    [
      'BatchWriteItem',
      { RequestItems: { [TableName]: [{ PutRequest: { Item } }, { DeleteRequest: { Key: { id: { S: 'b' } } } }] } },
    ],
    [
      'TransactWriteItems',
      {
        TransactItems: [
          { Put: { TableName, Item } },
          { ConditionCheck: { TableName, Key: { id: { S: 'z' } }, ConditionExpression: 'attribute_not_exists(id)' } },
        ],
      },
    ],
    ['TransactGetItems', { TransactItems: [{ Get: { TableName, Key } }] }],
    ['DescribeTable', { TableName }],
    ['DescribeTimeToLive', { TableName }],
    ['ListTables', { Limit: 2, ExclusiveStartTableName: TableName }],
    ['ListTagsOfResource', { ResourceArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}` }],
    [
      'UpdateTable',
      {
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
      },
    ],
  ];
};

const CREATE_TABLE = {
  TableName: 'fuzz',
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'n', AttributeType: 'N' },
  ],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    { IndexName: 'byN', KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
  ],
  BillingMode: 'PAY_PER_REQUEST',
};

/** An operation and its input, to be mutated. No table is ever deleted: the stack needs its own. */
export function dynamoDbCall(tables: readonly string[], random: Random): readonly [string, object] {
  if (random.chance(0.03)) return ['CreateTable', CREATE_TABLE];
  return random.pick(CALLS(random.pick(['fuzz', 'fuzz', ...tables])));
}

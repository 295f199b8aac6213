const TABLE = 'bench';
/** Items of the table before anything is measured. */
export const ITEMS = 5000;
const SESSION_SIZE = 100;

export const createTable = JSON.stringify({
  TableName: TABLE,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['id', 'session', 'joined'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-session',
      KeySchema: [
        { AttributeName: 'session', KeyType: 'HASH' },
        { AttributeName: 'joined', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
});

/** About what a connection of the sessions table looks like. */
const item = (n: number) => ({
  id: { S: `connection-${n}` },
  session: { S: `session-${Math.floor(n / SESSION_SIZE)}` },
  joined: { S: String(1_790_000_000_000 + n) },
  language: { S: 'es' },
  role: { S: 'listener' },
  beats: { N: '0' },
  expiresAt: { N: '1790003600' },
  address: { S: '203.0.113.7' },
});
const key = (n: number) => ({ id: { S: `connection-${n % ITEMS}` } });
const beat = (n: number) => ({
  TableName: TABLE,
  Key: key(n),
  UpdateExpression: 'SET beats = :n, expiresAt = :e',
  ConditionExpression: 'attribute_exists(id) AND #l = :l',
  ExpressionAttributeNames: { '#l': 'language' },
  ExpressionAttributeValues: { ':n': { N: String(n) }, ':e': { N: '1790003600' }, ':l': { S: 'es' } },
});

export interface Measured {
  readonly title: string;
  readonly operation: string;
  /** The body of the nth request. */
  body(n: number): string;
  /** @throws {Error} the answer is not what was asked for */
  check?(answer: string): void;
  /** dynalite has no transactions. */
  readonly oursOnly?: true;
  /** How many of it make up for its weight: a query returns 100 items. */
  readonly share: number;
}

export const measured: readonly Measured[] = [
  {
    title: 'put',
    operation: 'PutItem',
    body: (n) => JSON.stringify({ TableName: TABLE, Item: item(n % ITEMS) }),
    share: 1,
  },
  {
    title: 'get',
    operation: 'GetItem',
    body: (n) => JSON.stringify({ TableName: TABLE, Key: key(n), ConsistentRead: true }),
    check: (answer) => expectPart(answer, '"Item"'),
    share: 1,
  },
  { title: 'conditional update', operation: 'UpdateItem', body: (n) => JSON.stringify(beat(n)), share: 1 },
  {
    title: `index query of ${SESSION_SIZE}`,
    operation: 'Query',
    body: (n) =>
      JSON.stringify({
        TableName: TABLE,
        IndexName: 'by-session',
        KeyConditionExpression: '#s = :s',
        ExpressionAttributeNames: { '#s': 'session' },
        ExpressionAttributeValues: { ':s': { S: `session-${n % (ITEMS / SESSION_SIZE)}` } },
      }),
    check: (answer) => expectPart(answer, '"Count":'),
    share: 0.1,
  },
  {
    title: 'transaction of 3',
    operation: 'TransactWriteItems',
    body: (n) => JSON.stringify({ TransactItems: [0, 1, 2].map((at) => ({ Update: beat(n * 3 + at) })) }),
    oursOnly: true,
    share: 0.5,
  },
];

export const fill = (n: number): string => JSON.stringify({ TableName: TABLE, Item: item(n) });

function expectPart(answer: string, part: string): void {
  if (!answer.includes(part)) throw new Error(`An answer without ${part}: ${answer.slice(0, 200)}`);
}

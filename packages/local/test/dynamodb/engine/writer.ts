/**
 * A process that writes until it is killed; its arguments are a folder and a seed. Says each write before it and once it is
 * acknowledged, one JSON a line, so that the test knows what must be there afterwards.
 */
import { writeSync } from 'node:fs';
import { startDynamoDb } from '../../../src/dynamodb/dynamodb.ts';
import { createTables } from '../../../src/dynamodb/tables.ts';
import { Chance } from '../differential/operations.ts';
import { accounts } from './accounts.ts';

const [folder, seed] = process.argv.slice(2);
const chance = new Chance(Number(seed));
const dynamoDb = startDynamoDb({ folder, minCompactionBytes: 40_000 });
await createTables(dynamoDb, [accounts]);

const key = () => ({ id: { S: `k${chance.below(40)}` } });
const padding = 'x'.repeat(200);

for (let n = 0; ; n++) {
  const value = { N: String(n) };
  const put = (Key: object) => ({ TableName: accounts.name, Item: { ...Key, value, padding: { S: padding } } });
  const [first, second] = [key(), key()];
  if (chance.happens(0.2) && first.id.S !== second.id.S) {
    const both = [first, second].map((Key) => ({ Put: put(Key) }));
    await announced({ put: [first.id.S, second.id.S], value: value.N }, 'TransactWriteItems', { TransactItems: both });
  } else if (chance.happens(0.2)) {
    await announced({ deleted: first.id.S, value: value.N }, 'DeleteItem', { TableName: accounts.name, Key: first });
  } else {
    await announced({ put: [first.id.S], value: value.N }, 'PutItem', put(first));
  }
}

/** Says what it is about to do, and that it is done. */
async function announced(change: object, operation: string, input: object): Promise<void> {
  say({ ...change, done: false });
  await dynamoDb.call(operation, input);
  say({ ...change, done: true });
}

function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

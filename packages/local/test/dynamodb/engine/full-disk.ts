/**
 * A process of `full-disk.test.ts`, which fills the disk that the folder it is given is on. Says in one JSON what was acknowledged, what was found
 * then, after room was made, and after a restart.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DynamoDb, DynamoDbCallError, startDynamoDb } from '../../../src/dynamodb/dynamodb.ts';
import { createTables } from '../../../src/dynamodb/tables.ts';
import { accounts } from './accounts.ts';

const mount = String(process.argv[2]);
const folder = join(mount, 'tables');
const ballast = join(mount, 'ballast');
writeFileSync(ballast, 'x'.repeat(100_000));
const open = (): DynamoDb => startDynamoDb({ folder, onNotice: () => {}, minCompactionBytes: 100_000 });

const dynamoDb = open();
await createTables(dynamoDb, [accounts]);
const acknowledged: string[] = [];
const put = async (id: string): Promise<string | undefined> => {
  const Item = { id: { S: id }, padding: { S: 'x'.repeat(1000) } };
  try {
    await dynamoDb.call('PutItem', { TableName: accounts.name, Item });
    acknowledged.push(id);
    return undefined;
  } catch (error) {
    return error instanceof DynamoDbCallError ? error.code : String(error);
  }
};
const found = async (of: DynamoDb): Promise<string[]> => {
  const { Items } = await of.call('Scan', { TableName: accounts.name });
  return (Items as { id: { S: string } }[]).map(({ id }) => id.S).sort();
};

const refusals: string[] = [];
for (let n = 0; refusals.length < 20; n++) {
  const refusal = await put(`i${n}`);
  if (refusal !== undefined) refusals.push(refusal);
}
const whenFull = { acknowledged: [...acknowledged].sort(), found: await found(dynamoDb) };
rmSync(ballast);
const afterRoom = await put('after');
await dynamoDb.stop();
const restarted = await found(open());
console.log(
  JSON.stringify({
    refusals: [...new Set(refusals)],
    whenFull,
    afterRoom,
    restarted,
    acknowledged: acknowledged.sort(),
  }),
);
process.exit();

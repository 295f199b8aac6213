import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { build } from 'esbuild';
import { type DynamoDb, startDynamoDb } from '../../../src/dynamodb/dynamodb.ts';
import { createTables } from '../../../src/dynamodb/tables.ts';
import { failureOf, removeTemporaryFolders, temporaryFolder } from '../../stack/set-up.ts';
import { Chance } from '../differential/operations.ts';
import { accounts } from './accounts.ts';

/** Of `.ci/run`: 200. */
const KILLS = Number(process.env.ENGINE_KILLS ?? 8);
const SEED = Number(process.env.ENGINE_SEED ?? Math.floor(Date.now() / 86_400_000));

/** What a writer says in its life: enough for the log to be written anew every few kills. */
const MOST_LINES = 250;

/** The writer, in one file. */
let program: string;

/** What a writer says of a write. */
interface Change {
  readonly put?: readonly string[];
  readonly deleted?: string;
  readonly value: string;
  /** false: it is under way */
  readonly done: boolean;
}

describe('The log of the embedded DynamoDB', function () {
  this.timeout(30_000 + KILLS * 2000);
  const started: DynamoDb[] = [];
  const notices: string[] = [];
  const open = (folder: string): DynamoDb => {
    const dynamoDb = startDynamoDb({ folder, onNotice: (line) => notices.push(line) });
    started.push(dynamoDb);
    return dynamoDb;
  };
  const valuesIn = async (dynamoDb: DynamoDb): Promise<Map<string, string>> => {
    const { Items } = await dynamoDb.call('Scan', { TableName: accounts.name, ConsistentRead: true });
    return new Map((Items as { id: { S: string }; value: { N: string } }[]).map(({ id, value }) => [id.S, value.N]));
  };

  // In one file it starts three times as fast.
  before(async () => {
    program = join(temporaryFolder(), 'writer.mjs');
    const entry = join(import.meta.dirname, 'writer.ts');
    await build({ entryPoints: [entry], outfile: program, bundle: true, platform: 'node', format: 'esm' });
  });
  afterEach(async () => {
    notices.length = 0;
    await Promise.all(started.splice(0).map((dynamoDb) => dynamoDb.stop()));
  });
  after(removeTemporaryFolders);

  it(`keeps all that was acknowledged when its process is killed ${KILLS} times`, async () => {
    console.log(`      seed ${SEED}`);
    const folder = temporaryFolder();
    const chance = new Chance(SEED);
    const expected = new Map<string, string>();

    for (let kill = 1; kill <= KILLS; kill++) {
      const inFlight = await writeUntilKilled(folder, SEED + kill, 1 + chance.below(MOST_LINES), (line) =>
        apply(expected, line),
      );
      const dynamoDb = open(folder);
      const found = await valuesIn(dynamoDb);
      // The write that was under way has happened or not: as a whole.
      const orElse = new Map(expected);
      if (inFlight) apply(orElse, inFlight);
      expect([sorted(expected), sorted(orElse)], `after kill ${kill}`).to.deep.include(sorted(found));
      const { Count } = await dynamoDb.call('Query', {
        TableName: accounts.name,
        IndexName: 'by-padding',
        KeyConditionExpression: 'padding = :p',
        ExpressionAttributeValues: { ':p': { S: 'x'.repeat(200) } },
      });
      expect(Count).to.equal(found.size);
      expected.clear();
      for (const [id, value] of found) expected.set(id, value);
      await dynamoDb.stop();
    }
  });

  it('cuts off a write that was not finished, and says so in one line', async () => {
    const folder = temporaryFolder();
    await writeUntilKilled(folder, 1, 5, () => {});
    const file = join(folder, 'tables.log');
    const first = open(folder);
    const before = await valuesIn(first);
    await first.stop();
    notices.length = 0;
    const whole = statSync(file).size;
    appendFileSync(file, '12345678 {"kind":"commit","atMs":1,"wri');

    expect(await valuesIn(open(folder))).to.deep.equal(before);
    expect(notices).to.deep.equal([
      `${file}: cut off 39 bytes of a write that was not finished, and so not acknowledged`,
    ]);
    expect(statSync(file).size).to.equal(whole);
  });

  it('starts from every place at which a file can be cut', async () => {
    const folder = temporaryFolder();
    await writeUntilKilled(folder, 2, 3, () => {});
    const file = join(folder, 'tables.log');
    const bytes = readFileSync(file);
    for (let length = bytes.length; length >= 0; length -= 37) {
      writeFileSync(file, bytes);
      truncateSync(file, length);
      await open(folder).stop();
    }
  });

  it('is not opened when something in its middle is damaged', async () => {
    const folder = temporaryFolder();
    // Of so many announcements, several are of writes: deletions of nothing write nothing.
    await writeUntilKilled(folder, 3, 60, () => {});
    const file = join(folder, 'tables.log');
    const bytes = readFileSync(file);
    bytes[bytes.indexOf('\n') + 20] = 0x7e;
    writeFileSync(file, bytes);

    expect(await failureOf((async () => open(folder))())).to.equal(
      `DataFolderError: ${file} is damaged at byte ${bytes.indexOf('\n') + 1}, and what follows is not: restore it, or delete it to start with empty tables`,
    );
  });

  it('opens with what is before the damage, once the file ends there', async () => {
    const folder = temporaryFolder();
    const dynamoDb = open(folder);
    await createTables(dynamoDb, [accounts]);
    const ids = ['a', 'b', 'c', 'd'];
    for (const id of ids) {
      const Item = { id: { S: id }, padding: { S: 'x' }, value: { S: id } };
      await dynamoDb.call('PutItem', { TableName: accounts.name, Item });
    }
    await dynamoDb.stop();
    const file = join(folder, 'tables.log');
    const bytes = readFileSync(file);
    const [line] = bytes.toString().split('\n').slice(-3); // of the third item
    bytes[bytes.indexOf(line ?? '') + 20] = 0x7e;
    writeFileSync(file, bytes);
    const [, byte] = /at byte (\d+)/.exec(await failureOf((async () => open(folder))())) ?? [];

    truncateSync(file, Number(byte));

    expect([...(await valuesIn(open(folder))).keys()].sort()).to.deep.equal(['a', 'b']);
  });
});

function apply(expected: Map<string, string>, { put = [], deleted, value }: Change): void {
  for (const id of put) expected.set(id, value);
  if (deleted !== undefined) expected.delete(deleted);
}

const sorted = (values: ReadonlyMap<string, string>): string[] => [...values].map((entry) => entry.join(' ')).sort();

/**
 * Runs a writer until it has said so many lines, and kills it in the middle of what it does then.
 * @param onDone is told of each acknowledged write
 * @returns the write that was under way
 */
async function writeUntilKilled(
  folder: string,
  seed: number,
  lines: number,
  onDone: (change: Change) => void,
): Promise<Change | undefined> {
  const writer = spawn(process.execPath, [program, folder, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(writer, 'exit');
  let seen = 0;
  let last: Change | undefined;
  for await (const text of createInterface({ input: writer.stdout })) {
    last = JSON.parse(text) as Change;
    if (last.done) onDone(last);
    if (++seen === lines) writer.kill('SIGKILL');
  }
  await exited;
  return last?.done ? undefined : last;
}

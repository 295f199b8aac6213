import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { expect } from 'chai';
import { type DynamoDb, DynamoDbCallError, startDynamoDb } from '../../../src/dynamodb/dynamodb.ts';
import type { SyncPolicy } from '../../../src/dynamodb/engine/log/log-file.ts';
import { createTables } from '../../../src/dynamodb/tables.ts';
import { removeTemporaryFolders, temporaryFolder } from '../../stack/set-up.ts';
import { accounts } from './accounts.ts';

const { fdatasync, fdatasyncSync, fsyncSync } = fs;
const failed = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });

/** A disk that fails at one sync, and then works again: that is all that the kernel says of it. */
function failOnce(): void {
  const restoreAndFail = (): Error => {
    restore();
    return failed;
  };
  const failing = ((_fd: number, callback: (error: Error | null) => void) =>
    void setImmediate(() => callback(restoreAndFail()))) as typeof fdatasync;
  fs.fdatasync = Object.assign(failing, { __promisify__: fdatasync.__promisify__ });
  fs.fdatasyncSync = () => {
    throw restoreAndFail();
  };
  fs.fsyncSync = fs.fdatasyncSync;
  syncBuiltinESMExports();
}

function restore(): void {
  Object.assign(fs, { fdatasync, fdatasyncSync, fsyncSync });
  syncBuiltinESMExports();
}

describe('The embedded DynamoDB on a failing disk', () => {
  const started: DynamoDb[] = [];
  const notices: string[] = [];
  let told = (): void => {};

  async function open(folder: string, sync: SyncPolicy): Promise<DynamoDb> {
    const onNotice = (line: string): void => {
      notices.push(line);
      told();
    };
    const dynamoDb = startDynamoDb({ folder, sync, onNotice });
    started.push(dynamoDb);
    await createTables(dynamoDb, [accounts]);
    return dynamoDb;
  }
  const put = async (dynamoDb: DynamoDb, id: string): Promise<string> => {
    try {
      await dynamoDb.call('PutItem', { TableName: 'accounts', Item: { id: { S: id }, padding: { S: 'x' } } });
      return 'written';
    } catch (error) {
      return error instanceof DynamoDbCallError ? error.message : String(error);
    }
  };
  const found = async (dynamoDb: DynamoDb): Promise<string[]> =>
    ((await dynamoDb.call('Scan', { TableName: 'accounts' })).Items as { id: { S: string } }[]).map(({ id }) => id.S);

  afterEach(async () => {
    restore();
    notices.length = 0;
    await Promise.all(started.splice(0).map((dynamoDb) => dynamoDb.stop()));
  });
  after(removeTemporaryFolders);

  it('refuses writes once a sync behind an answer has failed, says so in one line, and reads on', async () => {
    const folder = temporaryFolder();
    const dynamoDb = await open(folder, { afterMs: 1 });
    failOnce();
    const noticed = new Promise<void>((resolve) => {
      told = resolve;
    });
    expect(await put(dynamoDb, 'first')).to.equal('written');
    await noticed;
    const why =
      'the disk has not taken all that was written (EIO: i/o error, fdatasync), so a power cut can lose some of it: writes are refused until a restart, reads go on';

    for (const id of ['second', 'third']) {
      expect(await put(dynamoDb, id)).to.equal(`PutItem: InternalServerError The tables cannot be written: ${why}`);
    }
    expect(await found(dynamoDb)).to.deep.equal(['first']);
    await dynamoDb.stop();
    expect(notices).to.deep.equal([`${folder}/tables.log: ${why}`]);

    const restarted = await open(folder, { afterMs: 1 });
    expect(await found(restarted)).to.deep.equal(['first']);
    expect(await put(restarted, 'second')).to.equal('written');
  });

  it('does not acknowledge what a sync before the answer has failed for, nor anything after it', async () => {
    const dynamoDb = await open(temporaryFolder(), 'always');
    expect(await put(dynamoDb, 'first')).to.equal('written');
    failOnce();

    expect(await put(dynamoDb, 'second')).to.equal(
      'PutItem: InternalServerError The tables cannot be written: EIO: i/o error, fdatasync',
    );
    expect(await put(dynamoDb, 'third')).to.contain('writes are refused until a restart');
    expect(await found(dynamoDb)).to.deep.equal(['first']);
    expect(notices).to.have.lengthOf(1);
  });

  it('says at the end that the last sync has failed', async () => {
    const folder = temporaryFolder();
    const dynamoDb = await open(folder, { afterMs: 60_000 });
    await put(dynamoDb, 'first');
    failOnce();

    await dynamoDb.stop();

    expect(notices).to.deep.equal([
      `${folder}/tables.log: the disk has not taken all that was written (EIO: i/o error, fdatasync), so a power cut can lose some of it`,
    ]);
  });
});

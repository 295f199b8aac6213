import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataFolderError } from './errors.ts';

/** What a local stack keeps from one run to the next. One process at a time. */
export interface DataFolder {
  /** For DynamoDB's store. */
  readonly dynamoDb: string;
  /** Whoever holds a token of an earlier run can go on using it. */
  readonly signingKeys: string;
  /** Lets another process in. */
  release(): Promise<void>;
}

/**
 * Makes the folder if it is not there, and keeps other processes out: DynamoDB's store would end this process with an
 * error that nobody can catch.
 * @throws {DataFolderError} in use, or cannot be written
 */
export async function claimDataFolder(folder: string): Promise<DataFolder> {
  const root = resolve(folder);
  const lock = join(root, 'in-use');
  try {
    await mkdir(root, { recursive: true });
    await takeLock(lock);
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataFolderError(`The data folder ${root} cannot be used: ${reason}`, { cause: error });
  }
  return {
    dynamoDb: join(root, 'dynamodb'),
    signingKeys: join(root, 'signing-keys.json'),
    release: () => rm(lock, { force: true }),
  };
}

/** Writes this process's id to the file, which must not exist, or be left from a process that is gone. */
async function takeLock(file: string): Promise<void> {
  const owner = Number(await readFile(file, 'utf8').catch(() => ''));
  if (owner > 0 && isAlive(owner)) {
    throw new DataFolderError(
      `The data folder is in use by process ${owner} (if that is something else, delete ${file})`,
    );
  }
  await rm(file, { force: true });
  const handle = await open(file, 'wx');
  await handle.writeFile(String(process.pid));
  await handle.close();
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0); // 0: only asks
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

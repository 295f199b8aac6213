import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { DataFolderError } from './errors.ts';

/** What a local stack keeps from one run to the next. One process at a time. */
export interface DataFolder {
  /** For DynamoDB's store. */
  readonly dynamoDb: string;
  /** Holders of a token of an earlier run can go on using it. */
  readonly signingKeys: string;
  /** Values that an apply makes once, such as a key. */
  readonly terraformState: string;
  /** Lets another process in. */
  release(): Promise<void>;
}

/**
 * Makes the folder if it is not there, and keeps other processes out.
 * @throws {DataFolderError} in use, or cannot be written
 */
export async function claimDataFolder(folder: string): Promise<DataFolder> {
  const root = resolve(folder);
  const owner = join(root, 'in-use');
  const dynamoDb = join(root, 'dynamodb');
  // LevelDB locks its files in the kernel: the lock ends with the process, however that ends, and holds between
  // containers that share the folder. A process id in a file does neither.
  let lock: ClassicLevel | undefined;
  try {
    await makeFolder(root);
    lock = new ClassicLevel(join(root, 'lock'));
    await lock.open();
    await writeFile(owner, String(process.pid));
  } catch (error) {
    const isHeldByUs = lock?.status === 'open';
    await lock?.close().catch(() => {});
    if (isLocked(error) && !isHeldByUs) {
      const processId = await readFile(owner, 'utf8').catch(() => '');
      throw new DataFolderError(
        `The data folder ${root} is in use by process ${processId}: stop it, or choose another folder with --data`,
        { cause: error },
      );
    }
    if (error instanceof DataFolderError) throw error;
    throw new DataFolderError(
      `The data folder ${root} cannot be used: ${reasonOf(error)}. Choose a folder that this user can write with --data`,
      { cause: error },
    );
  }
  return {
    dynamoDb,
    signingKeys: join(root, 'signing-keys.json'),
    terraformState: join(root, 'terraform-state.json'),
    async release() {
      await rm(owner, { force: true });
      await lock?.close();
    },
  };
}

/**
 * Makes a folder and those above it. `mkdir` of Node.js with `recursive` never ends where the parent is there and the
 * folder cannot be made all the same, such as in `/proc`.
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code === 'EEXIST') {
      throw new DataFolderError(`The data folder ${folder} is a file: choose a folder with --data`, { cause: error });
    }
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder);
  }
}

/** LevelDB's reason is the cause of the error that says that a database did not open. */
const causeOf = (error: unknown): unknown => (error instanceof Error && error.cause) || error;

const isLocked = (error: unknown): boolean => (causeOf(error) as { code?: unknown }).code === 'LEVEL_LOCKED';

function reasonOf(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error ? cause.message : String(cause);
}

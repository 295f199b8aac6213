import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where the Lambdas are, each a package of its own. */
export const functionsFolder = resolve(import.meta.dirname, '../packages/functions');

/** Returns the names of all Lambdas, sorted. What is left of one that is gone (`dist`) has no manifest. */
export const lambdaNames = (): string[] =>
  readdirSync(functionsFolder)
    .filter((name) => existsSync(join(functionsFolder, name, 'package.json')))
    .sort();

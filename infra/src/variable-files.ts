import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { EnvironmentName } from './environments.ts';

/**
 * The variable files of an environment that are there: `terraform.tfvars`, for all of them, then
 * `terraform.<environment>.tfvars`, which wins.
 * @param folder absolute; the repository's top
 */
export const variableFilesOf = (folder: string, environment: EnvironmentName): string[] =>
  ['terraform.tfvars', `terraform.${environment}.tfvars`].map((name) => join(folder, name)).filter(existsSync);

/**
 * What a variable file says. Expressions stay templates: `${…}`.
 * @throws {Error} it is not Terraform's syntax; the message names file, line and column
 */
export async function readVariableFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  // Terraform's own parser, as WebAssembly: a megabyte, loaded only for those who have such a file.
  const { parse } = await import('@cdktf/hcl2json');
  try {
    return await parse(basename(file), await readFile(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file} cannot be understood: ${reason}`, { cause: error });
  }
}

const suffix = '.auto.tfvars';

/**
 * Puts variable files into the folder of a synthesized stack under names that Terraform loads by itself, in the order of
 * their names: cdktf runs Terraform there. Those of an earlier time go.
 */
export function layVariableFiles(files: readonly string[], stackFolder: string): void {
  for (const name of readdirSync(stackFolder)) {
    if (name.endsWith(suffix)) rmSync(join(stackFolder, name));
  }
  files.forEach((file, index) => {
    copyFileSync(file, join(stackFolder, `${index}-${basename(file, '.tfvars')}${suffix}`));
  });
}

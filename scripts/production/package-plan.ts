import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { z } from 'zod';
import { environmentNames } from '../../infra/src/environments.ts';

/** Terraform's plan, in the stack's folder. */
export const PLAN = 'production.plan';
const FACTS = 'plan.json';
/** Terraform's own: providers of 700 MB, which `terraform init` fetches again. */
const LEFT_OUT = '.terraform';

const factsSchema = z.strictObject({
  environment: z.enum(environmentNames),
  /** What was planned. */
  commit: z.string(),
  /** ISO 8601. */
  plannedAt: z.string(),
});
/** What is known of a plan beside the plan. */
export type PlanFacts = z.infer<typeof factsSchema>;

/**
 * Packs a stack's folder with the plan in it. A plan refers to the functions' packages by path and does not contain
 * them: so plan, stack, packages, settings and the lock file of the provider stay together.
 */
export async function packFolder(folder: string, facts: PlanFacts): Promise<Uint8Array> {
  const files: Record<string, Uint8Array> = { [FACTS]: Buffer.from(JSON.stringify(facts)) };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name));
    if (!entry.isFile() || path.split(sep)[0] === LEFT_OUT) continue;
    files[path.replaceAll(sep, '/')] = await readFile(join(folder, path));
  }
  return zipSync(files);
}

/** Puts what was packed in the place of `folder`. */
export async function unpackFolder(packed: Uint8Array, folder: string): Promise<PlanFacts> {
  const { [FACTS]: facts, ...files } = unzipSync(packed);
  if (!facts) throw new Error(`the plan has no ${FACTS}`);
  await rm(folder, { recursive: true, force: true });
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return factsSchema.parse(JSON.parse(Buffer.from(facts).toString()));
}

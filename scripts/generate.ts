/**
 * `npm run generate`: writes every file that is made from others: the example of the variables, the pages and tables that
 * follow from the code, the language data. Tests notice when one is out of date. Two are made elsewhere, for they need
 * more than a moment: `npm run cost:measure` counts what operations use, `npm run terraform -- --update` plans each stack.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { renderExample } from '../infra/src/tfvars-example.ts';
import { asyncApiFile, renderAsyncApi } from './asyncapi.ts';
import { contributingPage, renderContributing } from './ci/budget-table.ts';
import { readMeasured } from './cost/measured.ts';
import { renderCosts } from './cost/page.ts';
import { costsPage, errorCodesPage, renderErrorCodes } from './docs.ts';
import { eventSchemaFile, eventTypes, renderEventSchema } from './event-schemas.ts';
import { openApiFile, renderOpenApi } from './openapi.ts';
import { dataFile, generatedFile, renderLanguageData } from './refresh-languages.ts';

const root = resolve(import.meta.dirname, '..');

/** Each file with what makes its text. */
const files: readonly (readonly [file: string, render: () => string | Promise<string>])[] = [
  [join(root, 'terraform.tfvars.example'), renderExample],
  [errorCodesPage, renderErrorCodes],
  [asyncApiFile, renderAsyncApi],
  [openApiFile, renderOpenApi],
  ...eventTypes.map((type) => [eventSchemaFile(type), () => renderEventSchema(type)] as const),
  [costsPage, () => renderCosts(readMeasured())],
  [generatedFile, async () => renderLanguageData(JSON.parse(await readFile(dataFile, 'utf8')))],
  [contributingPage, async () => renderContributing(await readFile(contributingPage, 'utf8'))],
];

/** Writes a file whole or not at all. @returns whether it is another one now */
async function replace(file: string, text: string): Promise<boolean> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return false;
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
  return true;
}

/** Runs the conformance suite, which writes its page. @throws {Error} with what it printed, if a check fails */
async function writeConformancePage(): Promise<void> {
  const page = join(root, 'docs/conformance.md');
  const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
  const suite = 'packages/local/test/conformance/conformance.test.ts';
  const args = [mocha, '--no-parallel', '--no-config', '--timeout', '30000', '--spec', suite];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, CONFORMANCE_REPORT: `${page}.new` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed: Buffer[] = [];
  child.stdout.on('data', (data) => printed.push(data));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The conformance suite failed:\n${Buffer.concat(printed)}`);
  const text = await readFile(`${page}.new`, 'utf8');
  console.log(`${(await readFile(page, 'utf8')) === text ? 'up to date' : 'written   '} docs/conformance.md`);
  await rename(`${page}.new`, page);
}

try {
  for (const [file, render] of files) {
    console.log(`${(await replace(file, await render())) ? 'written   ' : 'up to date'} ${relative(root, file)}`);
  }
  await writeConformancePage();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/**
 * Writes `packages/core/src/sessions/language-data.ts` from `packages/core/data/languages.json`.
 * With `--from-aws`, first refreshes that file from Amazon Translate, Polly and Transcribe (needs credentials and a
 * region, and the three SDK clients, which are no dependencies of ours).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
export const dataFile = join(root, 'packages/core/data/languages.json');
export const generatedFile = join(root, 'packages/core/src/sessions/language-data.ts');

/** Codes as the three services write them. */
export interface ServiceLanguages {
  readonly translate: readonly string[];
  /** locales that a neural voice speaks, also as its additional language */
  readonly pollyNeural: readonly string[];
  readonly transcribeStreaming: readonly string[];
}
export interface LanguageFile extends ServiceLanguages {
  /** ISO date */
  readonly asOf: string;
  readonly sources: readonly { readonly for: string; readonly title: string; readonly url: string }[];
}

/**
 * Locales whose language is not what their code starts with, in terms of Translate's codes. `zh-HK` is Cantonese,
 * which Translate does not offer: taken for `zh`, it would be translated as if it were Mandarin.
 */
const LANGUAGE_OF_LOCALE: Readonly<Record<string, string>> = {
  arb: 'ar',
  'cmn-CN': 'zh',
  'nb-NO': 'no',
  'zh-HK': 'yue',
};
const languageOf = (locale: string): string => LANGUAGE_OF_LOCALE[locale] ?? locale.replace(/-.*/, '');

/**
 * What a listener may choose: what Translate writes and a neural voice speaks. A code with a region needs a voice of
 * just that locale (`pt-PT` has one, `zh-TW` has none); a bare one takes any voice of the language.
 */
export function targetsOf({ translate, pollyNeural }: ServiceLanguages): string[] {
  const spoken = new Set([...pollyNeural, ...pollyNeural.map(languageOf)]);
  return translate.filter((code) => spoken.has(code)).sort();
}

/** The locales that a speaker may choose: what Transcribe streams, and Translate reads. */
export function sourceLocalesOf({ translate, transcribeStreaming }: ServiceLanguages): string[] {
  const readable = (locale: string) => translate.includes(locale) || translate.includes(languageOf(locale));
  return transcribeStreaming.filter(readable).sort();
}

/** The text of the generated module. @throws {Error} a code is not of the form `xx` or `xx-YY` */
export function renderLanguageData(file: LanguageFile): string {
  const targets = targetsOf(file);
  const sourceLocales = sourceLocalesOf(file);
  const odd = [...targets, ...sourceLocales].filter((code) => !/^[a-z]{2}(-[A-Z]{2})?$/.test(code));
  if (odd.length > 0) throw new Error(`languages.json: isLanguageCode() refuses ${odd.join(', ')}; teach it first`);
  return `// Written by scripts/refresh-languages.ts from data/languages.json (as of ${file.asOf}). Do not edit.

/** Codes of Amazon Translate that a neural voice of Amazon Polly speaks. */
export const TARGET_CODES = \`
${wrap(targets)}
\`;

/** Locales that Amazon Transcribe streams and Amazon Translate reads. */
export const SOURCE_LOCALES = \`
${wrap(sourceLocales)}
\`;
`;
}

const wrap = (codes: readonly string[]): string =>
  codes
    .join(' ')
    .replace(/(.{1,110})(?: |$)/g, '$1\n')
    .trimEnd();

/** What is used of an SDK client package: its classes, and the enums of its service model. */
type Sdk = Readonly<Record<string, unknown>>;
export type LoadSdk = (packageName: string) => Promise<Sdk>;

const [TRANSLATE, POLLY, TRANSCRIBE] = [
  '@aws-sdk/client-translate',
  '@aws-sdk/client-polly',
  '@aws-sdk/client-transcribe-streaming',
] as const;

const loadInstalled: LoadSdk = async (packageName) => {
  try {
    return await import(packageName);
  } catch (cause) {
    // Beside this script, where the lockfile of the workspaces knows nothing of them.
    const remedy = `npm install --no-save --no-package-lock --prefix scripts ${TRANSLATE} ${POLLY} ${TRANSCRIBE}`;
    throw new Error(`--from-aws needs ${packageName}; run: ${remedy}`, { cause });
  }
};

type Page = Readonly<Record<string, unknown>>;
type Newable<Instance> = new (input: object) => Instance;

/** Every item of a paginated list operation. */
async function listAll<Item>(sdk: Sdk, client: string, command: string, list: string, input: object): Promise<Item[]> {
  const sender = new (sdk[client] as Newable<{ send(command: unknown): Promise<Page> }>)({});
  const Command = sdk[command] as Newable<unknown>;
  const items: Item[] = [];
  let page: Page = {};
  do {
    page = await sender.send(new Command({ ...input, ...(page.NextToken ? { NextToken: page.NextToken } : {}) }));
    items.push(...(page[list] as Item[]));
  } while (page.NextToken);
  return items;
}

/**
 * What the three services offer now, in the account's region. Transcribe has no call for it, so its part is the
 * service model's enum, as of the version of the installed client.
 * @throws {Error} a client is not installed (says how to), or AWS refuses
 */
export async function readFromAws(load: LoadSdk = loadInstalled): Promise<ServiceLanguages> {
  const [translate, polly, transcribe] = await Promise.all([load(TRANSLATE), load(POLLY), load(TRANSCRIBE)]);
  type Language = { LanguageCode: string };
  type Voice = { LanguageCode: string; AdditionalLanguageCodes?: string[] };
  const [languages, voices] = await Promise.all([
    listAll<Language>(translate, 'TranslateClient', 'ListLanguagesCommand', 'Languages', {}),
    listAll<Voice>(polly, 'PollyClient', 'DescribeVoicesCommand', 'Voices', { Engine: 'neural' }),
  ]);
  const sorted = (codes: string[]) => [...new Set(codes)].sort();
  return {
    translate: sorted(languages.map((language) => language.LanguageCode)).filter((code) => code !== 'auto'),
    pollyNeural: sorted(voices.flatMap((voice) => [voice.LanguageCode, ...(voice.AdditionalLanguageCodes ?? [])])),
    transcribeStreaming: sorted(Object.values(transcribe.LanguageCode as Record<string, string>)),
  };
}

const API_SOURCES: LanguageFile['sources'] = [
  {
    for: 'translate',
    title: 'Amazon Translate ListLanguages',
    url: 'https://docs.aws.amazon.com/translate/latest/APIReference/API_ListLanguages.html',
  },
  {
    for: 'pollyNeural',
    title: 'Amazon Polly DescribeVoices, Engine=neural',
    url: 'https://docs.aws.amazon.com/polly/latest/dg/API_DescribeVoices.html',
  },
  {
    for: 'transcribeStreaming',
    title: `LanguageCode enum of ${TRANSCRIBE}`,
    url: 'https://www.npmjs.com/package/@aws-sdk/client-transcribe-streaming',
  },
];

async function main(fromAws: boolean): Promise<void> {
  if (fromAws) {
    const asOf = new Date().toISOString().slice(0, 10);
    const file: LanguageFile = { asOf, sources: API_SOURCES, ...(await readFromAws()) };
    await writeFile(dataFile, `${JSON.stringify(file, null, 2)}\n`);
  }
  await writeFile(generatedFile, renderLanguageData(JSON.parse(await readFile(dataFile, 'utf8'))));
}

if (process.argv[1] === import.meta.filename) {
  await main(process.argv.includes('--from-aws')).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}

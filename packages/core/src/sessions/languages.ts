import { SOURCE_LOCALES, TARGET_CODES } from './language-data.ts';

const codes = (text: string): readonly string[] => text.trim().split(/\s+/);
const locales = /* @__PURE__ */ codes(SOURCE_LOCALES);

/**
 * What a listener may choose, as Amazon Translate writes it: a language (`pt`), or a variety of it that has both its
 * own translation and its own neural voice (`pt-PT`).
 */
export const targetLanguages: readonly string[] = /* @__PURE__ */ codes(TARGET_CODES);

/** What a speaker may choose: a locale that Amazon Transcribe streams (`en-US`), or just its language (`en`). */
export const sourceLanguages: readonly string[] = /* @__PURE__ */ [
  ...new Set([...locales.map((locale) => locale.slice(0, 2)), ...locales]),
].sort();

/** Whether sessions can be held in this language. Expects the written form: see `normaliseLanguageCode`. */
export const isSourceLanguage = (code: string): boolean => sourceLanguages.includes(code);

/** Whether sessions can be heard in this language. Expects the written form: see `normaliseLanguageCode`. */
export const isTargetLanguage = (code: string): boolean => targetLanguages.includes(code);

/**
 * Whether this is a language code at all, supported or not: an ISO 639-1 language (`pt`), or one with an ISO 3166-1
 * country (`pt-BR`). The rest of BCP 47 (`yue`, `es-419`, `zh-Hant`) is refused: no supported code needs it.
 */
export const isLanguageCode = (code: string): boolean => /^[a-z]{2}(-[A-Z]{2})?$/.test(code);

/** A language code in its written form (`PT-br` becomes `pt-BR`); what is no language code stays as it is. */
export const normaliseLanguageCode = (input: string): string =>
  input.replace(
    /^([a-z]{2})(-[a-z]{2})?$/i,
    (_, language: string, country = '') => language.toLowerCase() + country.toUpperCase(),
  );

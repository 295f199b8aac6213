import { sourceLanguages, targetLanguages } from '@sessions/core/languages';

/** A language to choose. */
export interface Language {
  readonly code: string;
  /** In the language itself. */
  readonly name: string;
}

/** A language's name in that language, e.g. `Deutsch`; its code where the browser knows none. */
export function languageName(code: string): string {
  try {
    const name = new Intl.DisplayNames([code], { type: 'language', languageDisplay: 'standard' }).of(code) ?? code;
    return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
  } catch {
    return code;
  }
}

const named = (codes: readonly string[]): Language[] =>
  codes.map((code) => ({ code, name: languageName(code) })).sort((one, other) => one.name.localeCompare(other.name));

/** What a session can be heard in. */
export const heard: readonly Language[] = named(targetLanguages);

/** What a session can be held in: languages without their many varieties. */
export const spoken: readonly Language[] = named(sourceLanguages.filter((code) => !code.includes('-')));

/** What the reader of this page most likely wants, of those that there are. */
export function preferred(choices: readonly Language[], fallback: string): string {
  const wanted = navigator.languages.flatMap((tag) => [tag, tag.slice(0, 2)]);
  return wanted.find((tag) => choices.some(({ code }) => code === tag)) ?? fallback;
}

import { ServiceError } from '../protocol/index.ts';
import {
  isLanguageCode,
  isSourceLanguage,
  isTargetLanguage,
  normaliseLanguageCode,
  sourceLanguages,
  targetLanguages,
} from './languages.ts';

/** @throws {ServiceError} INVALID_LANGUAGE, UNSUPPORTED_LANGUAGE */
export const parseSourceLanguage = (code: string): string =>
  parse('sourceLanguage', code, isSourceLanguage, sourceLanguages);

/** @throws {ServiceError} INVALID_LANGUAGE, UNSUPPORTED_LANGUAGE */
export const parseTargetLanguage = (code: string): string =>
  parse('targetLanguage', code, isTargetLanguage, targetLanguages);

function parse(
  field: string,
  input: string,
  isSupported: (code: string) => boolean,
  allowed: readonly string[],
): string {
  const code = normaliseLanguageCode(input);
  if (isSupported(code)) return code;
  if (!isLanguageCode(code)) {
    const problem = 'must be a language code such as en or pt-PT';
    throw new ServiceError('INVALID_LANGUAGE', `${field}: ${problem}`, { details: [{ field, problem }] });
  }
  const problem = `${code} is not supported`;
  throw new ServiceError('UNSUPPORTED_LANGUAGE', `${field}: ${problem}`, { details: [{ field, problem, allowed }] });
}

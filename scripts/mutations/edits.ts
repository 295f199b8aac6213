import { relative, resolve } from 'node:path';

export const packagesFolder = resolve(import.meta.dirname, '../../packages');

/** A change of one file's text. */
export interface Edit {
  /** Relative to `packages`, e.g. `core/src/sessions/sweep.ts`. */
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Returns the file's path as edits name it. */
export const editedFileOf = (path: string): string => relative(packagesFolder, path).replaceAll('\\', '/');

/** @throws {Error} the text to be replaced is not there, or is there more than once: the mutation has to be written anew */
export function applyEdits(file: string, text: string, edits: readonly Edit[]): string {
  return edits.reduce((changed, { find, replace }) => {
    const parts = changed.split(find);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, and not once: ${find}`);
    return parts.join(replace);
  }, text);
}

/**
 * The doc comments of a module's exported objects and of their fields, by `name` and `name.field`. For modules that are
 * formatted as ours are: one `export const` a statement, one field a line.
 */
export function docCommentsOf(source: string): Map<string, string> {
  const comments = new Map<string, string>();
  let owner = '';
  let pending: string | undefined;
  for (const [, comment, exported, field, end] of source.matchAll(TOKENS)) {
    if (comment !== undefined) pending = textOf(comment);
    if (exported !== undefined) owner = exported;
    const name = exported ?? (field === undefined || owner === '' ? undefined : `${owner}.${field}`);
    if (name !== undefined && pending !== undefined) comments.set(name, pending);
    if (name !== undefined || end !== undefined) pending = undefined;
    if (end !== undefined) owner = '';
  }
  return comments;
}

/** A doc comment, the head of an exported constant, a field two spaces deep, the end of a statement. */
const TOKENS = /\/\*\*([\s\S]*?)\*\/|^export const (\w+)\b|^ {2}(\w+)(?=[:,])|^(\}\S*;)/gm;

/** Without the frame of asterisks; line breaks of the source become spaces, those of lists stay. */
const textOf = (comment: string): string =>
  comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join('\n')
    .trim()
    .replaceAll(/\n(?!- )/g, ' ');

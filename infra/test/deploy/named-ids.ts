/**
 * The value with each id replaced by what it is the id of: ids differ from one deployment to the next, and all else has
 * to be equal. What is undefined is left out.
 */
export function withNamedIds<T>(value: T, ids: Readonly<Record<string, string | undefined>>): T {
  let text = JSON.stringify(value);
  for (const [name, id] of Object.entries(ids)) {
    if (id) text = text.replaceAll(new RegExp(`(?<![0-9A-Za-z])${id}(?![0-9A-Za-z])`, 'g'), `<${name}>`);
  }
  return JSON.parse(text);
}

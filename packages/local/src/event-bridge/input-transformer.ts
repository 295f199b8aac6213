import { type JsonPath, parseJsonPath, valueAt } from './json-path.ts';

/** Makes a target's event from that of the bus. */
export type TransformInput = (event: unknown, rule: { readonly name: string; readonly arn: string }) => unknown;

/** An input transformer that EventBridge would not take, or that cannot be run here. */
export class InputTransformerError extends Error {
  override readonly name = 'InputTransformerError';
}

const PLACEHOLDER = /<([^<>"\s]+)>/g;
/** No JSON text holds it as it is. */
const MARK = '\u0000';

/**
 * Parses an input transformer: a template in JSON, with `<name>` for a value. In a string, the value's text takes its
 * place; elsewhere the value itself, and a property whose value is absent is left out.
 * @see "Amazon EventBridge input transformation", EventBridge User Guide
 * @throws {InputTransformerError} one line that says what is wrong
 */
export function parseInputTransformer(inputPaths: Readonly<Record<string, string>>, template: string): TransformInput {
  const paths = new Map<string, JsonPath>();
  for (const [name, text] of Object.entries(inputPaths)) {
    const path = parseJsonPath(text);
    if (path === undefined) throw new InputTransformerError(`the path ${text} of ${name} cannot be run here`);
    paths.set(name, path);
  }
  for (const [, name = ''] of template.matchAll(PLACEHOLDER)) {
    if (!paths.has(name) && !predefined.has(name)) {
      throw new InputTransformerError(`<${name}> is in the template, and no input path has that name`);
    }
  }
  const parsed = parseTemplate(template);

  return (event, rule) => {
    const lookUp = (name: string): unknown => {
      const path = paths.get(name);
      return path ? valueAt(event, path) : predefined.get(name)?.(event, rule);
    };
    return fill(parsed, lookUp);
  };
}

const predefined = new Map<string, TransformInput>([
  ['aws.events.rule-arn', (_event, { arn }) => arn],
  ['aws.events.rule-name', (_event, { name }) => name],
  ['aws.events.event', (event) => event],
  ['aws.events.event.json', (event) => event],
]);

/** Placeholders that stand for themselves, not in a string, become strings with a mark. */
function parseTemplate(template: string): unknown {
  const parts = template.split(/("(?:[^"\\]|\\.)*")/s);
  const marked = parts.map((part, index) =>
    index % 2 === 1 ? part : part.replace(PLACEHOLDER, (_, name: string) => JSON.stringify(`${MARK}${name}`)),
  );
  try {
    return JSON.parse(marked.join(''));
  } catch (cause) {
    throw new InputTransformerError('the template is no JSON once its placeholders are filled in', { cause });
  }
}

function fill(template: unknown, lookUp: (name: string) => unknown): unknown {
  if (typeof template === 'string') {
    if (template.startsWith(MARK)) return lookUp(template.slice(MARK.length));
    return template.replace(PLACEHOLDER, (_, name: string) => textOf(lookUp(name)));
  }
  if (Array.isArray(template)) return template.map((element) => fill(element, lookUp) ?? null);
  if (typeof template !== 'object' || template === null) return template;
  const filled = Object.entries(template).map(([key, value]) => [key, fill(value, lookUp)] as const);
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined));
}

const textOf = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

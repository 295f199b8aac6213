/** What dynalite hands its expression parsers beside the text. */
interface ParseContext {
  readonly attrNames?: Readonly<Record<string, string>> | undefined;
  readonly attrVals?: Readonly<Record<string, object>> | undefined;
  /** Names and values that no expression of the request has used yet: parsers take out what they find used. */
  readonly unusedAttrNames: Record<string, true>;
  readonly unusedAttrVals: Record<string, true>;
}

/** One of dynalite's generated parsers. Returns what the text means, or a string that says what is wrong with it. */
export interface ExpressionParser {
  parse(text: string, options: { readonly context: ParseContext }): unknown;
}

/** A program has a few dozen expressions; who makes them up as it goes must not fill the memory. */
const MAX_REMEMBERED = 500;
/** What is said about these depends on the values themselves, not only on their types. */
const DEPENDS_ON_VALUES = /between|attribute_type/i;

/** Stands in a remembered result where the request's value goes. */
class ValueOf {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

interface Remembered {
  readonly result: unknown;
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/**
 * Makes a parser remember the expressions that it has understood. dynalite parses each request's anew, and takes up to a
 * millisecond for a condition with parentheses (its grammar goes back at each of them): most of what a call costs it.
 * A result depends on the text, the names and the types of the values; the values themselves are filled in.
 */
export function rememberParses(parser: ExpressionParser): void {
  const parse = parser.parse.bind(parser);
  const known = new Map<string, Remembered>();
  parser.parse = (text, options) => {
    if (DEPENDS_ON_VALUES.test(text)) return parse(text, options);
    const { attrNames = {}, attrVals = {}, unusedAttrNames, unusedAttrVals } = options.context;
    const types = Object.entries(attrVals).map(([name, value]) => [name, ...Object.keys(value)]);
    const key = JSON.stringify([text, attrNames, types]);
    let remembered = known.get(key);
    if (remembered === undefined) {
      const probe = { ...options.context, unusedAttrNames: flags(attrNames), unusedAttrVals: flags(attrVals) };
      const result = parse(text, { ...options, context: probe });
      // Said once and gone: what is wrong with an expression may quote a value.
      if (typeof result !== 'object' || result === null) return result;
      const nameOf = new Map(Object.entries(attrVals).map(([name, value]) => [value, name]));
      const copy = (value: object) => {
        const name = nameOf.get(value);
        return name === undefined ? undefined : new ValueOf(name);
      };
      remembered = {
        result: copyWith(result, copy),
        names: Object.keys(attrNames).filter((name) => !(name in probe.unusedAttrNames)),
        values: Object.keys(attrVals).filter((name) => !(name in probe.unusedAttrVals)),
      };
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.set(key, remembered);
    }
    for (const name of remembered.names) delete unusedAttrNames[name];
    for (const name of remembered.values) delete unusedAttrVals[name];
    // A copy each time: dynalite works in it.
    return copyWith(remembered.result, (value) => (value instanceof ValueOf ? attrVals[value.name] : undefined));
  };
}

const flags = (names: object): Record<string, true> =>
  Object.fromEntries(Object.keys(names).map((name) => [name, true as const]));

/** A deep copy, except for the objects that have a replacement: they are taken as they are. */
function copyWith(value: unknown, replacementOf: (value: object) => object | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const replacement = replacementOf(value);
  if (replacement !== undefined) return replacement;
  if (Array.isArray(value)) return value.map((item) => copyWith(item, replacementOf));
  const copy = Object.create(Object.getPrototypeOf(value));
  for (const [key, part] of Object.entries(value)) copy[key] = copyWith(part, replacementOf);
  return copy;
}

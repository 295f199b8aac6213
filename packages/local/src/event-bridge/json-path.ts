/** The steps of a path: names of properties, and positions in lists. */
export type JsonPath = readonly (string | number)[];

const STEP = /\.([^.[\]'"*@?()\s]+)|\[(\d+)\]|\['([^']+)'\]|\["([^"]+)"\]/y;

/** Parses the paths that lead to one value: `$`, `$.detail.items[0]`, `$['detail-type']`. @returns undefined: another one */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: (string | number)[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < text.length) {
    const [, name, index, quoted, doubleQuoted] = STEP.exec(text) ?? [];
    const step = name ?? quoted ?? doubleQuoted ?? (index === undefined ? undefined : Number(index));
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps;
}

/** What stands there; undefined: nothing. */
export function valueAt(value: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>((at, step) => {
    if (Array.isArray(at)) return typeof step === 'number' ? at[step] : undefined;
    return typeof at === 'object' && at !== null && Object.hasOwn(at, step)
      ? (at as Record<string, unknown>)[step]
      : undefined;
  }, value);
}

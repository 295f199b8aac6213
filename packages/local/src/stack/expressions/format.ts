import { ExpressionError } from '../errors.ts';
import { isPlainObject, LazyObject, toNumber, toText } from './values.ts';

/** `jsonencode(value)`: compact, keys sorted, `<`, `>` and `&` escaped, as Terraform writes it. */
export function encodeJson(value: unknown): string {
  const sorted = JSON.stringify(value, (_, item: unknown) => {
    if (item instanceof LazyObject) throw new ExpressionError('a whole resource as JSON is not supported');
    return isPlainObject(item)
      ? Object.fromEntries(
          Object.keys(item)
            .sort()
            .map((key) => [key, item[key]]),
        )
      : item;
  });
  return sorted.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026');
}

/** `format(pattern, values…)` with `%s %d %f %t %q %v %%`, width and precision. */
export function formatText(pattern: string, values: readonly unknown[]): string {
  let next = 0;
  return pattern.replace(
    /%([-0]?)(\d*)(?:\.(\d+))?(.)/g,
    (_, flag: string, width: string, precision: string, verb: string) => {
      if (verb === '%') return '%';
      if (next >= values.length) throw new ExpressionError(`format: no value for %${verb}`);
      const shown = show(verb, values[next++], precision);
      if (flag === '-') return shown.padEnd(Number(width));
      return shown.padStart(Number(width), flag === '0' ? '0' : ' ');
    },
  );
}

function show(verb: string, value: unknown, precision: string | undefined): string {
  switch (verb) {
    case 's':
    case 't':
      return toText(value);
    case 'd':
      return String(Math.trunc(toNumber(value)));
    case 'f':
      return toNumber(value).toFixed(precision === undefined ? 6 : Number(precision));
    case 'q':
      return JSON.stringify(toText(value));
    case 'v':
      return typeof value === 'object' ? encodeJson(value) : toText(value);
    default:
      throw new ExpressionError(`format: %${verb} is not supported`);
  }
}

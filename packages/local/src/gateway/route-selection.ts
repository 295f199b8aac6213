import { isRecord } from './policy.ts';

/** The route key that a message selects; undefined if it is not JSON, and so can select none. */
export type SelectRoute = (body: string) => string | undefined;

/**
 * Compiles a route selection expression: `$request.body.action`, `${request.body.action}`, or variables mixed with
 * constants (`${request.body.a.b}-v1`). A path that the message does not have resolves to the empty string; objects and
 * arrays to their JSON.
 * @throws {Error} a variable that a WebSocket message does not have
 * @see facts page, section 4
 */
export function compileRouteSelection(expression: string): SelectRoute {
  const parts = partsOf(expression);
  return (body) => {
    let message: unknown;
    try {
      message = JSON.parse(body);
    } catch {
      return undefined;
    }
    let key = '';
    for (const part of parts) key += typeof part === 'string' ? part : resolve(message, part);
    return key;
  };
}

/** A constant, or the path of a variable inside the body. */
type Part = string | readonly string[];

function partsOf(expression: string): Part[] {
  const plain = /^\$request\.body\.([^${}]+)$/.exec(expression);
  if (plain) return [pathOf(plain[1] ?? '')];
  return expression
    .split(/(\$\{[^}]*\})/)
    .filter((part) => part !== '')
    .map((part) => {
      const variable = /^\$\{request\.body\.([^}]+)\}$/.exec(part)?.[1];
      if (variable !== undefined) return pathOf(variable);
      if (!part.includes('$')) return part;
      throw new Error(
        `routeSelectionExpression ${expression}: ${part} is not known here; use $request.body.<path> or \${request.body.<path>}`,
      );
    });
}

/** `a.b[0]` as `['a', 'b', '0']` */
function pathOf(text: string): string[] {
  return text.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
}

function resolve(message: unknown, path: readonly string[]): string {
  let value = message;
  for (const key of path) {
    if (!isRecord(value) && !Array.isArray(value)) return '';
    if (!Object.hasOwn(value, key)) return '';
    value = (value as Record<string, unknown>)[key];
  }
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : jsonOf(value);
}

/** JSON that is nested thousands of levels deep can be read, but not written. It is then no key of any route. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

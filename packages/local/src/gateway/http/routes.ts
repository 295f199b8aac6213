import type { HttpRoute } from '../../stack/model.ts';

/** A route that a request has selected. */
export interface SelectedRoute {
  readonly route: HttpRoute;
  /** Decoded, by name; empty: the route has none. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** Selects the route of a request, or none. @param path below the stage, as the client sent it: nothing is decoded */
export type SelectHttpRoute = (method: string, path: string) => SelectedRoute | undefined;

interface CompiledRoute {
  readonly route: HttpRoute;
  /** Absent: every method. */
  readonly method: string | undefined;
  readonly segments: readonly string[];
}

/**
 * Compiles the routes of an HTTP API: a full match of path and method comes first, then one with a greedy parameter,
 * then `$default`. Of several full matches that with more literal segments from the left wins, then the route's own method over
 * `ANY`; between these two kinds the order is UNCONFIRMED. So is that empty segments count: `/orders/` is not `/orders`.
 * @see "Create routes for HTTP APIs in API Gateway", API Gateway Developer Guide
 */
export function compileHttpRoutes(routes: readonly HttpRoute[]): SelectHttpRoute {
  const fallback = routes.find(({ routeKey }) => routeKey === '$default');
  const compiled = routes
    .filter((route) => route !== fallback)
    .map(compile)
    .sort(byPriority);
  return (method, path) => {
    const segments = path.slice(1).split('/').map(decodeSegment);
    for (const candidate of compiled) {
      if (candidate.method !== undefined && candidate.method !== method) continue;
      const pathParameters = match(candidate.segments, segments);
      if (pathParameters) return { route: candidate.route, pathParameters };
    }
    return fallback && { route: fallback, pathParameters: {} };
  };
}

function compile(route: HttpRoute): CompiledRoute {
  const [method = '', path = '/'] = route.routeKey.split(' ');
  return { route, method: method === 'ANY' ? undefined : method, segments: path.slice(1).split('/') };
}

const isGreedy = (segment: string): boolean => segment.endsWith('+}');
const isParameter = (segment: string): boolean => segment.startsWith('{');
const rankOf = (segment: string | undefined): number => {
  if (segment === undefined || isGreedy(segment)) return 2;
  return isParameter(segment) ? 1 : 0;
};

function byPriority(one: CompiledRoute, other: CompiledRoute): number {
  const length = Math.max(one.segments.length, other.segments.length);
  for (let at = 0; at < length; at++) {
    const difference = rankOf(one.segments[at]) - rankOf(other.segments[at]);
    if (difference !== 0) return difference;
  }
  return Number(one.method === undefined) - Number(other.method === undefined);
}

/** The parameters, or undefined: the path does not match. */
function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  // Without a prototype: `__proto__` is a name like any other.
  const parameters: Record<string, string> = Object.create(null);
  for (const [at, expected] of pattern.entries()) {
    const given = segments[at];
    if (given === undefined) return undefined;
    if (isGreedy(expected)) {
      const rest = segments.slice(at).join('/');
      if (rest === '') return undefined;
      parameters[expected.slice(1, -2)] = rest;
      return parameters;
    }
    if (!isParameter(expected)) {
      if (given !== expected) return undefined;
    } else {
      if (given === '') return undefined;
      parameters[expected.slice(1, -1)] = given;
    }
  }
  return pattern.length === segments.length ? parameters : undefined;
}

/** What is no valid percent-encoding stands for itself. */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

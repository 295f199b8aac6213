import type { Cors } from '../../stack/model.ts';
import type { HttpAnswer } from './answer.ts';
import type { HttpRequest } from './request.ts';

/** What CORS adds to an answer. */
type CorsHeaders = Readonly<Record<string, string>>;

/** Whether a request is a preflight. @see "Configure CORS for HTTP APIs in API Gateway", API Gateway Developer Guide */
export function isPreflight({ method, headers }: HttpRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** API Gateway's own answer to a preflight that no route takes; the headers come by {@link withCors}. */
export const preflightAnswer: HttpAnswer = { statusCode: 204, headers: {}, body: Buffer.alloc(0) };

/**
 * An answer with the CORS headers that the API's configuration says, in place of those of the function; none if the origin
 * is not allowed (UNCONFIRMED). That API Gateway's own errors carry them as well is UNCONFIRMED.
 */
export function withCors(cors: Cors, request: HttpRequest, answer: HttpAnswer): HttpAnswer {
  const kept = Object.fromEntries(
    Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-')),
  );
  const origin = allowedOrigin(cors, request.headers.origin);
  if (origin === undefined) return { ...answer, headers: kept };
  return {
    ...answer,
    headers: {
      ...kept,
      'access-control-allow-origin': origin,
      ...(cors.allowCredentials && { 'access-control-allow-credentials': 'true' }),
      ...(isPreflight(request) ? ofPreflight(cors) : list('access-control-expose-headers', cors.exposeHeaders)),
    },
  };
}

const ofPreflight = ({ allowMethods, allowHeaders, maxAgeSeconds }: Cors): CorsHeaders => ({
  ...list('access-control-allow-methods', allowMethods),
  ...list('access-control-allow-headers', allowHeaders),
  ...(maxAgeSeconds !== undefined && { 'access-control-max-age': String(maxAgeSeconds) }),
});

const list = (name: string, values: readonly string[]): CorsHeaders =>
  values.length === 0 ? {} : { [name]: values.join(',') };

/** What stands in `Access-Control-Allow-Origin`: `*`, or the origin of the request; undefined: nothing. */
function allowedOrigin({ allowOrigins }: Cors, origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  if (allowOrigins.includes('*')) return '*';
  const isAllowed = allowOrigins.some((allowed) =>
    allowed.endsWith('://*') ? origin.startsWith(allowed.slice(0, -1)) : allowed.toLowerCase() === origin.toLowerCase(),
  );
  return isAllowed ? origin : undefined;
}

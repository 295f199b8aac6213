import type { Cors } from '../../stack/model.ts';
import type { HttpAnswer } from './answer.ts';
import type { HttpRequest } from './request.ts';

/** What CORS adds to an answer. */
type CorsHeaders = Readonly<Record<string, string>>;

/**
 * Whether a request is a preflight, which API Gateway answers by itself when the API has a CORS configuration.
 * @see "Configure CORS for HTTP APIs in API Gateway", API Gateway Developer Guide
 */
export function isPreflight({ method, headers }: HttpRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** The answer to a preflight: 204, without CORS headers if the origin is not allowed (UNCONFIRMED: also then 204). */
export function preflightAnswer(cors: Cors, { headers }: HttpRequest): HttpAnswer {
  const origin = allowedOrigin(cors, headers.origin);
  const allowed: CorsHeaders =
    origin === undefined
      ? {}
      : {
          ...shared(cors, origin),
          ...list('access-control-allow-methods', cors.allowMethods),
          ...list('access-control-allow-headers', cors.allowHeaders),
          ...(cors.maxAgeSeconds !== undefined && { 'access-control-max-age': String(cors.maxAgeSeconds) }),
        };
  return { statusCode: 204, headers: allowed, body: Buffer.alloc(0) };
}

/**
 * An answer with the CORS headers that the API's configuration says, in place of those of the function. That API Gateway's
 * own errors carry them as well is UNCONFIRMED.
 */
export function withCors(cors: Cors, { headers: asked }: HttpRequest, answer: HttpAnswer): HttpAnswer {
  const kept = Object.fromEntries(
    Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-')),
  );
  const origin = allowedOrigin(cors, asked.origin);
  if (origin === undefined) return { ...answer, headers: kept };
  return {
    ...answer,
    headers: { ...kept, ...shared(cors, origin), ...list('access-control-expose-headers', cors.exposeHeaders) },
  };
}

const shared = ({ allowCredentials }: Cors, origin: string): CorsHeaders => ({
  'access-control-allow-origin': origin,
  ...(allowCredentials && { 'access-control-allow-credentials': 'true' }),
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

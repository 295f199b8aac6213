import type { IncomingMessage } from 'node:http';
import type { Body } from '../../read-body.ts';
import type { HttpRoute, JwtAuthorization, Stage } from '../../stack/model.ts';
import { type HttpAnswer, ownAnswer } from './answer.ts';
import type { HttpAuthorizer } from './event.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import { claimTexts, verifyJwt } from './jwt.ts';
import type { HttpGatewayOptions } from './options.ts';
import type { HttpRequest } from './request.ts';
import { decodeSegment } from './routes.ts';

export interface AuthorizationRequest {
  readonly route: HttpRoute;
  readonly request: HttpRequest;
  readonly stage: Stage;
  /** Below the stage. */
  readonly path: string;
  readonly req: IncomingMessage;
  readonly body: Body;
}

/** Let in, or what the client gets instead. */
export type Authorized = { readonly authorizer?: HttpAuthorizer } | { readonly refusal: HttpAnswer };

/**
 * Makes what decides who may call a route.
 * @param apiArn `arn:aws:execute-api:<region>:<account>:<apiId>`
 */
export function createAuthorize({ admitCaller, clock, localKeysOf }: HttpGatewayOptions, apiArn: string) {
  const keys = createIssuerKeys({ clock, localKeysOf });

  async function byToken(request: HttpRequest, authorization: JwtAuthorization): Promise<Authorized> {
    const token = tokenOf(request, authorization.identitySource);
    if (token === '') return unauthorized('the request has no token', 'Bearer');
    const verdict = await verifyJwt(token, authorization, { keys, clock });
    const { scopes } = authorization;
    const challenge = (error: string, description: string): string =>
      `Bearer scope="${scopes.join(' ')}" error="${error}" error_description="${description}"`;
    if ('problem' in verdict) return unauthorized(verdict.problem, challenge('invalid_token', verdict.problem));
    if (scopes.length > 0 && !verdict.scopes.some((scope) => scopes.includes(scope))) {
      // The header is UNCONFIRMED; RFC 6750 section 3.1 asks for it.
      const header = challenge('insufficient_scope', 'the token does not have a required scope');
      const reason = `the token has none of the scopes ${scopes.join(', ')}`;
      return { refusal: ownAnswer('forbidden', reason, { 'www-authenticate': header }) };
    }
    // Without scopes on the route AWS gives null (UNCONFIRMED).
    return {
      authorizer: { jwt: { claims: claimTexts(verdict.claims), scopes: scopes.length > 0 ? verdict.scopes : null } },
    };
  }

  return async ({ route, request, stage, path, req, body }: AuthorizationRequest): Promise<Authorized> => {
    const { authorization } = route;
    if (authorization === undefined) return {};
    if (authorization.kind === 'jwt') return byToken(request, authorization);
    const decoded = path.split('/').map(decodeSegment).join('/');
    const admission = admitCaller(req, body, `${apiArn}/${stage.name}/${request.method}${decoded}`);
    // HTTP APIs say no more than that, whatever is wrong with the signature (UNCONFIRMED).
    if ('refusal' in admission) return { refusal: ownAnswer('forbidden', admission.refusal) };
    return { authorizer: { iam: admission } };
  };
}

const unauthorized = (reason: string, challenge: string): Authorized => ({
  refusal: ownAnswer('unauthorized', reason, { 'www-authenticate': challenge }),
});

/** "The identitySource can include only the token, or the token prefixed with Bearer." */
function tokenOf({ headers, query }: HttpRequest, identitySource: string): string {
  const [, place, name = ''] = /^\$request\.(header|querystring)\.(.+)$/.exec(identitySource) ?? [];
  const value = place === 'header' ? headers[name.toLowerCase()] : query[name];
  return (value ?? '').replace(/^Bearer +/i, '').trim();
}

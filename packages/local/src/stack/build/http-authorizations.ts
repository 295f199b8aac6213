import { isLoopback } from '../../addresses.ts';
import { toList, toText } from '../expressions/values.ts';
import type { HttpAuthorization } from '../model.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { type PartsOf, refuseOthers } from './api-parts.ts';

const OF_AUTHORIZER = ['api_id', 'authorizer_type', 'identity_sources', 'name', 'jwt_configuration'];

/** Who may call a route of an HTTP API. @returns undefined: everybody @throws {StackResourceError} it cannot be run here */
export function buildHttpAuthorization(route: ResourceInstance, ofApi: PartsOf): HttpAuthorization | undefined {
  const type = route.optionalText('authorization_type') ?? 'NONE';
  const scopes = route.texts('authorization_scopes');
  if (type !== 'JWT' && scopes.length > 0) {
    throw route.fault('authorization_scopes', 'only the authorization_type JWT has scopes: remove them');
  }
  switch (type) {
    case 'NONE':
      return undefined;
    case 'AWS_IAM':
      return { kind: 'iam' };
    case 'JWT':
      return jwtAuthorization(route, ofApi, scopes);
    default:
      throw route.fault('authorization_type', `${type} cannot be run here, only JWT, AWS_IAM and NONE`);
  }
}

function jwtAuthorization(route: ResourceInstance, ofApi: PartsOf, scopes: readonly string[]): HttpAuthorization {
  const id = route.optionalText('authorizer_id');
  const authorizer = ofApi('aws_apigatewayv2_authorizer').find((candidate) => candidate.text('id') === id);
  if (!authorizer) throw route.fault('authorizer_id', `the API has no authorizer ${JSON.stringify(id)}`);
  const authorizerType = authorizer.text('authorizer_type');
  if (authorizerType !== 'JWT') {
    throw authorizer.fault('authorizer_type', `${authorizerType} cannot be run here on an HTTP API, only JWT`);
  }
  refuseOthers(authorizer, OF_AUTHORIZER);
  const { issuer, audience } = authorizer.block('jwt_configuration') ?? {};
  const issuerText = issuer === undefined || issuer === null ? '' : toText(issuer);
  if (!isIssuer(issuerText)) {
    throw authorizer.fault(
      'jwt_configuration',
      `issuer ${JSON.stringify(issuerText)} is not an https URL (http is taken for this machine only)`,
    );
  }
  const audiences = audience === undefined || audience === null ? [] : toList(audience).map(toText);
  if (audiences.length === 0) throw authorizer.fault('jwt_configuration', 'audience is empty: name at least one');
  const [identitySource, ...others] = authorizer.texts('identity_sources');
  if (identitySource === undefined || others.length > 0 || !IDENTITY_SOURCE.test(identitySource)) {
    throw authorizer.fault(
      'identity_sources',
      'a JWT authorizer takes exactly one: $request.header.<name> or $request.querystring.<name>',
    );
  }
  return {
    kind: 'jwt',
    authorizerId: authorizer.text('id'),
    issuer: issuerText,
    audience: audiences,
    identitySource,
    scopes,
  };
}

const IDENTITY_SOURCE = /^\$request\.(header|querystring)\.[^.\s]+$/;

function isIssuer(text: string): boolean {
  const url = URL.parse(text);
  if (url?.protocol === 'https:') return true;
  return (
    url?.protocol === 'http:' && (url.hostname === 'localhost' || isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
  );
}

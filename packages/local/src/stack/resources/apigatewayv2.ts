import type { ResourceInstance } from '../resource-instance.ts';
import { LOWERCASE_ALPHANUMERIC } from './alphabets.ts';
import type { ResourceTypes } from './index.ts';

const apiArn = (region: string, path: string): string => `arn:aws:apigateway:${region}::/apis/${path}`;

/** The API that a part belongs to; undefined: it is none of the stack. */
const apiOf = (part: ResourceInstance): ResourceInstance | undefined =>
  part.module.instancesOf('aws_apigatewayv2_api').find((api) => api.text('id') === part.text('api_id'));

const isHttp = (api: ResourceInstance | undefined): boolean => api?.text('protocol_type') === 'HTTP';

function endpointOf(api: ResourceInstance): string {
  const { apiEndpoint, httpApiEndpoint = (id: string) => apiEndpoint(id).replace(/^ws/, 'http') } = api.module.options;
  return (isHttp(api) ? httpApiEndpoint : apiEndpoint)(api.text('id'));
}

/** The `$default` stage of an HTTP API has the API's own address, with a slash. */
function invokeUrl(stage: ResourceInstance): string {
  const api = apiOf(stage);
  const endpoint = api ? endpointOf(api) : stage.module.options.apiEndpoint(stage.text('api_id'));
  return `${endpoint}/${stage.text('name') === '$default' ? '' : stage.text('name')}`;
}

export const apigatewayv2: ResourceTypes = {
  aws_apigatewayv2_api: {
    id: (api) => api.uniqueId(10, LOWERCASE_ALPHANUMERIC),
    arn: (api) => apiArn(api.region, api.text('id')),
    execution_arn: (api) => api.arn('execute-api', api.text('id')),
    api_endpoint: endpointOf,
    // The provider's default.
    route_selection_expression: () => '$request.method $request.path',
  },
  aws_apigatewayv2_integration: {
    id: (integration) => integration.uniqueId(7, LOWERCASE_ALPHANUMERIC),
    timeout_milliseconds: (integration) => (isHttp(apiOf(integration)) ? 30_000 : 29_000),
  },
  aws_apigatewayv2_route: { id: (route) => route.uniqueId(7, LOWERCASE_ALPHANUMERIC) },
  aws_apigatewayv2_route_response: { id: (response) => response.uniqueId(7, LOWERCASE_ALPHANUMERIC) },
  aws_apigatewayv2_authorizer: { id: (authorizer) => authorizer.uniqueId(6, LOWERCASE_ALPHANUMERIC) },
  aws_apigatewayv2_deployment: { id: (deployment) => deployment.uniqueId(6, LOWERCASE_ALPHANUMERIC) },
  aws_apigatewayv2_stage: {
    id: (stage) => stage.text('name'),
    arn: (stage) => apiArn(stage.region, `${stage.text('api_id')}/stages/${stage.text('name')}`),
    execution_arn: (stage) => stage.arn('execute-api', `${stage.text('api_id')}/${stage.text('name')}`),
    invoke_url: invokeUrl,
  },
};

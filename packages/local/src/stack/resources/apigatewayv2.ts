import { LOWERCASE_ALPHANUMERIC } from './alphabets.ts';
import type { ResourceTypes } from './index.ts';

const apiArn = (region: string, path: string): string => `arn:aws:apigateway:${region}::/apis/${path}`;

export const apigatewayv2: ResourceTypes = {
  aws_apigatewayv2_api: {
    id: (api) => api.uniqueId(10, LOWERCASE_ALPHANUMERIC),
    arn: (api) => apiArn(api.region, api.text('id')),
    execution_arn: (api) => api.arn('execute-api', api.text('id')),
    api_endpoint: (api) => api.module.options.apiEndpoint(api.text('id')),
    // The provider's default.
    route_selection_expression: () => '$request.method $request.path',
  },
  aws_apigatewayv2_integration: {
    id: (integration) => integration.uniqueId(7, LOWERCASE_ALPHANUMERIC),
    timeout_milliseconds: () => 29_000,
  },
  aws_apigatewayv2_route: { id: (route) => route.uniqueId(7, LOWERCASE_ALPHANUMERIC) },
  aws_apigatewayv2_route_response: { id: (response) => response.uniqueId(7, LOWERCASE_ALPHANUMERIC) },
  aws_apigatewayv2_authorizer: { id: (authorizer) => authorizer.uniqueId(6, LOWERCASE_ALPHANUMERIC) },
  aws_apigatewayv2_deployment: { id: (deployment) => deployment.uniqueId(6, LOWERCASE_ALPHANUMERIC) },
  aws_apigatewayv2_stage: {
    id: (stage) => stage.text('name'),
    arn: (stage) => apiArn(stage.region, `${stage.text('api_id')}/stages/${stage.text('name')}`),
    execution_arn: (stage) => stage.arn('execute-api', `${stage.text('api_id')}/${stage.text('name')}`),
    invoke_url: (stage) => `${stage.module.options.apiEndpoint(stage.text('api_id'))}/${stage.text('name')}`,
  },
};

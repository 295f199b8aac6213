import type { ResourceInstance } from '../resource-instance.ts';
import type { ResourceTypes } from './index.ts';

/** What API Gateway's `integration_uri` wants: facts 8.2. */
const invokeArn = (resource: ResourceInstance): string =>
  `arn:aws:apigateway:${resource.region}:lambda:path/2015-03-31/functions/${resource.text('arn')}/invocations`;

/** The name at the end of a function's name, ARN or qualified ARN. */
export const functionNameOf = (reference: string): string =>
  /^arn:[^:]+:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(reference)?.[1] ?? reference.split(':')[0] ?? reference;

const uuid = (resource: ResourceInstance): string =>
  resource.uniqueId(32, '0123456789abcdef').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export const lambda: ResourceTypes = {
  aws_lambda_function: {
    id: (fn) => fn.text('function_name'),
    arn: (fn) => fn.arn('lambda', `function:${fn.text('function_name')}`),
    qualified_arn: (fn) => `${fn.text('arn')}:$LATEST`,
    invoke_arn: invokeArn,
    version: () => '$LATEST',
    // Lambda's own defaults.
    memory_size: () => 128,
    timeout: () => 3,
  },
  aws_lambda_alias: {
    id: (alias) => alias.text('arn'),
    arn: (alias) =>
      alias.arn('lambda', `function:${functionNameOf(alias.text('function_name'))}:${alias.text('name')}`),
    invoke_arn: invokeArn,
  },
  aws_lambda_permission: {
    id: (permission) => permission.optionalText('statement_id') ?? permission.uniqueId(26, '0123456789'),
  },
  aws_lambda_event_source_mapping: {
    id: uuid,
    uuid,
    arn: (mapping) => mapping.arn('lambda', `event-source-mapping:${uuid(mapping)}`),
    function_arn: (mapping) => mapping.arn('lambda', `function:${functionNameOf(mapping.text('function_name'))}`),
    state: (mapping) => (mapping.optionalBoolean('enabled') === false ? 'Disabled' : 'Enabled'),
  },
  aws_lambda_function_event_invoke_config: { id: (config) => config.text('function_name') },
};

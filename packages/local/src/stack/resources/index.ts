import type { ResourceInstance } from '../resource-instance.ts';
import { apigatewayv2 } from './apigatewayv2.ts';
import { cognito } from './cognito.ts';
import { dataSources } from './data-sources.ts';
import { events } from './events.ts';
import { iam } from './iam.ts';
import { lambda } from './lambda.ts';
import { sqs } from './sqs.ts';
import { ssm } from './ssm.ts';
import { storage } from './storage.ts';

/** What an apply would tell of a resource, or the provider's default: by attribute. */
export type Attributes = Readonly<Record<string, (resource: ResourceInstance) => unknown>>;
/** By resource type. */
export type ResourceTypes = Readonly<Record<string, Attributes>>;

const resources: ResourceTypes = {
  ...apigatewayv2,
  ...cognito,
  ...events,
  ...iam,
  ...lambda,
  ...sqs,
  ...ssm,
  ...storage,
};

/** A type without a table: it is carried along, but does nothing here. */
const unknownType: Attributes = {
  id: (resource) => resource.uniqueId(20, '0123456789abcdef'),
  arn: (resource) => resource.arn(resource.type.split('_')[1] ?? 'unknown', `${resource.type}/${resource.text('id')}`),
};

/** The attributes of a type that are not in its configuration. */
export function computedAttributes(kind: 'resource' | 'data', type: string): Attributes {
  if (kind === 'data') return dataSources[type] ?? {};
  return resources[type] ?? unknownType;
}

import { toNumber, toText } from '../expressions/values.ts';
import type { LambdaFunction, Stage, Throttling } from '../model.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { functionNameOf } from '../resources/lambda.ts';

/** The resources of a type that belong to one API. */
export type PartsOf = (type: string) => ResourceInstance[];

/** Whether an attribute says anything: the provider leaves `null`, `false` and empty lists in the document. */
export const isSet = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  !(typeof value === 'object' && Object.keys(value).length === 0);

/** Terraform's own attributes, and those without a meaning here. */
const NO_MEANING = [
  'region',
  'tags',
  'tags_all',
  'count',
  'for_each',
  'depends_on',
  'lifecycle',
  'provider',
  'provisioner',
];

/** Refuses what a resource sets and the runtime would pass over. @throws {StackResourceError} */
export function refuseOthers(part: ResourceInstance, understood: readonly string[]): void {
  const other = part.configured.find(
    (attribute) =>
      !understood.includes(attribute) && !NO_MEANING.includes(attribute) && isSet(part.optional(attribute)),
  );
  if (other !== undefined) throw part.fault(other, 'it cannot be run here: remove it');
}

/** The integration that a route sends its requests to. @throws {StackResourceError} there is none, or it cannot be run here */
export function integrationOf(route: ResourceInstance, ofApi: PartsOf): ResourceInstance {
  const target = route.optionalText('target') ?? '';
  const integration = ofApi('aws_apigatewayv2_integration').find(
    (candidate) => target === `integrations/${candidate.text('id')}`,
  );
  if (!integration) {
    throw route.fault('target', `the API has no integration ${JSON.stringify(target)} (expected integrations/<id>)`);
  }
  const type = integration.text('integration_type');
  if (type !== 'AWS_PROXY') throw integration.fault('integration_type', `${type} cannot be run here, only AWS_PROXY`);
  return integration;
}

/** How long API Gateway waits for a function, milliseconds. @see facts page, section 7 */
export function integrationTimeoutMs(integration: ResourceInstance, longestMs: number, kind: string): number {
  const timeoutMs = integration.optionalNumber('timeout_milliseconds') ?? longestMs;
  if (timeoutMs < SHORTEST_TIMEOUT_MS || timeoutMs > longestMs) {
    const range = `${SHORTEST_TIMEOUT_MS} to ${longestMs} ms`;
    throw integration.fault('timeout_milliseconds', `${timeoutMs}: ${kind} takes ${range}`);
  }
  return timeoutMs;
}

const SHORTEST_TIMEOUT_MS = 50;

/** The function behind an `invoke_arn`. */
export function invokedFunction(
  part: ResourceInstance,
  attribute: string,
  functions: readonly LambdaFunction[],
): string {
  const uri = part.text(attribute);
  const reference = /:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
  // A plain function ARN deploys, and then answers every message with an error: facts 8.2.
  if (reference === undefined) throw part.fault(attribute, `${uri} is not the invoke_arn of a function`);
  const name = functionNameOf(reference);
  const fn = functions.find((candidate) => candidate.name === name);
  if (!fn) throw part.fault(attribute, `the stack has no function ${name}`);
  return fn.arn;
}

/** A stage of an API of any kind. @throws {StackResourceError} nothing is deployed to it */
export function buildStage(stage: ResourceInstance): Stage {
  if (stage.optional('deployment_id') === undefined && stage.optionalBoolean('auto_deploy') !== true) {
    throw stage.fault('deployment_id', 'nothing is deployed to the stage: set deployment_id or auto_deploy');
  }
  const defaults = stage.block('default_route_settings');
  const variables = stage.block('stage_variables') ?? {};
  return {
    name: stage.text('name'),
    variables: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, toText(value)])),
    ...(defaults && { defaultThrottling: throttling(defaults) }),
    routeThrottling: new Map(
      stage.blocks('route_settings').map((settings) => [toText(settings.route_key), throttling(settings)]),
    ),
  };
}

/** The provider sends 0 for what the block does not say, and 0 refuses every request: facts 8.3. */
const throttling = (settings: Readonly<Record<string, unknown>>): Throttling => ({
  rateLimit: toNumber(settings.throttling_rate_limit ?? 0),
  burstLimit: toNumber(settings.throttling_burst_limit ?? 0),
});

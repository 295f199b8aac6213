import { ACCOUNT_ID } from './account.ts';
import { buildEventBuses, buildEventRules } from './build/event-buses.ts';
import { buildEventSourceMappings } from './build/event-source-mappings.ts';
import { buildFunctions } from './build/functions.ts';
import { buildHttpApis } from './build/http-apis.ts';
import { buildParameters } from './build/parameters.ts';
import { buildQueues } from './build/queues.ts';
import { buildRoles } from './build/roles.ts';
import { buildSchedules } from './build/schedules.ts';
import { buildTables } from './build/tables.ts';
import { buildUserPools } from './build/user-pools.ts';
import { buildWebSocketApis } from './build/web-socket-apis.ts';
import { readDocument } from './document.ts';
import type { Stack } from './model.ts';
import { Module, type ModuleOptions } from './module.ts';
import { applyAllData } from './state/applied-attribute.ts';

/**
 * Reads a synthesized stack (`cdk.tf.json`) and evaluates all of it that can run here: what an apply would tell
 * (ids, ARNs, endpoints) is computed, the same in every run.
 * @throws {StackError} one line naming the place and the remedy: see `errors.ts`
 */
export async function readStack(file: string, options: ModuleOptions): Promise<Stack> {
  const document = await readDocument(file);
  const module = new Module(document, options);
  applyAllData(module);
  const queues = buildQueues(module);
  const functions = buildFunctions(module, { roles: buildRoles(module), queues });
  const tables = buildTables(module);
  const eventBuses = buildEventBuses(module);
  return {
    name: document.name,
    region: module.region,
    accountId: ACCOUNT_ID,
    functions,
    apis: buildWebSocketApis(module, functions),
    httpApis: buildHttpApis(module, functions),
    tables,
    schedules: buildSchedules(module, functions),
    eventBuses,
    eventRules: buildEventRules(module, eventBuses, { functions, queues }),
    userPools: buildUserPools(module),
    queues,
    eventSourceMappings: buildEventSourceMappings(module, { functions, tables, queues }),
    parameters: buildParameters(module),
    outputs: module.outputs(),
  };
}

/** Whether the stack has an API of that kind: what has to be known before the addresses that {@link readStack} takes. */
export async function hasApi(
  file: string,
  options: Pick<ModuleOptions, 'variables'>,
  protocol: 'HTTP' | 'WEBSOCKET',
): Promise<boolean> {
  const module = new Module(await readDocument(file), { ...options, apiEndpoint: () => '' });
  return module.instancesOf('aws_apigatewayv2_api').some((api) => api.text('protocol_type') === protocol);
}

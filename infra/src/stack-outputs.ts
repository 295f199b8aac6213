import { type CustomDomain, httpDomain as httpDomainVariables, webSocketDomain } from './custom-domain.ts';
import type { FailureQueue } from './failure-queue.ts';
import type { FailureQueueName, FunctionName } from './functions.ts';
import type { HttpApi } from './http-api.ts';
import type { LambdaFunction } from './lambda-function.ts';
import type { LifecycleEvents } from './lifecycle-events.ts';
import type { Output } from './outputs.ts';
import { pipelinePolicies } from './pipeline-policies.ts';
import type { StreamMapping } from './stream-mapping.ts';
import type { Tables } from './tables.ts';
import { UserPool } from './user-pool.ts';
import type { WebSocketApi } from './web-socket-api.ts';

export interface StackParts {
  readonly api: WebSocketApi;
  readonly domain: CustomDomain;
  readonly httpApi: HttpApi;
  readonly httpDomain: CustomDomain;
  readonly tables: Tables;
  readonly events: LifecycleEvents;
  readonly userPool: UserPool;
  readonly failureQueues: Readonly<Record<FailureQueueName, FailureQueue>>;
  readonly lambdas: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly mappings: { readonly session: StreamMapping; readonly places: StreamMapping };
  readonly dashboardUrl: string;
}

/** What other systems need to know of a stack, by name. */
export function stackOutputs(parts: StackParts): Record<string, Output> {
  const { api, domain, httpApi, httpDomain, tables, events, userPool, failureQueues, lambdas, mappings } = parts;
  const ofUserPool = { existsIf: UserPool.existsIf };
  return {
    websocket_url: { value: api.url, description: 'Where clients connect.' },
    management_endpoint: {
      value: api.managementEndpoint,
      description: "Where backends reach connections (@connections): API Gateway's own address, also with a domain.",
    },
    api_id: { value: api.id, description: 'The WebSocket API, as policies and metrics name it.' },
    custom_domain_target: {
      value: domain.target,
      description: 'What the record of domain_name points at; empty without it.',
      existsIf: `var.${webSocketDomain.domainVariable} != ""`,
    },
    http_api_url: { value: httpApi.url, description: 'Where the HTTP API is: paths follow, such as /sessions.' },
    http_api_id: { value: httpApi.id, description: 'The HTTP API, as policies and metrics name it.' },
    http_custom_domain_target: {
      value: httpDomain.target,
      description: 'What the record of http_domain_name points at; empty without it.',
      existsIf: `var.${httpDomainVariables.domainVariable} != ""`,
    },
    ...tables.outputs,
    session_changes_mapping_id: {
      value: mappings.session.mapping.uuid,
      description: 'Event source mapping that hands changes of sessions to the notifier.',
    },
    place_changes_mapping_id: {
      value: mappings.places.mapping.uuid,
      description: 'Event source mapping that hands changes of places to the notifier.',
    },
    publisher_function_name: {
      value: lambdas.publisher.function.functionName,
      description: 'Function that publishes a message, for callers that invoke it.',
    },
    notifier_function_name: {
      value: lambdas.notifier.function.functionName,
      description: 'Function that decides what follows from a change.',
    },
    deliverer_function_name: {
      value: lambdas.deliverer.function.functionName,
      description: 'Function that delivers messages, and that a delivery which failed is replayed with.',
    },
    ...pipelinePolicies({ httpApi, publisher: lambdas.publisher, events }),
    changes_failed_queue_url: {
      value: failureQueues.changes.url,
      description: 'Queue with the positions in the stream of changes that the notifier did not process.',
    },
    deliveries_failed_queue_url: {
      value: failureQueues.deliveries.url,
      description: 'Queue with the deliveries that failed.',
    },
    event_bus_name: { value: events.busName, description: 'EventBridge bus of the lifecycle events.' },
    event_source: { value: events.source, description: 'Source of the lifecycle events.' },
    user_pool_id: {
      value: userPool.userPoolId,
      description: 'User pool of the speakers; empty with another issuer.',
      ...ofUserPool,
    },
    user_pool_client_id: {
      value: userPool.clientId,
      description: 'App client that speakers sign in with; empty with another issuer.',
      ...ofUserPool,
    },
    dashboard_url: { value: parts.dashboardUrl, description: 'CloudWatch dashboard of the environment.' },
  };
}

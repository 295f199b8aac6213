import { GetApisCommand, GetDomainNamesCommand } from '@aws-sdk/client-apigatewayv2';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { ListRolesCommand } from '@aws-sdk/client-iam';
import { ListEventSourceMappingsCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import type { Clients } from './clients.ts';
import { readAlarms, readDashboards, readParameters } from './read-alarms.ts';

/** The names of what AWS has of a stack's kinds of resources; nothing else is in a test's own AWS. */
export async function leftovers(clients: Clients): Promise<(string | undefined)[]> {
  const { apiGateway, dynamoDb, eventBridge, iam, lambda, sqs } = clients;
  const [apis, domains, tables, rules, roles, functions, mappings, queues, alarms, dashboards, parameters] =
    await Promise.all([
      apiGateway.send(new GetApisCommand()),
      apiGateway.send(new GetDomainNamesCommand()),
      dynamoDb.send(new ListTablesCommand()),
      eventBridge.send(new ListRulesCommand()),
      iam.send(new ListRolesCommand()),
      lambda.send(new ListFunctionsCommand()),
      lambda.send(new ListEventSourceMappingsCommand()),
      sqs.send(new ListQueuesCommand()),
      readAlarms(clients),
      readDashboards(clients),
      readParameters(clients, '/'),
    ]);
  return [
    ...(apis.Items ?? []).map(({ Name }) => Name),
    ...(domains.Items ?? []).map(({ DomainName }) => DomainName),
    ...(tables.TableNames ?? []),
    ...(rules.Rules ?? []).map(({ Name }) => Name),
    ...(roles.Roles ?? []).map(({ RoleName }) => RoleName),
    ...(functions.Functions ?? []).map(({ FunctionName }) => FunctionName),
    ...(mappings.EventSourceMappings ?? []).map(({ UUID }) => UUID),
    ...(queues.QueueUrls ?? []),
    ...alarms.map(({ name }) => name),
    ...dashboards,
    ...Object.keys(parameters),
  ];
}

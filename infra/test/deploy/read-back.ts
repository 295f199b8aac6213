import { DescribeTableCommand, DescribeTimeToLiveCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import type { Clients } from './clients.ts';
import { type ComparableStack, inOrder } from './comparable.ts';
import type { State } from './deployment.ts';
import { findApis, readApi } from './read-api.ts';
import { readFunctions } from './read-functions.ts';
import { readHttpApi } from './read-http-api.ts';

/** What AWS says that was deployed, in the words of `comparableOf`; and the ids of the APIs. */
export async function readBack(
  clients: Clients,
  state: State,
): Promise<ComparableStack & { readonly id: string; readonly httpId: string }> {
  const { webSocket, http } = await findApis(clients);
  return {
    httpId: String(http.ApiId),
    ...(await readApi(clients, webSocket, state)),
    ...(await readHttpApi(clients, http)),
    functions: await readFunctions(clients),
    tables: await readTables(clients),
    schedules: await readSchedules(clients),
    queues: await readQueues(clients),
    eventSourceMappings: await readMappings(clients),
  };
}

async function readTables({ dynamoDb }: Clients): Promise<ComparableStack['tables']> {
  const { TableNames = [] } = await dynamoDb.send(new ListTablesCommand());
  const tables = TableNames.map(async (TableName) => {
    const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName }));
    const { TimeToLiveDescription: ttl } = await dynamoDb.send(new DescribeTimeToLiveCommand({ TableName }));
    const indexes = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema, Projection }) => ({
      IndexName,
      KeySchema,
      Projection,
    }));
    return [
      TableName,
      {
        arn: Table?.TableArn,
        ttlAttribute: ttl?.TimeToLiveStatus === 'ENABLED' ? ttl.AttributeName : undefined,
        TableName,
        AttributeDefinitions: inOrder(Table?.AttributeDefinitions),
        KeySchema: Table?.KeySchema,
        BillingMode: Table?.BillingModeSummary?.BillingMode,
        ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
        ...(Table?.StreamSpecification?.StreamEnabled && { StreamSpecification: Table.StreamSpecification }),
      },
    ];
  });
  return Object.fromEntries(await Promise.all(tables));
}

async function readSchedules({ eventBridge }: Clients): Promise<ComparableStack['schedules']> {
  const { Rules = [] } = await eventBridge.send(new ListRulesCommand());
  const schedules = Rules.filter(({ State }) => State === 'ENABLED').map(
    async ({ Name = '', Arn, ScheduleExpression }) => {
      const { Targets = [] } = await eventBridge.send(new ListTargetsByRuleCommand({ Rule: Name }));
      return Targets.map(({ Arn: functionArn, Input }) => [
        Name,
        { arn: Arn, intervalMs: intervalMs(ScheduleExpression), functionArn, input: Input && JSON.parse(Input) },
      ]);
    },
  );
  return Object.fromEntries((await Promise.all(schedules)).flat());
}

function intervalMs(expression = ''): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return Number(count) * ({ minute: 60_000, hour: 3_600_000, day: 86_400_000 }[unit] ?? Number.NaN);
}

async function readQueues({ sqs }: Clients): Promise<ComparableStack['queues']> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand());
  const queues = QueueUrls.map(async (QueueUrl) => {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    return [
      QueueUrl.split('/').at(-1),
      { arn: Attributes?.QueueArn, retentionSeconds: Number(Attributes?.MessageRetentionPeriod) },
    ];
  });
  return Object.fromEntries(await Promise.all(queues));
}

async function readMappings({ lambda }: Clients): Promise<ComparableStack['eventSourceMappings']> {
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand());
  return Object.fromEntries(
    EventSourceMappings.map((mapping) => [
      mapping.UUID,
      {
        streamArn: mapping.EventSourceArn,
        functionArn: mapping.FunctionArn,
        batchSize: mapping.BatchSize,
        batchingWindowSeconds: mapping.MaximumBatchingWindowInSeconds ?? 0,
        filters: mapping.FilterCriteria?.Filters?.map(({ Pattern = '' }) => JSON.parse(Pattern)),
        parallelization: mapping.ParallelizationFactor,
        maximumRetryAttempts: mapping.MaximumRetryAttempts,
        maximumRecordAgeSeconds: mapping.MaximumRecordAgeInSeconds,
        bisects: mapping.BisectBatchOnFunctionError,
        reportsItemFailures: mapping.FunctionResponseTypes?.includes('ReportBatchItemFailures'),
        startingPosition: mapping.StartingPosition,
        onFailureArn: mapping.DestinationConfig?.OnFailure?.Destination,
      },
    ]),
  );
}

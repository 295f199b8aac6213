import { stackNameOf } from '../environments.ts';
import { actions, allow, arnsOf, ofOwnFunctions, type Scope, type Statement } from './scope.ts';

/** Reads how the environment's resources are configured, as a plan does. No items, no log lines, no secrets. */
export function readConfiguration(scope: Scope): Statement[] {
  const arns = arnsOf(scope);
  return [
    allow(
      'ReadFunctions',
      actions(
        'lambda',
        ...['GetFunction', 'GetFunctionConfiguration', 'GetFunctionCodeSigningConfig', 'GetFunctionConcurrency'],
        ...['GetFunctionEventInvokeConfig', 'GetPolicy', 'ListVersionsByFunction', 'ListTags'],
      ),
      arns.functions,
    ),
    allow('ReadMappings', actions('lambda', 'GetEventSourceMapping'), '*', ofOwnFunctions(scope)),
    allow('ReadTagsOfMappings', actions('lambda', 'ListTags'), arns.eventSourceMappings),
    allow('ReadQueues', actions('sqs', 'GetQueueAttributes', 'GetQueueUrl', 'ListQueueTags'), arns.queues),
    allow(
      'ReadTables',
      actions('dynamodb', 'DescribeTable', 'DescribeTimeToLive', 'DescribeContinuousBackups', 'ListTagsOfResource'),
      arns.tables,
    ),
    allow(
      'ReadRoles',
      actions(
        'iam',
        ...['GetRole', 'GetRolePolicy', 'ListRolePolicies', 'ListAttachedRolePolicies', 'ListInstanceProfilesForRole'],
        'ListRoleTags',
      ),
      arns.roles,
    ),
    allow('ReadApi', actions('apigateway', 'GET'), [
      ...arns.apiGateway('/apis', '/apis/*', '/domainnames', '/domainnames/*', '/tags/*', '/account'),
    ]),
    allow('ReadSchedule', actions('events', 'DescribeRule', 'ListTargetsByRule', 'ListTagsForResource'), arns.rules),
    allow('ReadAlarms', actions('cloudwatch', 'ListTagsForResource'), arns.alarms),
    allow('ReadDashboards', actions('cloudwatch', 'GetDashboard'), arns.dashboards),
    allow(
      'ReadTopics',
      actions('sns', 'GetTopicAttributes', 'ListTagsForResource', 'ListSubscriptionsByTopic'),
      arns.topics,
    ),
    allow('ReadParameters', actions('ssm', 'GetParameter', 'GetParameters', 'ListTagsForResource'), arns.parameters),
    allow('ReadLogGroups', actions('logs', 'ListTagsForResource', 'ListTagsLogGroup'), arns.logGroups),
    allow('ReadBudgets', actions('budgets', 'ViewBudget', 'ListTagsForResource'), arns.budgets),
    ...readZones(scope),
    ...(scope.extraFunctionArns.length === 0
      ? []
      : [allow('ReadExtraRoutes', actions('lambda', 'GetPolicy'), scope.extraFunctionArns)]),
    // These know no resource, or are asked without one: lists of configurations.
    allow(
      'Lists',
      [
        ...actions('logs', 'DescribeLogGroups'),
        ...actions('ssm', 'DescribeParameters'),
        ...actions('cloudwatch', 'DescribeAlarms'),
        ...actions('sns', 'GetSubscriptionAttributes'),
      ],
      '*',
    ),
  ];
}

function readZones({ hostedZoneIds }: Scope): Statement[] {
  if (hostedZoneIds.length === 0) return [];
  const zones = hostedZoneIds.map((id) => `arn:aws:route53:::hostedzone/${id}`);
  return [
    allow('ReadRecords', actions('route53', 'GetHostedZone', 'ListResourceRecordSets', 'ListTagsForResource'), zones),
    allow('ReadChanges', actions('route53', 'GetChange'), 'arn:aws:route53:::change/*'),
  ];
}

export const readPools = (scope: Scope): Statement[] => [
  allow(
    'ReadPool',
    actions(
      'cognito-idp',
      ...['DescribeUserPool', 'GetUserPoolMfaConfig', 'DescribeUserPoolClient', 'ListTagsForResource'],
    ),
    arnsOf(scope).userPools,
    { StringEquals: { 'aws:ResourceTag/Environment': scope.environment, 'aws:ResourceTag/Project': 'sessions' } },
  ),
];

/** What `npm run preflight:<environment>` asks. Quotas and account settings have no resource to name. */
export const readQuotas = (scope: Scope): Statement[] => [
  allow(
    'Preflight',
    [
      ...actions('servicequotas', 'GetServiceQuota', 'GetAWSDefaultServiceQuota'),
      ...actions('lambda', 'GetAccountSettings'),
    ],
    '*',
  ),
  allow('PreflightApi', actions('apigateway', 'GET'), arnsOf(scope).apiGateway('/account')),
  allow('PreflightBus', actions('events', 'DescribeEventBus'), arnsOf(scope).eventBuses),
  ...(scope.kmsKeyArns.length === 0 ? [] : [allow('DescribeKey', actions('kms', 'DescribeKey'), scope.kmsKeyArns)]),
];

/** The environment's own state, and the lock beside it; not the states of others. */
export function useState(
  { stateBucketArn, stateKeyPrefix, stateKmsKeyArn, environment }: Scope,
  { write }: { readonly write: boolean },
): Statement[] {
  const folder = stateKeyPrefix === '' ? '' : `${stateKeyPrefix}/`;
  const key = `${folder}${stackNameOf(environment)}.tfstate`;
  return [
    allow('ListStates', actions('s3', 'ListBucket'), stateBucketArn),
    allow('ReadState', actions('s3', 'GetObject'), [`${stateBucketArn}/${key}`, `${stateBucketArn}/${key}.tflock`]),
    ...(write
      ? [
          allow('WriteState', actions('s3', 'PutObject'), [
            `${stateBucketArn}/${key}`,
            `${stateBucketArn}/${key}.tflock`,
          ]),
          allow('Unlock', actions('s3', 'DeleteObject'), `${stateBucketArn}/${key}.tflock`),
        ]
      : []),
    ...(stateKmsKeyArn === undefined
      ? []
      : [allow('StateKey', actions('kms', 'Decrypt', ...(write ? ['GenerateDataKey'] : [])), stateKmsKeyArn)]),
  ];
}

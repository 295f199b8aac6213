import { stackNameOf } from '../environments.ts';
import { actions, allow, arnsOf, type Policy, policy, type Scope } from './scope.ts';

/**
 * The most that a role of an environment's stack can be allowed: what functions do with the environment's own
 * resources, and the logs of API Gateway. It has nothing of IAM: with this boundary, no role that the pipeline makes
 * can get at more than the service itself.
 */
export function boundaryPolicy(scope: Scope): Policy {
  const { accountId, region, environment, kmsKeyArns } = scope;
  const arns = arnsOf(scope);
  return policy(
    allow('OwnLogs', actions('logs', 'CreateLogStream', 'PutLogEvents'), arns.logGroups),
    allow(
      'OwnItems',
      actions(
        'dynamodb',
        ...['GetItem', 'BatchGetItem', 'Query', 'Scan', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'],
        ...['ConditionCheckItem', 'DescribeStream', 'GetRecords', 'GetShardIterator'],
      ),
      arns.tables,
    ),
    // Has no resource to name: it lists streams, and reads none.
    allow('ListStreams', actions('dynamodb', 'ListStreams'), '*'),
    allow('OwnQueues', actions('sqs', 'SendMessage'), arns.queues),
    allow('Events', actions('events', 'PutEvents'), arns.eventBuses),
    allow('OwnFunctions', actions('lambda', 'InvokeFunction'), arns.functions),
    allow(
      'OwnConnections',
      actions('execute-api', 'ManageConnections'),
      `arn:aws:execute-api:${region}:${accountId}:*/${environment}/*`,
    ),
    // X-Ray has no resources to name.
    allow('Traces', actions('xray', 'PutTraceSegments', 'PutTelemetryRecords'), '*'),
    kmsKeyArns.length > 0 &&
      allow(
        'OwnKey',
        actions(
          'kms',
          ...['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
          ...['ReEncryptFrom', 'ReEncryptTo'],
        ),
        kmsKeyArns,
      ),
    // API Gateway refuses a logging role that may do less than AWS's own policy says.
    allow(
      'LogsOfApiGateway',
      actions(
        'logs',
        ...['CreateLogGroup', 'CreateLogStream', 'DescribeLogGroups', 'DescribeLogStreams'],
        ...['PutLogEvents', 'GetLogEvents', 'FilterLogEvents'],
      ),
      '*',
      { ArnEquals: { 'aws:PrincipalArn': arns.global('iam', `role/${stackNameOf(environment)}-api-gateway-logs`) } },
    ),
  );
}

import { stackNameOf } from '../environments.ts';
import {
  actions,
  allow,
  arnsOf,
  deny,
  ofOwnFunctions,
  type Policy,
  policy,
  type Scope,
  type Statement,
} from './scope.ts';
import { readConfiguration, readPools, readQuotas, useState } from './shared-statements.ts';

/** The one policy of AWS that the stack attaches. */
const logsOfApiGateway = 'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs';

/**
 * What the deploy role of an environment may do: make, change and delete the stack's own resources. It reads no item of
 * a table and no log line, and can neither change itself nor make a role that exceeds the boundary.
 * @returns by the name of the policy; three, since a policy holds 6,144 characters
 */
export const deployPolicies = (scope: Scope): Record<'resources' | 'access' | 'read', Policy> => ({
  resources: policy(...ownResources(scope)),
  access: policy(...ownRoles(scope), ...ownPools(scope), ...keysAndZones(scope), ...useState(scope, { write: true })),
  read: policy(...readConfiguration(scope), ...readPools(scope), ...readQuotas(scope)),
});

function ownResources(scope: Scope): (Statement | false)[] {
  const arns = arnsOf(scope);
  const tagging = ['TagResource', 'UntagResource'];
  return [
    allow(
      'Functions',
      actions(
        'lambda',
        ...['CreateFunction', 'DeleteFunction', 'UpdateFunctionCode', 'UpdateFunctionConfiguration'],
        ...['PutFunctionConcurrency', 'DeleteFunctionConcurrency', 'RemovePermission'],
        ...['PutFunctionEventInvokeConfig', 'UpdateFunctionEventInvokeConfig', 'DeleteFunctionEventInvokeConfig'],
        ...tagging,
      ),
      arns.functions,
    ),
    // Only the services that invoke the functions of the stack; no other account.
    allow('Permissions', actions('lambda', 'AddPermission'), arns.functions, {
      StringEquals: { 'lambda:Principal': ['apigateway.amazonaws.com', 'events.amazonaws.com'] },
    }),
    // That its own API may invoke them, and nothing else of functions that are not the stack's.
    scope.extraFunctionArns.length > 0 &&
      allow('ExtraRoutes', actions('lambda', 'AddPermission'), scope.extraFunctionArns, {
        StringEquals: { 'lambda:Principal': 'apigateway.amazonaws.com' },
      }),
    scope.extraFunctionArns.length > 0 &&
      allow('NoExtraRoutes', actions('lambda', 'RemovePermission'), scope.extraFunctionArns),
    allow('NewMapping', actions('lambda', 'CreateEventSourceMapping'), '*', ofOwnFunctions(scope)),
    allow(
      'Mappings',
      actions('lambda', 'UpdateEventSourceMapping', 'DeleteEventSourceMapping'),
      arns.eventSourceMappings,
      ofOwnFunctions(scope),
    ),
    allow('TagsOfMappings', actions('lambda', ...tagging), arns.eventSourceMappings),
    allow(
      'Queues',
      actions('sqs', 'CreateQueue', 'SetQueueAttributes', 'DeleteQueue', 'TagQueue', 'UntagQueue'),
      arns.queues,
    ),
    allow(
      'Tables',
      actions(
        'dynamodb',
        ...['CreateTable', 'UpdateTable', 'DeleteTable', 'UpdateTimeToLive', 'UpdateContinuousBackups'],
        ...tagging,
      ),
      arns.tables,
    ),
    allow(
      'Logs',
      actions(
        'logs',
        ...['CreateLogGroup', 'DeleteLogGroup', 'PutRetentionPolicy', 'DeleteRetentionPolicy'],
        ...['AssociateKmsKey', 'DisassociateKmsKey', ...tagging],
      ),
      arns.logGroups,
    ),
    // A stage with an access log is a log delivery, which has no resource to name.
    allow(
      'LogDeliveries',
      actions(
        'logs',
        ...['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries'],
        ...['PutResourcePolicy', 'DescribeResourcePolicies'],
      ),
      '*',
    ),
    allow(
      'Api',
      actions('apigateway', 'POST', 'PUT', 'PATCH', 'DELETE', ...tagging),
      arns.apiGateway('/apis', '/apis/*', '/domainnames', '/domainnames/*', '/tags/*'),
    ),
    allow('Domain', actions('apigateway', 'AddCertificateToDomain', 'RemoveCertificateFromDomain'), [
      ...arns.apiGateway('/domainnames', '/domainnames/*'),
    ]),
    allow('LoggingOfApis', actions('apigateway', 'PATCH'), arns.apiGateway('/account')),
    allow(
      'Schedule',
      actions(
        'events',
        'PutRule',
        'DeleteRule',
        'EnableRule',
        'DisableRule',
        'PutTargets',
        'RemoveTargets',
        ...tagging,
      ),
      arns.rules,
    ),
    allow('Alarms', actions('cloudwatch', 'PutMetricAlarm', 'DeleteAlarms', ...tagging), arns.alarms),
    allow('Dashboards', actions('cloudwatch', 'PutDashboard', 'DeleteDashboards'), arns.dashboards),
    allow(
      'Topics',
      actions('sns', 'CreateTopic', 'SetTopicAttributes', 'DeleteTopic', 'Subscribe', ...tagging),
      arns.topics,
    ),
    // A subscription has no name.
    allow('Subscriptions', actions('sns', 'SetSubscriptionAttributes', 'Unsubscribe'), '*'),
    allow(
      'Parameters',
      actions('ssm', 'PutParameter', 'DeleteParameter', 'AddTagsToResource', 'RemoveTagsFromResource'),
      arns.parameters,
    ),
    allow('Budgets', actions('budgets', 'ModifyBudget', ...tagging), arns.budgets),
  ];
}

/**
 * A role can be made, and given permissions, only while it has the boundary, which no action here takes off.
 * @see "Permissions boundaries for IAM entities", IAM User Guide, on delegating responsibility to others
 */
function ownRoles(scope: Scope): Statement[] {
  const arns = arnsOf(scope);
  const bounded = { 'iam:PermissionsBoundary': arns.boundary };
  return [
    allow(
      'BoundedRoles',
      actions(
        'iam',
        'CreateRole',
        'PutRolePermissionsBoundary',
        'PutRolePolicy',
        'DeleteRolePolicy',
        'DetachRolePolicy',
      ),
      arns.roles,
      { StringEquals: bounded },
    ),
    allow('LoggingRole', actions('iam', 'AttachRolePolicy'), arns.roles, {
      StringEquals: bounded,
      ArnEquals: { 'iam:PolicyARN': logsOfApiGateway },
    }),
    allow(
      'Roles',
      actions(
        'iam',
        'DeleteRole',
        'UpdateRole',
        'UpdateRoleDescription',
        'UpdateAssumeRolePolicy',
        'TagRole',
        'UntagRole',
      ),
      arns.roles,
    ),
    allow('RolesOfServices', actions('iam', 'PassRole'), arns.roles, {
      StringEquals: { 'iam:PassedToService': ['lambda.amazonaws.com', 'apigateway.amazonaws.com'] },
    }),
    // Before there was a boundary, the pipeline's roles were made by hand, with names like those of the stack's roles:
    // without a boundary, they must be neither passed on nor trusted to others.
    deny(
      'RolesMadeByHand',
      actions('iam', '*'),
      ['deploy', 'plan'].map((name) => arns.global('iam', `role/${stackNameOf(scope.environment)}-${name}`)),
    ),
    // API Gateway's own, for a domain; it exists once in an account.
    allow(
      'ServiceLinkedRole',
      actions('iam', 'CreateServiceLinkedRole'),
      arns.global('iam', 'role/aws-service-role/ops.apigateway.amazonaws.com/*'),
      { StringEquals: { 'iam:AWSServiceName': 'ops.apigateway.amazonaws.com' } },
    ),
  ];
}

/** User pools have ids for names; the environment's are known by their tag. */
function ownPools(scope: Scope): Statement[] {
  const { userPools } = arnsOf(scope);
  const { environment } = scope;
  return [
    allow('NewPool', actions('cognito-idp', 'CreateUserPool'), '*', {
      StringEquals: { 'aws:RequestTag/Project': 'sessions', 'aws:RequestTag/Environment': environment },
    }),
    allow(
      'OwnPool',
      actions(
        'cognito-idp',
        ...['UpdateUserPool', 'DeleteUserPool', 'SetUserPoolMfaConfig', 'TagResource', 'UntagResource'],
        ...['CreateUserPoolClient', 'UpdateUserPoolClient', 'DeleteUserPoolClient'],
        // The smoke test makes a speaker, and deletes it.
        ...['AdminCreateUser', 'AdminSetUserPassword', 'AdminInitiateAuth', 'AdminDeleteUser'],
      ),
      userPools,
      { StringEquals: { 'aws:ResourceTag/Environment': environment, 'aws:ResourceTag/Project': 'sessions' } },
    ),
  ];
}

function keysAndZones({ kmsKeyArns, hostedZoneIds, region }: Scope): Statement[] {
  const services = ['dynamodb', 'lambda', 'logs', 'sns', 'sqs', 'ssm'].map(
    (service) => `${service}.${region}.amazonaws.com`,
  );
  return [
    ...(kmsKeyArns.length === 0
      ? []
      : [
          allow(
            'KeyByServices',
            actions('kms', 'CreateGrant', 'Encrypt', 'Decrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'),
            kmsKeyArns,
            { StringEquals: { 'kms:ViaService': services } },
          ),
        ]),
    ...(hostedZoneIds.length === 0
      ? []
      : [
          allow(
            'Records',
            actions('route53', 'ChangeResourceRecordSets'),
            hostedZoneIds.map((id) => `arn:aws:route53:::hostedzone/${id}`),
          ),
        ]),
  ];
}

/**
 * Which actions a call of each service needs, and on what: as far as Terraform calls them for our stacks.
 * @see "Actions, resources, and condition keys for AWS services", Service Authorization Reference
 */
import type { NamedCall, RequestedAction } from './requested-actions.ts';

interface Arns {
  regional(service: string, resource: string): string;
  global(service: string, resource: string): string;
  apiGateway(path: string): string;
}

type Action = Omit<RequestedAction, 'context'> & Partial<Pick<RequestedAction, 'context'>>;
export type ActionOf = (call: NamedCall, arns: Arns) => Action[];

/** @throws {Error} the service is not known here */
export const actionOf: ActionOf = (call, arns) => {
  const known = services[call.service];
  if (known === undefined) throw new Error(`what ${call.operation} of ${call.service} needs is not known here`);
  return known(call, arns);
};

const names = ({ parameters }: NamedCall, ...keys: string[]): string | undefined => {
  const value = keys.map((key) => parameters[key]).find((each) => each !== undefined);
  return value === undefined ? undefined : String(value);
};

/** An action whose resource is the one with the name, or the ARN, that a parameter has; without, all. */
const byName =
  (prefix: string, tagAction: string, arnOf: (arns: Arns, name: string) => string, ...keys: string[]): ActionOf =>
  (call, arns) => {
    const name = names(call, ...keys);
    const resource = name === undefined ? '*' : name.startsWith('arn:') ? name : arnOf(arns, name);
    // Tags given at creation need the right to tag.
    const isTagged = ['Tags', 'tags', 'UserPoolTags', 'Tags.member.1.Key'].some(
      (key) => Object.keys(Object(call.parameters[key] ?? {})).length > 0,
    );
    const isCreation = /^(Create|Put)/.test(call.operation);
    return [
      { action: `${prefix}:${call.operation}`, resource },
      ...(isTagged && isCreation ? [{ action: `${prefix}:${tagAction}`, resource }] : []),
    ];
  };

const services: Readonly<Record<string, ActionOf>> = {
  sts: () => [], // GetCallerIdentity needs no permission
  dynamodb: byName(
    'dynamodb',
    'TagResource',
    (arns, name) => arns.regional('dynamodb', `table/${name}`),
    'TableName',
    'ResourceArn',
  ),
  logs: (call, arns) => {
    if (call.operation === 'DescribeLogGroups') return [{ action: 'logs:DescribeLogGroups', resource: '*' }];
    return byName(
      'logs',
      'TagResource',
      (of, name) => of.regional('logs', `log-group:${name}`),
      'logGroupName',
      'resourceArn',
    )(call, arns);
  },
  events: (call, arns) =>
    byName(
      'events',
      'TagResource',
      (of, name) => of.regional('events', `rule/${name}`),
      'Rule',
      'Name',
      'ResourceARN',
    )(call, arns),
  ssm: (call, arns) => {
    if (call.operation === 'DescribeParameters') return [{ action: 'ssm:DescribeParameters', resource: '*' }];
    const [name] = Array.isArray(call.parameters.Names) ? call.parameters.Names : [];
    const named = { ...call, parameters: { Name: name, ...call.parameters } };
    return byName(
      'ssm',
      'AddTagsToResource',
      (of, path) => of.regional('ssm', `parameter/${path.replace(/^\//, '')}`),
      'Name',
      'ResourceId',
    )(named, arns);
  },
  monitoring: (call, arns) => {
    if (call.operation === 'DescribeAlarms') return [{ action: 'cloudwatch:DescribeAlarms', resource: '*' }];
    const isDashboard = /Dashboard/.test(call.operation);
    const [first] = [call.parameters.AlarmNames, call.parameters.DashboardNames]
      .flat()
      .filter((each) => each !== undefined);
    const named = { ...call, parameters: { ...(first !== undefined && { First: first }), ...call.parameters } };
    return byName(
      'cloudwatch',
      'TagResource',
      (of, name) =>
        isDashboard ? of.global('cloudwatch', `dashboard/${name}`) : of.regional('cloudwatch', `alarm:${name}`),
      'AlarmName',
      'AlarmNames.member.1',
      'DashboardName',
      'DashboardNames.member.1',
      'First',
      'ResourceARN',
    )(named, arns);
  },
  // IAM knows two actions for all that is done to a budget: "Actions, resources, and condition keys for AWS Budgets".
  budgets: ({ operation, parameters }, arns) => {
    const { BudgetName } = (parameters.Budget ?? parameters) as { BudgetName?: string };
    const resource = String(parameters.ResourceARN ?? arns.global('budgets', `budget/${BudgetName}`));
    const isTagged = operation === 'CreateBudget' && parameters.ResourceTags !== undefined;
    const action = /Tag/.test(operation) ? operation : /^Describe/.test(operation) ? 'ViewBudget' : 'ModifyBudget';
    return [
      { action: `budgets:${action}`, resource },
      ...(isTagged ? [{ action: 'budgets:TagResource', resource }] : []),
    ];
  },
  sns: (call, arns) => {
    if (/Subscription|Unsubscribe/.test(call.operation) && call.operation !== 'ListSubscriptionsByTopic') {
      return [{ action: `sns:${call.operation}`, resource: '*' }];
    }
    return byName(
      'sns',
      'TagResource',
      (of, name) => of.regional('sns', name),
      'TopicArn',
      'Name',
      'ResourceArn',
    )(call, arns);
  },
  sqs: (call, arns) => {
    const name = call.parameters.QueueName ?? String(call.parameters.QueueUrl).split('/').at(-1);
    const named = { ...call, parameters: { ...call.parameters, QueueName: name } };
    return byName('sqs', 'TagQueue', (of, queue) => of.regional('sqs', queue), 'QueueName')(named, arns);
  },
  'cognito-idp': (call, arns) => {
    const made = byName(
      'cognito-idp',
      'TagResource',
      (of, id) => of.regional('cognito-idp', `userpool/${id}`),
      'UserPoolId',
      'ResourceArn',
    )(call, arns);
    if (call.operation !== 'CreateUserPool') return made;
    const tags = Object.entries(call.parameters.UserPoolTags ?? {});
    const context = Object.fromEntries(
      tags.map(([name, value]) => [`aws:requesttag/${name.toLowerCase()}`, String(value)]),
    );
    // Its tags are the pool's from the first moment, and no other action is asked for.
    return [{ action: 'cognito-idp:CreateUserPool', resource: '*', context }];
  },
  iam: (call, arns) => {
    // The provider asks who it is, takes a refusal, and asks STS: only where it is told not to check its credentials.
    if (call.operation === 'GetUser') return [];
    const role = names(call, 'RoleName');
    const [action] = byName('iam', 'TagRole', (of, name) => of.global('iam', `role/${name}`), 'RoleName')(call, arns);
    if (action === undefined || role === undefined) return action ? [action] : [];
    const policy = names(call, 'PolicyArn');
    const context = {
      ...(call.operation === 'CreateRole' && { 'iam:permissionsboundary': names(call, 'PermissionsBoundary') ?? '' }),
      ...(policy !== undefined && { 'iam:policyarn': policy }),
    };
    const tags = call.operation === 'CreateRole' && names(call, 'Tags.member.1.Key') !== undefined;
    return [{ ...action, context }, ...(tags ? [{ action: 'iam:TagRole', resource: action.resource }] : [])];
  },
  apigateway: ({ method, path, parameters }, arns) => {
    const resource = arns.apiGateway(path.replace(/^\/v2(?=\/)/, ''));
    const role = /cloudwatchRoleArn.*?(arn:aws:iam::\d+:role\/[\w-]+)/.exec(JSON.stringify(parameters))?.[1];
    return [
      { action: `apigateway:${method}`, resource },
      ...(role ? [passRole(role, 'apigateway.amazonaws.com')] : []),
      ...(method === 'POST' && /domainnames$/.test(path)
        ? [{ action: 'apigateway:AddCertificateToDomain', resource }]
        : []),
      ...(parameters.tags && method === 'POST' ? [{ action: 'apigateway:TagResource', resource }] : []),
    ];
  },
  lambda: (call, arns) => {
    const { method, path, parameters } = call;
    if (/\/event-source-mappings\/?/.test(path)) return mappingAction(call, arns);
    const action = lambdaActions.find(([how, form]) => how === method && form.test(path))?.[2];
    if (action === undefined) throw new Error(`what ${method} ${path} of Lambda needs is not known here`);
    const name = String(parameters.FunctionName ?? /\/(?:functions|tags)\/([^/]+)/.exec(path)?.[1]);
    const resource = name.startsWith('arn:') ? name : arns.regional('lambda', `function:${name}`);
    return [
      {
        action: `lambda:${action}`,
        resource,
        ...(action === 'AddPermission' && { context: { 'lambda:principal': String(parameters.Principal) } }),
      },
      ...(action === 'CreateFunction' ? [passRole(String(parameters.Role), 'lambda.amazonaws.com')] : []),
      ...(action === 'CreateFunction' && parameters.Tags ? [{ action: 'lambda:TagResource', resource }] : []),
    ];
  },
  route53: ({ method, path }) => {
    const [, kind, id, rest] = /^\/2013-04-01\/(hostedzone|change)\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    const action =
      kind === 'change'
        ? 'GetChange'
        : !rest
          ? 'GetHostedZone'
          : method === 'POST'
            ? 'ChangeResourceRecordSets'
            : 'ListResourceRecordSets';
    return [{ action: `route53:${action}`, resource: `arn:aws:route53:::${kind}/${id}` }];
  },
  s3: ({ method, path, parameters }) => {
    const [, bucket, key] = /^\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    const arn = `arn:aws:s3:::${bucket}`;
    if (!key) return 'list-type' in parameters || method === 'HEAD' ? [{ action: 's3:ListBucket', resource: arn }] : [];
    const action = { GET: 'GetObject', HEAD: 'GetObject', PUT: 'PutObject', DELETE: 'DeleteObject' }[method];
    return [{ action: `s3:${action}`, resource: `${arn}/${key}` }];
  },
};

const passRole = (resource: string, service: string): Action => ({
  action: 'iam:PassRole',
  resource,
  context: { 'iam:passedtoservice': service },
});

/** Making a mapping, and reading one, name no resource: the condition is its function. @see "Fine-tuning the Resources and Conditions sections of policies", AWS Lambda Developer Guide */
const mappingAction: ActionOf = ({ method, path, parameters }, arns) => {
  const id = /\/event-source-mappings\/([^/]+)/.exec(path)?.[1];
  const mapping = arns.regional('lambda', `event-source-mapping:${id ?? '*'}`);
  const functionArn = arns.regional('lambda', `function:${parameters.FunctionName}`);
  const context = id === undefined ? { 'lambda:functionarn': functionArn } : {}; // else what the mapping has
  switch (method) {
    case 'POST':
      return [
        { action: 'lambda:CreateEventSourceMapping', resource: '*', context },
        ...(parameters.Tags ? [{ action: 'lambda:TagResource', resource: mapping }] : []),
      ];
    case 'GET':
      return [{ action: 'lambda:GetEventSourceMapping', resource: '*' }];
    case 'PUT':
      return [{ action: 'lambda:UpdateEventSourceMapping', resource: mapping }];
    default:
      return [{ action: 'lambda:DeleteEventSourceMapping', resource: mapping }];
  }
};

const lambdaActions: readonly [method: string, path: RegExp, action: string][] = [
  ['POST', /\/functions\/?$/, 'CreateFunction'],
  ['GET', /\/functions\/[^/]+\/?$/, 'GetFunction'],
  ['DELETE', /\/functions\/[^/]+\/?$/, 'DeleteFunction'],
  ['PUT', /\/code$/, 'UpdateFunctionCode'],
  ['PUT', /\/configuration$/, 'UpdateFunctionConfiguration'],
  ['GET', /\/configuration$/, 'GetFunctionConfiguration'],
  ['GET', /\/code-signing-config$/, 'GetFunctionCodeSigningConfig'],
  ['GET', /\/versions$/, 'ListVersionsByFunction'],
  ['PUT', /\/concurrency$/, 'PutFunctionConcurrency'],
  ['DELETE', /\/concurrency$/, 'DeleteFunctionConcurrency'],
  ['GET', /\/concurrency$/, 'GetFunctionConcurrency'],
  ['GET', /\/policy$/, 'GetPolicy'],
  ['POST', /\/policy$/, 'AddPermission'],
  ['DELETE', /\/policy\//, 'RemovePermission'],
  ['PUT', /\/event-invoke-config$/, 'PutFunctionEventInvokeConfig'],
  ['POST', /\/event-invoke-config$/, 'UpdateFunctionEventInvokeConfig'],
  ['GET', /\/event-invoke-config$/, 'GetFunctionEventInvokeConfig'],
  ['DELETE', /\/event-invoke-config$/, 'DeleteFunctionEventInvokeConfig'],
  ['GET', /\/tags\//, 'ListTags'],
  ['POST', /\/tags\//, 'TagResource'],
];

import { ExpressionError, StackResourceError } from '../errors.ts';
import { isPlainObject, toObject, toText } from '../expressions/values.ts';
import type { PolicyDocument, PolicyStatement } from '../model.ts';

const asList = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(toText);
const many = (value: unknown): string[] => (value === undefined ? [] : asList(value));

/**
 * Parses a policy in IAM's JSON form; single values become lists.
 * @param path where it stands, for errors
 * @throws {StackResourceError} not JSON, or not a policy
 */
export function parsePolicy(json: string, path: string): PolicyDocument {
  try {
    const document = toObject(JSON.parse(json));
    const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
    return {
      address: path,
      ...(document.Version === undefined ? {} : { Version: toText(document.Version) }),
      Statement: statements.map((statement) => parseStatement(toObject(statement))),
    };
  } catch (error) {
    if (!(error instanceof ExpressionError) && !(error instanceof SyntaxError)) throw error;
    throw new StackResourceError(path, `not an IAM policy (${error.message})`, { cause: error });
  }
}

function parseStatement(raw: Readonly<Record<string, unknown>>): PolicyStatement {
  if (raw.Effect !== 'Allow' && raw.Effect !== 'Deny') throw new ExpressionError('a statement has no Effect');
  if (raw.NotPrincipal !== undefined) throw new ExpressionError('NotPrincipal cannot be evaluated here');
  const condition = raw.Condition;
  return {
    ...(raw.Sid === undefined ? {} : { Sid: toText(raw.Sid) }),
    Effect: raw.Effect,
    ...(raw.Principal === undefined ? {} : { Principal: parsePrincipal(raw.Principal) }),
    Action: many(raw.Action),
    ...(raw.NotAction === undefined ? {} : { NotAction: many(raw.NotAction) }),
    Resource: many(raw.Resource),
    ...(raw.NotResource === undefined ? {} : { NotResource: many(raw.NotResource) }),
    ...(isPlainObject(condition) ? { Condition: parseCondition(condition) } : {}),
  };
}

const parsePrincipal = (raw: unknown): Record<string, string[]> =>
  raw === '*'
    ? { '*': ['*'] }
    : Object.fromEntries(Object.entries(toObject(raw)).map(([type, names]) => [type, asList(names)]));

const parseCondition = (raw: Readonly<Record<string, unknown>>): Record<string, Record<string, string[]>> =>
  Object.fromEntries(
    Object.entries(raw).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(toObject(keys)).map(([key, values]) => [key, asList(values)])),
    ]),
  );

const allow = (...actions: string[]): Omit<PolicyDocument, 'address'> => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: ['*'] }],
});

/** AWS-managed policies that functions commonly have, as AWS publishes them. */
export const managedPolicies: Readonly<Record<string, Omit<PolicyDocument, 'address'>>> = {
  'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole': allow(
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ),
  'arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole': allow(
    'dynamodb:DescribeStream',
    'dynamodb:GetRecords',
    'dynamodb:GetShardIterator',
    'dynamodb:ListStreams',
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ),
  'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs': allow(
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:DescribeLogGroups',
    'logs:DescribeLogStreams',
    'logs:PutLogEvents',
    'logs:GetLogEvents',
    'logs:FilterLogEvents',
  ),
  'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess': allow(
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
    'xray:GetSamplingStatisticSummaries',
  ),
};

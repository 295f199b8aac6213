/** The services that functions can call here, by AWS's own names. */
export const awsServices = ['dynamodb', 'lambda', 'execute-api', 'cognito-idp', 'sqs', 'events', 'ssm'] as const;
export type AwsService = (typeof awsServices)[number];

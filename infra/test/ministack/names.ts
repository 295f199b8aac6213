/**
 * What ministack calls the domain of its APIs: `<id>.execute-api.aws.test`. With AWS's own domain it takes other host
 * names for buckets of S3.
 */
export const apiDomain = 'aws.test';

/** AWS's host names that Terraform, the functions and the clients use, besides the API's own; and ministack's. */
export const hostNames: readonly string[] = [
  ...['iam', 'route53', 'sts'].map((service) => `${service}.amazonaws.com`),
  ...[
    'apigateway',
    'cognito-idp',
    'dynamodb',
    'events',
    'iam',
    'kms',
    'lambda',
    'logs',
    'monitoring',
    'sns',
    'sqs',
    'ssm',
    'sts',
  ].map((service) => `${service}.us-east-1.amazonaws.com`),
  // Where the provider's SDK finds DynamoDB once it knows the account.
  '000000000000.ddb.us-east-1.amazonaws.com',
  apiDomain,
];

/** What the certificate is for; a `*` stands for one label. */
export const certificateNames: readonly string[] = [
  '*.amazonaws.com',
  '*.us-east-1.amazonaws.com',
  '*.ddb.us-east-1.amazonaws.com',
  apiDomain,
  `*.execute-api.${apiDomain}`,
];

/** The credentials of the account's root in ministack, for Terraform and for the tests that read back what was deployed. */
export const rootCredentials = { accessKeyId: 'none', secretAccessKey: 'none' } as const;

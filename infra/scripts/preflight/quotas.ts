/**
 * Quotas that bound the service, by the codes that AWS's pages link to.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html (L-8A5B8E43)
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 *   (L-9ED1E49A, L-01C8A9E0)
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 *   (L-A93447B8)
 * @see https://docs.aws.amazon.com/general/latest/gr/lambda-service.html, ddb.html, cognito_identity.html (the rest)
 */
export const quotas = {
  concurrentExecutions: { service: 'lambda', code: 'L-B99A9384', name: 'Lambda: concurrent executions' },
  requestRate: { service: 'apigateway', code: 'L-8A5B8E43', name: 'API Gateway: requests a second' },
  newConnections: {
    service: 'apigateway',
    code: 'L-9ED1E49A',
    name: 'API Gateway: new WebSocket connections a second',
  },
  routes: { service: 'apigateway', code: 'L-01C8A9E0', name: 'API Gateway: routes of an API' },
  domains: { service: 'apigateway', code: 'L-A93447B8', name: 'API Gateway: public custom domains' },
  tables: { service: 'dynamodb', code: 'L-F98FE922', name: 'DynamoDB: tables' },
  tableWrites: { service: 'dynamodb', code: 'L-AB614373', name: 'DynamoDB: write units a second of a table' },
  userPools: { service: 'cognito-idp', code: 'L-66E6DF30', name: 'Cognito: user pools' },
} as const;

export type QuotaName = keyof typeof quotas;

/** Alarms of an account in a Region. Service Quotas has no entry for them. @see "CloudWatch service quotas" */
export const defaultAlarms = 5_000;

/** Reserving concurrency must leave this much unreserved. @see "PutFunctionConcurrency", Lambda API Reference */
export const unreservedConcurrency = 100;

/** A metric in CloudWatch, or several that differ in a statistic only. Values may be Terraform expressions. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/**
 * Where the functions' own metrics are. Each environment has a namespace: several in one account and region would
 * otherwise add up, and the alarms of one would fire for another.
 */
export const metricsNamespace = (environment: string): string => `Sessions/${environment}`;

export const lambdaMetric = (name: string, functionName: string): Metric => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: { FunctionName: functionName },
});

/** Of a table alone; what its index does is counted with the index as a further dimension. */
export const tableMetric = (name: string, tableName: string, more: Record<string, string> = {}): Metric => ({
  namespace: 'AWS/DynamoDB',
  name,
  dimensions: { TableName: tableName, ...more },
});

export const queueMetric = (name: string, queueName: string): Metric => ({
  namespace: 'AWS/SQS',
  name,
  dimensions: { QueueName: queueName },
});

/** API Gateway counts by API and stage without detailed metrics; only by route does it need those. */
export const apiMetric = (name: string, api: { readonly id: string; readonly stageName: string }): Metric => ({
  namespace: 'AWS/ApiGateway',
  name,
  dimensions: { ApiId: api.id, Stage: api.stageName },
});

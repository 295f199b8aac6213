/**
 * The metrics that AWS itself writes, as far as we use them: names, sets of dimensions, and statistics that mean
 * something, as its documentation lists them. A metric has the dimensions of one of its sets, all of them and no other.
 */
export interface AwsMetric {
  readonly dimensions: readonly (readonly string[])[];
  /** Absent: every statistic. */
  readonly statistics?: readonly string[];
}

const counts = ['Sum', 'SampleCount'] as const;
const ofFunction = { dimensions: [['FunctionName']] } as const;
const ofTable = [['TableName'], ['TableName', 'GlobalSecondaryIndexName']] as const;
/** By route only with detailed metrics, which the stages do not have. */
const ofStage = { dimensions: [['ApiId'], ['ApiId', 'Stage']] } as const;

export const awsMetrics: Readonly<Record<string, Readonly<Record<string, AwsMetric>>>> = {
  // AWS Lambda Developer Guide, "Types of metrics for Lambda functions": docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
  'AWS/Lambda': {
    Invocations: ofFunction,
    Errors: ofFunction,
    Throttles: ofFunction,
    Duration: ofFunction,
    ConcurrentExecutions: ofFunction,
    // Of functions with an event source mapping on a stream: of all its mappings together.
    IteratorAge: { ...ofFunction, statistics: ['Maximum', 'Average'] },
    // Of functions that are invoked asynchronously, or by a mapping, with a destination.
    DestinationDeliveryFailures: { ...ofFunction, statistics: ['Sum'] },
    AsyncEventsDropped: { ...ofFunction, statistics: ['Sum'] },
    AsyncEventAge: { ...ofFunction, statistics: ['Maximum', 'Average'] },
  },
  // Amazon SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS": docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
  'AWS/SQS': {
    ApproximateNumberOfMessagesVisible: { dimensions: [['QueueName']] },
  },
  // Amazon DynamoDB Developer Guide, "DynamoDB metrics and dimensions": docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
  'AWS/DynamoDB': {
    ReadThrottleEvents: { dimensions: ofTable, statistics: counts },
    WriteThrottleEvents: { dimensions: ofTable, statistics: counts },
    ConsumedReadCapacityUnits: { dimensions: ofTable },
    ConsumedWriteCapacityUnits: { dimensions: ofTable },
    TransactionConflict: { dimensions: [['TableName']], statistics: counts },
    SystemErrors: { dimensions: [['TableName', 'Operation']], statistics: counts },
    SuccessfulRequestLatency: {
      dimensions: [['TableName', 'Operation']],
      statistics: ['Minimum', 'Maximum', 'Average', 'SampleCount'],
    },
  },
  // Amazon API Gateway Developer Guide, "Monitor WebSocket API execution with CloudWatch metrics": docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
  'AWS/ApiGateway': {
    ConnectCount: ofStage,
    MessageCount: ofStage,
    IntegrationError: ofStage,
    ClientError: ofStage,
    ExecutionError: ofStage,
    IntegrationLatency: ofStage,
    // Of HTTP APIs. "Monitor CloudWatch metrics for HTTP APIs in API Gateway": docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    '4xx': ofStage,
    '5xx': ofStage,
    Count: ofStage,
    Latency: ofStage,
  },
};

/** Values of the dimension `Operation` that we use; the same page lists them. */
export const dynamoDbOperations: ReadonlySet<string> = new Set([
  ...['GetItem', 'Query', 'Scan', 'PutItem', 'UpdateItem', 'DeleteItem'],
  ...['BatchGetItem', 'BatchWriteItem', 'TransactGetItems', 'TransactWriteItems'],
]);

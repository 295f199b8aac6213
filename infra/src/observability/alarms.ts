/**
 * Every alarm, as data. The key is also the section of `docs/operations.md` that says what to do.
 *
 * What is thought through for each:
 * - Missing data. Functions and AWS report most of these only when something happens: silence is good news
 *   (`notBreaching`). Of the sweeper, silence is the bad news itself (`breaching`).
 * - DynamoDB reports throttles and errors only when there are some, and an alarm on such a metric alone would never end:
 *   CloudWatch ignores missing data in this namespace, whatever the alarm says. So these are sums with `FILL(…, 0)`.
 * - A metric that is filled counts as 0 in the newest period until its values arrive. So such an alarm looks at more
 *   than that one period: by itself it could stay silent for ever, says AWS ("Using metric math", FILL).
 * - A percentile of a quiet hour is that of a few values. They count too, but two or three periods must be slow: one
 *   cold start wakes nobody.
 */
import { type FunctionDefinition, type FunctionName, functionNames, functions } from '../functions.ts';
import { apiMetric, lambdaMetric, type Metric, metricsNamespace, queueMetric, tableMetric } from './metrics.ts';
import type { Observed, ObservedTable } from './observed.ts';

export const alarmKeys = [
  'session-creation-latency',
  'listener-join-latency',
  'heartbeat-latency',
  'connection-errors',
  'refused-requests',
  'rate-limits-unavailable',
  'message-failures',
  'message-delivery-time',
  'function-errors',
  'function-throttles',
  'table-throttles',
  'table-errors',
  'join-attempts',
  'iterator-age',
  'failure-queue',
  'destination-failures',
  'async-events-dropped',
  'sweeper-not-running',
  'sweep-braked',
  'active-sessions',
  'api-execution-errors',
  'api-integration-errors',
  'api-client-errors',
  'http-api-errors',
] as const;

export type AlarmKey = (typeof alarmKeys)[number];

export interface Alarm {
  readonly key: AlarmKey;
  /** Which of several with this key: a function, a table, a queue. */
  readonly of?: string;
  /** One sentence or two, for whoever is woken. */
  readonly means: string;
  /** By the name that `expression` uses. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /** CloudWatch's metric math; needed with more than one metric. */
  readonly expression?: string;
  readonly statistic: 'Sum' | 'Maximum' | 'SampleCount' | 'p95' | 'p99';
  readonly fires: '>=' | '>' | '<';
  /** A number, or a Terraform expression without `${}`. */
  readonly threshold: number | string;
  readonly periodSeconds: 60 | 300;
  /** So many periods are looked at … */
  readonly periods: number;
  /** … and so many of them must be over the threshold. */
  readonly breachingPeriods: number;
  readonly missingData: 'breaching' | 'notBreaching';
}

/** Something is counted over five minutes, and enough is enough. */
const inFiveMinutes = {
  statistic: 'Sum',
  fires: '>=',
  periodSeconds: 300,
  periods: 1,
  breachingPeriods: 1,
  missingData: 'notBreaching',
} as const;

/** The same for metrics that are filled: what comes late counts in the period before. */
const alsoIfLate = { ...inFiveMinutes, periods: 2 } as const;

export function alarmsOf(observed: Observed): Alarm[] {
  const own = (name: string, dimensions: Record<string, string>): Metric => ({
    namespace: metricsNamespace(observed.environment),
    name,
    dimensions,
  });
  const latency = { statistic: 'p95', fires: '>', missingData: 'notBreaching' } as const;

  return [
    {
      key: 'session-creation-latency',
      means: 'Speakers wait too long for a new session: two of the last three periods were slow.',
      metrics: { m: own('SessionCreationLatency', { service: 'connection' }) },
      threshold: 'var.alarm_session_creation_p95_ms',
      ...latency,
      // Sessions are few.
      periodSeconds: 300,
      periods: 3,
      breachingPeriods: 2,
    },
    {
      key: 'listener-join-latency',
      means: 'Listeners wait too long to get in: two of the last three minutes were slow.',
      metrics: { m: own('ListenerJoinLatency', { service: 'connection' }) },
      threshold: 'var.alarm_listener_join_p95_ms',
      ...latency,
      // A hall joins within a few minutes.
      periodSeconds: 60,
      periods: 3,
      breachingPeriods: 2,
    },
    {
      key: 'heartbeat-latency',
      means: 'Heartbeats are slow, the first sign of anything that slows everything: three of the last five minutes.',
      metrics: { m: own('HeartbeatLatency', { service: 'heartbeat' }) },
      threshold: 'var.alarm_heartbeat_p95_ms',
      ...latency,
      periodSeconds: 60,
      periods: 5,
      breachingPeriods: 3,
    },
    {
      key: 'connection-errors',
      means: 'Clients got SERVICE_UNAVAILABLE or INTERNAL_ERROR: the service fails.',
      metrics: { m: own('ConnectionErrors', { fault: 'service' }) },
      threshold: 'var.alarm_connection_errors',
      ...inFiveMinutes,
    },
    {
      key: 'refused-requests',
      means: 'Unusually many requests were refused: guessing, a flood, a client with a bug, or a full session.',
      metrics: { m: own('ConnectionErrors', { fault: 'client' }) },
      threshold: 'var.alarm_refused_requests',
      ...inFiveMinutes,
    },
    {
      key: 'rate-limits-unavailable',
      means: 'The rate limits cannot be counted, so nothing is limited.',
      metrics: { m: own('RateLimitsUnavailable', { service: 'connection' }) },
      threshold: 'var.alarm_rate_limits_unavailable',
      ...inFiveMinutes,
    },
    {
      key: 'message-failures',
      means: 'Messages did not reach many listeners in time: they recover them, later than they should.',
      metrics: { m: own('MessageFailed', { service: 'publisher' }) },
      threshold: 'var.alarm_message_failures',
      ...inFiveMinutes,
    },
    {
      key: 'message-delivery-time',
      means: 'Messages take too long to their last listener: one in a hundred, in two of the last three minutes.',
      metrics: { m: own('MessageDeliveryTime', { service: 'publisher' }) },
      threshold: 'var.alarm_message_delivery_p99_ms',
      ...latency,
      statistic: 'p99',
      // A broadcast publishes every few seconds.
      periodSeconds: 60,
      periods: 3,
      breachingPeriods: 2,
    },
    ...functionNames.flatMap((name) => functionAlarms(name, observed.functionNames[name], own)),
    ...observed.tables.flatMap(tableAlarms),
    {
      key: 'join-attempts',
      means: 'Joins get into each other: one in a hundred took many attempts, in two of the last three minutes.',
      metrics: { m: own('JoinAttempts', { service: 'connection' }) },
      threshold: 'var.alarm_join_attempts_p99',
      statistic: 'p99',
      fires: '>=',
      missingData: 'notBreaching',
      periodSeconds: 60,
      periods: 3,
      breachingPeriods: 2,
    },
    {
      key: 'iterator-age',
      means: 'Changes of sessions are processed late: listeners and speakers learn of them by heartbeats only.',
      // Of both event source mappings, the worse one: by mapping, Lambda has the metric in no dimension.
      metrics: { m: lambdaMetric('IteratorAge', observed.functionNames.notifier) },
      threshold: 'var.alarm_iterator_age_seconds * 1000',
      statistic: 'Maximum',
      fires: '>=',
      missingData: 'notBreaching',
      periodSeconds: 60,
      periods: 3,
      breachingPeriods: 2,
    },
    ...Object.entries(observed.failureQueueNames).map(
      ([name, queueName]): Alarm => ({
        key: 'failure-queue',
        of: name,
        means: `Lambda gave up ${name}: what it gave up is in the queue ${queueName}, for 14 days.`,
        metrics: { m: queueMetric('ApproximateNumberOfMessagesVisible', queueName) },
        threshold: 1,
        ...inFiveMinutes,
        statistic: 'Maximum', // a message counts in every minute
      }),
    ),
    ...functionNames.flatMap((name) => givenUpAlarms(name, observed.functionNames[name])),
    {
      key: 'sweeper-not-running',
      means: 'No sweep was finished for five minutes: lost connections and sessions are not cleaned up.',
      // Written at the end of a sweep that worked. So this also notices one that always fails.
      metrics: { m: own('ActiveSessions', { service: 'sweeper' }) },
      statistic: 'SampleCount',
      fires: '<',
      threshold: 1,
      periodSeconds: 60,
      periods: 5,
      breachingPeriods: 5,
      missingData: 'breaching',
    },
    {
      key: 'sweep-braked',
      means:
        'More connections are silent than can be true, so the sweeper closes no more of them: is it our own fault?',
      metrics: { m: own('SweepBraked', { service: 'sweeper' }) },
      threshold: 1,
      ...inFiveMinutes,
    },
    {
      key: 'active-sessions',
      means: 'There are 80 % as many sessions at once as the account is prepared for.',
      metrics: { m: own('ActiveSessions', { service: 'sweeper' }) },
      statistic: 'Maximum',
      fires: '>=',
      threshold: 'var.active_sessions_limit * 0.8',
      periodSeconds: 60,
      periods: 3,
      breachingPeriods: 2,
      missingData: 'notBreaching',
    },
    {
      key: 'api-execution-errors',
      means: 'API Gateway cannot call the functions: a missing permission, throttling, or a time-out.',
      metrics: { m: apiMetric('ExecutionError', observed.api) },
      threshold: 'var.alarm_api_execution_errors',
      ...inFiveMinutes,
    },
    {
      key: 'api-integration-errors',
      means: 'Functions answered API Gateway with 4xx or 5xx: handshakes were refused, or functions failed.',
      metrics: { m: apiMetric('IntegrationError', observed.api) },
      threshold: 'var.alarm_api_integration_errors',
      ...inFiveMinutes,
    },
    {
      key: 'api-client-errors',
      means: 'API Gateway refused unusually many requests itself: bad tokens, or the throttling of the stage.',
      metrics: { m: apiMetric('ClientError', observed.api) },
      threshold: 'var.alarm_api_client_errors',
      ...inFiveMinutes,
    },
    {
      key: 'http-api-errors',
      means: 'Requests to the HTTP API were answered with 5xx: a function failed, or API Gateway cannot call it.',
      metrics: { m: apiMetric('5xx', observed.httpApi) },
      threshold: 'var.alarm_http_api_errors',
      ...inFiveMinutes,
    },
  ];
}

type OwnMetric = (name: string, dimensions: Record<string, string>) => Metric;

function functionAlarms(name: string, functionName: string, own: OwnMetric): Alarm[] {
  const errors = lambdaMetric('Errors', functionName);
  return [
    {
      key: 'function-errors',
      of: name,
      means: `Invocations of ${name} failed: it crashed, ran out of time or memory, or does not start.`,
      threshold: 'var.alarm_function_errors',
      ...inFiveMinutes,
      // API Gateway wants a bad token answered by a failure, which is none. The two metrics may arrive minutes apart, so
      // one period alone proves nothing.
      ...(name === 'authorizer'
        ? {
            metrics: { errors, refused: own('ConnectionErrors', { service: 'authorizer', code: 'UNAUTHORIZED' }) },
            expression: 'FILL(errors, 0) - FILL(refused, 0)',
            periods: 3,
            breachingPeriods: 2,
          }
        : { metrics: { m: errors } }),
    },
    {
      key: 'function-throttles',
      of: name,
      means: `Lambda refused to run ${name}: the account's or the function's concurrency is used up.`,
      metrics: { m: lambdaMetric('Throttles', functionName) },
      threshold: 'var.alarm_function_throttles',
      ...inFiveMinutes,
    },
  ];
}

/** Of functions that are invoked by events which must not be lost. */
function givenUpAlarms(name: FunctionName, functionName: string): Alarm[] {
  const { failureQueue, asyncInvoke }: FunctionDefinition = functions[name];
  const destinationFailures: Alarm = {
    key: 'destination-failures',
    of: name,
    means: `Lambda could not send what it gave up of ${name} to the failure queue: it is lost.`,
    metrics: { m: lambdaMetric('DestinationDeliveryFailures', functionName) },
    threshold: 1,
    ...inFiveMinutes,
  };
  const eventsDropped: Alarm = {
    key: 'async-events-dropped',
    of: name,
    means: `Lambda dropped events of ${name}, after all retries or for their age.`,
    metrics: { m: lambdaMetric('AsyncEventsDropped', functionName) },
    threshold: 1,
    ...inFiveMinutes,
  };
  return [
    ...(failureQueue === undefined ? [] : [destinationFailures]),
    ...(asyncInvoke?.alarmWhenDropped ? [eventsDropped] : []),
  ];
}

function tableAlarms({ id, name, indexName, operations }: ObservedTable): Alarm[] {
  const reads = operations.some((operation) => ['GetItem', 'BatchGetItem', 'Query', 'Scan'].includes(operation));
  const throttles = [...(reads ? ['ReadThrottleEvents'] : []), 'WriteThrottleEvents'];
  return [
    {
      key: 'table-throttles',
      of: id,
      means: `DynamoDB throttles the table ${id}${indexName ? ' or its index' : ''}: a hot item, or a sudden rise.`,
      ...sum([
        ...throttles.map((metric) => tableMetric(metric, name)),
        ...(indexName
          ? throttles.map((metric) => tableMetric(metric, name, { GlobalSecondaryIndexName: indexName }))
          : []),
      ]),
      threshold: 'var.alarm_table_throttles',
      ...alsoIfLate,
    },
    {
      key: 'table-errors',
      of: id,
      means: `DynamoDB answers requests to the table ${id} with errors of its own (HTTP 500).`,
      ...sum(operations.map((operation) => tableMetric('SystemErrors', name, { Operation: operation }))),
      threshold: 'var.alarm_table_errors',
      ...alsoIfLate,
    },
  ];
}

/** Metrics that are there only now and then, as one that always is. */
function sum(metrics: readonly Metric[]): Pick<Alarm, 'metrics' | 'expression'> {
  const named = metrics.map((metric, index) => [`m${index}`, metric] as const);
  return {
    metrics: Object.fromEntries(named),
    expression: named.map(([name]) => `FILL(${name}, 0)`).join(' + '),
  };
}

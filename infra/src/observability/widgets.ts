/** What the dashboard shows, as data. */
import { functionNames } from '../functions.ts';
import { apiMetric, lambdaMetric, type Metric, metricsNamespace, queueMetric, tableMetric } from './metrics.ts';
import type { Observed } from './observed.ts';

export type Widget = MetricWidget | LogWidget;

export interface MetricWidget {
  readonly kind: 'metrics';
  readonly title: string;
  readonly periodSeconds?: number;
  readonly lines: readonly Line[];
}

export type Line =
  | { readonly metric: Metric; readonly statistic: string; readonly label?: string }
  /** One line for each metric that is found: for dimensions with many values. */
  | { readonly search: string; readonly id: string; readonly label: string };

export interface LogWidget {
  readonly kind: 'logs';
  readonly title: string;
  readonly logGroups: readonly string[];
  /** Of Logs Insights. */
  readonly query: string;
}

const percentiles = ['p50', 'p95', 'p99'];

export function widgetsOf(observed: Observed): Widget[] {
  const namespace = metricsNamespace(observed.environment);
  const own = (name: string, dimensions: Record<string, string>): Metric => ({ namespace, name, dimensions });
  const latency = (title: string, name: string, service: string): MetricWidget => ({
    kind: 'metrics',
    title,
    lines: percentiles.map((statistic) => ({ metric: own(name, { service }), statistic, label: statistic })),
  });
  const everySum = (id: string, name: string, dimension: string): Line => ({
    search: `SEARCH('{${namespace},service,${dimension}} MetricName="${name}"', 'Sum', 60)`,
    id,
    label: '',
  });
  const ofFunctions = (title: string, name: string, statistic: string): MetricWidget => ({
    kind: 'metrics',
    title,
    lines: functionNames.map((key) => ({
      metric: lambdaMetric(name, observed.functionNames[key]),
      statistic,
      label: key,
    })),
  });
  const ofTables = (title: string, names: readonly string[], statistic: string): MetricWidget => ({
    kind: 'metrics',
    title,
    lines: observed.tables.flatMap(({ id, name, indexName }) =>
      names.flatMap((metric) => [
        { metric: tableMetric(metric, name), statistic, label: `${id} ${metric}` },
        ...(indexName === undefined
          ? []
          : [
              {
                metric: tableMetric(metric, name, { GlobalSecondaryIndexName: indexName }),
                statistic,
                label: `index of ${id} ${metric}`,
              },
            ]),
      ]),
    ),
  });
  const ofApi = (title: string, names: readonly string[], api = observed.api): MetricWidget => ({
    kind: 'metrics',
    title,
    lines: names.map((name) => ({ metric: apiMetric(name, api), statistic: 'Sum' })),
  });

  return [
    {
      kind: 'metrics',
      title: 'Sessions and connections',
      lines: ['ActiveSessions', 'OpenConnections'].map((name) => ({
        metric: own(name, { service: 'sweeper' }),
        statistic: 'Maximum',
      })),
    },
    {
      kind: 'metrics',
      title: 'Errors by whose fault they are',
      lines: ['service', 'client'].map((fault) => ({
        metric: own('ConnectionErrors', { fault }),
        statistic: 'Sum',
        label: fault,
      })),
    },
    { kind: 'metrics', title: 'Errors by code', lines: [everySum('codes', 'ConnectionErrors', 'code')] },

    latency('Creating a session (ms)', 'SessionCreationLatency', 'connection'),
    latency('Joining a session (ms)', 'ListenerJoinLatency', 'connection'),
    latency('Heartbeats (ms)', 'HeartbeatLatency', 'heartbeat'),

    {
      kind: 'metrics',
      title: 'Published messages: deliveries',
      lines: ['MessageDelivered', 'MessageGone', 'MessageFailed'].map((name) => ({
        metric: own(name, { service: 'publisher' }),
        statistic: 'Sum',
        label: name.slice('Message'.length).toLowerCase(),
      })),
    },
    {
      kind: 'metrics',
      title: 'Published messages: a minute',
      lines: [
        { metric: own('MessageDeliveryTime', { service: 'publisher' }), statistic: 'SampleCount', label: 'messages' },
      ],
    },
    latency('Published messages: time to the last delivery (ms)', 'MessageDeliveryTime', 'publisher'),

    {
      kind: 'metrics',
      title: 'Rate limits',
      lines: [
        everySum('limits', 'RateLimitExceeded', 'operation'),
        {
          metric: own('RateLimitsUnavailable', { service: 'connection' }),
          statistic: 'Sum',
          label: 'cannot be counted',
        },
      ],
    },
    {
      kind: 'metrics',
      title: 'Notifications to many listeners',
      lines: ['FanOutDelivered', 'FanOutGone', 'FanOutFailed'].map((name) => ({
        metric: own(name, { service: 'deliverer' }),
        statistic: 'Sum',
        label: name.slice('FanOut'.length).toLowerCase(),
      })),
    },
    {
      kind: 'metrics',
      title: 'Attempts of a join',
      lines: ['p50', 'p99', 'Maximum'].map((statistic) => ({
        metric: own('JoinAttempts', { service: 'connection' }),
        statistic,
        label: statistic,
      })),
    },
    {
      kind: 'metrics',
      title: 'Changes: age when processed (ms)',
      lines: [
        { metric: lambdaMetric('IteratorAge', observed.functionNames.notifier), statistic: 'Maximum', label: 'oldest' },
      ],
    },
    {
      kind: 'metrics',
      title: 'Given up: changes, deliveries',
      lines: [
        ...Object.entries(observed.failureQueueNames).map(([name, queueName]) => ({
          metric: queueMetric('ApproximateNumberOfMessagesVisible', queueName),
          statistic: 'Maximum',
          label: `${name} in the queue`,
        })),
        ...(['notifier', 'deliverer'] as const).map((name) => ({
          metric: lambdaMetric('DestinationDeliveryFailures', observed.functionNames[name]),
          statistic: 'Sum',
          label: `${name}: lost`,
        })),
        {
          metric: lambdaMetric('AsyncEventsDropped', observed.functionNames.deliverer),
          statistic: 'Sum',
          label: 'deliverer: dropped',
        },
      ],
    },
    {
      kind: 'metrics',
      title: 'Sweeps braked (silent connections)',
      lines: [{ metric: own('SweepBraked', { service: 'sweeper' }), statistic: 'Sum' }],
    },
    {
      kind: 'metrics',
      title: 'Deliveries waiting',
      lines: [
        {
          metric: lambdaMetric('AsyncEventAge', observed.functionNames.deliverer),
          statistic: 'Maximum',
          label: 'age (ms)',
        },
      ],
    },
    ofApi('API: connections and messages', ['ConnectCount', 'MessageCount']),

    ofApi('API: errors', ['ExecutionError', 'IntegrationError', 'ClientError']),
    {
      kind: 'metrics',
      title: 'API: time in functions (ms)',
      lines: percentiles.map((statistic) => ({
        metric: apiMetric('IntegrationLatency', observed.api),
        statistic,
        label: statistic,
      })),
    },
    ofFunctions('Functions: invocations', 'Invocations', 'Sum'),

    ofApi('HTTP API: requests', ['Count'], observed.httpApi),
    ofApi('HTTP API: errors', ['4xx', '5xx'], observed.httpApi),
    {
      kind: 'metrics',
      title: 'HTTP API: time to the answer (ms)',
      lines: percentiles.map((statistic) => ({
        metric: apiMetric('Latency', observed.httpApi),
        statistic,
        label: statistic,
      })),
    },

    ofFunctions('Functions: errors', 'Errors', 'Sum'),
    ofFunctions('Functions: throttles', 'Throttles', 'Sum'),
    ofFunctions('Functions: duration, p95 (ms)', 'Duration', 'p95'),

    ofFunctions('Functions: at once', 'ConcurrentExecutions', 'Maximum'),
    ofTables('Tables: capacity units', ['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits'], 'Sum'),
    ofTables('Tables: throttles', ['ReadThrottleEvents', 'WriteThrottleEvents'], 'Sum'),
    {
      kind: 'metrics',
      title: 'Tables: conflicts of transactions',
      lines: observed.tables
        .filter(({ operations }) => operations.includes('TransactWriteItems'))
        .map(({ id, name }) => ({ metric: tableMetric('TransactionConflict', name), statistic: 'Sum', label: id })),
    },

    {
      kind: 'metrics',
      title: 'Tables: latency, average (ms)',
      lines: observed.tables.flatMap(({ id, name, operations }) =>
        operations.map((operation) => ({
          metric: tableMetric('SuccessfulRequestLatency', name, { Operation: operation }),
          statistic: 'Average',
          label: `${id} ${operation}`,
        })),
      ),
    },
    {
      kind: 'logs',
      title: 'Latest errors',
      logGroups: Object.values(observed.functionNames).map((name) => `/aws/lambda/${name}`),
      query:
        'fields @timestamp, service, route, code, message, requestId, connection' +
        ' | filter level = "ERROR" | sort @timestamp desc | limit 50',
    },
  ];
}

import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { type ErrorCode, errorCodes } from '../protocol/index.ts';
import type { Meter } from '../sessions/index.ts';

/** How long a route took, from API Gateway's receipt of the message to the reply: what the client waits for. */
export type LatencyMetric = 'SessionCreationLatency' | 'ListenerJoinLatency' | 'HeartbeatLatency';

/** What a function says of itself: structured logs, and metrics in CloudWatch's embedded format, both on stdout. */
export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly meter: Meter;
  latency(metric: LatencyMetric, milliseconds: number): void;
  /** A reply or a refusal with this code. */
  error(code: ErrorCode): void;
  /** A dependency whose absence we tolerate did not answer. */
  rateLimitsUnavailable(error: unknown): void;
}

/**
 * The names of service and namespace and the log level come from Powertools' own variables (`POWERTOOLS_…`). Few
 * dimensions: each combination of values is a metric that is paid for.
 */
export function createTelemetry(): Telemetry {
  const logger = new Logger();
  const metrics = new Metrics();

  /** A metric with a dimension of its own, apart from those without. */
  const countBy = (name: string, dimension: string, value: string) =>
    metrics.singleMetric().addDimension(dimension, value).addMetric(name, MetricUnit.Count, 1);

  /**
   * By service and code for whoever looks; and over all services by whose fault it is, for the alarms: one of those
   * cannot search, and would be paid for by each metric that it adds up.
   */
  const countError = (code: ErrorCode) => {
    const single = metrics.singleMetric();
    single.clearDefaultDimensions(); // the service, which would be in every set
    single
      .addDimensions({ service: process.env.POWERTOOLS_SERVICE_NAME ?? 'unknown', code })
      .addDimensions({ fault: errorCodes[code].httpStatus >= 500 ? 'service' : 'client' })
      .addMetric('ConnectionErrors', MetricUnit.Count, 1);
  };

  return {
    logger,
    metrics,
    latency: (metric, milliseconds) => void metrics.addMetric(metric, MetricUnit.Milliseconds, milliseconds),
    error: countError,
    rateLimitsUnavailable(error) {
      logger.warn('Rate limits cannot be reached: the operation goes on unlimited', { reason: nameOf(error) });
      metrics.addMetric('RateLimitsUnavailable', MetricUnit.Count, 1);
    },
    meter: {
      fanOut({ delivered, gone, failed }) {
        metrics.addMetric('FanOutDelivered', MetricUnit.Count, delivered);
        metrics.addMetric('FanOutGone', MetricUnit.Count, gone);
        metrics.addMetric('FanOutFailed', MetricUnit.Count, failed);
      },
      published({ delivered, gone, failed, deliveryMs }) {
        metrics.addMetric('MessageDelivered', MetricUnit.Count, delivered);
        metrics.addMetric('MessageGone', MetricUnit.Count, gone);
        metrics.addMetric('MessageFailed', MetricUnit.Count, failed);
        metrics.addMetric('MessageDeliveryTime', MetricUnit.Milliseconds, deliveryMs);
      },
      gauges({ activeSessions, openConnections }) {
        metrics.addMetric('ActiveSessions', MetricUnit.Count, activeSessions);
        metrics.addMetric('OpenConnections', MetricUnit.Count, openConnections);
      },
      joinAttempts: (attempts) => void metrics.addMetric('JoinAttempts', MetricUnit.Count, attempts),
      sweepBraked: (silent) => void metrics.addMetric('SweepBraked', MetricUnit.Count, silent),
      rateLimitExceeded: (operation) => countBy('RateLimitExceeded', 'operation', operation),
    },
  };
}

/** What may be logged of an error that comes from outside: its name. Messages can carry addresses and IDs. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

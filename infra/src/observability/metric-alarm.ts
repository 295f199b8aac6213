import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import { Token } from 'cdktf';
import { Construct } from 'constructs';
import type { Alarm } from './alarms.ts';

/** A metric math alarm may use so many metrics. @see Amazon CloudWatch, "Alarms based on metric math expressions" */
const MOST_METRICS = 10;

const operators = {
  '>=': 'GreaterThanOrEqualToThreshold',
  '>': 'GreaterThanThreshold',
  '<': 'LessThanThreshold',
} as const;

export interface MetricAlarmProps {
  /** Goes before the alarm's name. */
  readonly namePrefix: string;
  readonly alarm: Alarm;
  /** A Terraform expression for the list of topics, without `${}`. */
  readonly topicArns: string;
}

/** One row of the table of alarms, as CloudWatch wants it. */
export class MetricAlarm extends Construct {
  constructor(scope: Construct, id: string, { namePrefix, alarm, topicArns }: MetricAlarmProps) {
    super(scope, id);
    const resource = new CloudwatchMetricAlarm(this, 'alarm', {
      alarmName: [namePrefix, alarm.key, alarm.of].filter((part) => part !== undefined).join('-'),
      alarmDescription: `${alarm.means} What to do: docs/operations.md#${alarm.key}`,
      comparisonOperator: operators[alarm.fires],
      threshold: typeof alarm.threshold === 'number' ? alarm.threshold : Token.asNumber(`\${${alarm.threshold}}`),
      evaluationPeriods: alarm.periods,
      datapointsToAlarm: alarm.breachingPeriods,
      treatMissingData: alarm.missingData,
      ...this.whatIsWatched(alarm),
    });
    for (const actions of ['alarm_actions', 'ok_actions']) resource.addOverride(actions, `\${${topicArns}}`);
  }

  private whatIsWatched({ metrics, expression, statistic, periodSeconds }: Alarm) {
    const entries = Object.entries(metrics);
    if (expression !== undefined) {
      if (entries.length > MOST_METRICS) {
        throw new Error(`${this.node.path}: ${entries.length} metrics; CloudWatch takes ${MOST_METRICS} in one alarm`);
      }
      return {
        metricQuery: [
          { id: 'result', expression, label: expression, returnData: true },
          ...entries.map(([id, { namespace, name, dimensions }]) => ({
            id,
            metric: {
              namespace,
              metricName: name,
              dimensions: { ...dimensions },
              stat: statistic,
              period: periodSeconds,
            },
          })),
        ],
      };
    }
    const [[, metric] = []] = entries;
    if (!metric || entries.length > 1) throw new Error(`${this.node.path}: several metrics need an expression`);
    return {
      namespace: metric.namespace,
      metricName: metric.name,
      dimensions: { ...metric.dimensions },
      period: periodSeconds,
      ...(statistic === 'p95' || statistic === 'p99'
        ? { extendedStatistic: statistic, evaluateLowSampleCountPercentiles: 'evaluate' }
        : { statistic }),
    };
  }
}

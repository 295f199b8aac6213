import { type EmptyFill, evaluateMath, type Series } from './metric-math.ts';
import type { MetricId, MetricStore } from './metric-store.ts';

/** As `DescribeAlarms` would show it. */
export interface CloudWatchAlarm {
  readonly name: string;
  readonly description: string;
  readonly metrics: readonly {
    readonly id: string;
    readonly metric: MetricId;
    readonly statistic: string;
    readonly periodSeconds: number;
  }[];
  readonly expression?: string;
  readonly comparison: string;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly treatMissingData: string;
}

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** CloudWatch looks this much farther back for real values than it needs: as in the examples of its documentation. */
const EXTRA_PERIODS = 2;

/** The state of an alarm at a time, from the periods that are over by then. */
export function evaluateAlarm(
  alarm: CloudWatchAlarm,
  store: MetricStore,
  { nowMs, state, emptyFill = 'filled' }: { nowMs: number; state: AlarmState; emptyFill?: EmptyFill },
): AlarmState {
  const series = Object.fromEntries(
    alarm.metrics.map(({ id, metric, statistic, periodSeconds }) => {
      const periodMs = periodSeconds * 1000;
      const endMs = Math.floor(nowMs / periodMs) * periodMs;
      const count = alarm.evaluationPeriods + EXTRA_PERIODS;
      const values = Array.from({ length: count }, (_, index) => {
        const startMs = endMs - (count - index) * periodMs;
        return statisticOf(statistic, store.values(metric, startMs, startMs + periodMs));
      });
      return [id, values];
    }),
  );
  const only = Object.values(series)[0] ?? [];
  const points = alarm.expression === undefined ? only : evaluateMath(alarm.expression, series, emptyFill);
  return evaluatePoints(points.map(breaches(alarm)), { ...alarm, treatMissingData: missingDataOf(alarm) }, state);
}

/** "Alarms on AWS/DynamoDB metrics always ignore missing data", whatever they say. */
const missingDataOf = ({ metrics, expression, treatMissingData }: CloudWatchAlarm): string =>
  expression === undefined && metrics[0]?.metric.namespace === 'AWS/DynamoDB' ? 'ignore' : treatMissingData;

/**
 * The rules for missing data, on points that breach the threshold, do not, or are missing; oldest first.
 * @see Amazon CloudWatch, "Configuring how CloudWatch alarms treat missing data"; `alarm-examples.ts` has its tables
 */
export function evaluatePoints(
  points: readonly (boolean | undefined)[],
  rules: Pick<CloudWatchAlarm, 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData'>,
  state: AlarmState,
): AlarmState {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = rules;
  const real = points.filter((point) => point !== undefined);
  const recent = real.slice(-evaluationPeriods);
  const filled = evaluationPeriods - recent.length;
  const breaching = recent.filter((point) => point).length;
  if (filled === 0 || treatMissingData === 'notBreaching') return breaching >= datapointsToAlarm ? 'ALARM' : 'OK';
  if (treatMissingData === 'breaching') return breaching + filled >= datapointsToAlarm ? 'ALARM' : 'OK';

  if (breaching >= datapointsToAlarm) return 'ALARM';
  if (breaching < recent.length) return 'OK';
  if (treatMissingData === 'ignore') return state;
  if (recent.length === 0) return 'INSUFFICIENT_DATA';
  // All that there is breaches: not "premature" if it began long enough ago.
  const oldest = points.length - points.indexOf(true);
  return oldest >= datapointsToAlarm ? 'ALARM' : state;
}

const comparisons: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

const breaches =
  ({ name, comparison, threshold }: CloudWatchAlarm) =>
  (value: Series[number]): boolean | undefined => {
    const compare = comparisons[comparison];
    if (!compare) throw new Error(`${name}: the comparison ${comparison} is not known here`);
    return value === undefined ? undefined : compare(value, threshold);
  };

/** `undefined` without values: CloudWatch has no datapoint then, and no zero. */
function statisticOf(statistic: string, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const percentile = /^p(\d+)$/.exec(statistic)?.[1];
  if (percentile !== undefined) {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.ceil((Number(percentile) / 100) * sorted.length) - 1];
  }
  switch (statistic) {
    case 'Sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'Maximum':
      return Math.max(...values);
    case 'SampleCount':
      return values.length;
    default:
      throw new Error(`The statistic ${statistic} is not known here`);
  }
}

import { DescribeAlarmsCommand, ListDashboardsCommand } from '@aws-sdk/client-cloudwatch';
import { paginateGetParametersByPath } from '@aws-sdk/client-ssm';
import type { Clients } from './clients.ts';

/** An alarm that was deployed, or one of the metrics that its expression is made of. */
export interface DeployedAlarm {
  readonly name: string;
  readonly actions: readonly string[];
  /** What its metrics are about: each dimension's name and value. */
  readonly dimensions: readonly (readonly [name: string, value: string])[];
}

/** Reads every alarm back, by name. */
export async function readAlarms({ cloudWatch }: Clients): Promise<DeployedAlarm[]> {
  const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ MaxRecords: 100 }));
  return MetricAlarms.map(({ AlarmName = '', AlarmActions = [], Dimensions = [], Metrics = [] }) => ({
    name: AlarmName,
    actions: AlarmActions,
    dimensions: [...Dimensions, ...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric?.Dimensions ?? [])].map(
      ({ Name = '', Value = '' }) => [Name, Value] as const,
    ),
  })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function readDashboards({ cloudWatch }: Clients): Promise<string[]> {
  const { DashboardEntries = [] } = await cloudWatch.send(new ListDashboardsCommand());
  return DashboardEntries.map(({ DashboardName = '' }) => DashboardName);
}

/** The parameters below a path, by what comes after it. */
export async function readParameters({ ssm }: Clients, Path: string): Promise<Record<string, string>> {
  const parameters: Record<string, string> = {};
  for await (const { Parameters = [] } of paginateGetParametersByPath({ client: ssm }, { Path })) {
    for (const { Name = '', Value = '' } of Parameters) parameters[Name.slice(Path.length)] = Value;
  }
  return parameters;
}

import { Module, type ResourceInstance, readDocument } from '@sessions/local/stack';
import type { CloudWatchAlarm } from './evaluate-alarm.ts';
import type { MetricId } from './metric-store.ts';

/** What a stack has CloudWatch watch and show, and the names of what there is to watch. */
export interface ObservedStack {
  readonly alarms: readonly CloudWatchAlarm[];
  readonly widgets: readonly StackWidget[];
  readonly resources: StackResources;
}

export interface StackWidget {
  readonly title: string;
  readonly metrics: readonly { readonly metric: MetricId; readonly statistic: string }[];
  /** Metric searches: `SEARCH('{…} …', …)`. */
  readonly searches: readonly string[];
  readonly logGroups: readonly string[];
}

/** Names as an apply would make them. */
export interface StackResources {
  readonly functions: ReadonlySet<string>;
  /** The tables, each with the names of its indexes. */
  readonly tables: ReadonlyMap<string, ReadonlySet<string>>;
  readonly queues: ReadonlySet<string>;
  /** The APIs by id, each with the names of its stages. */
  readonly apis: ReadonlyMap<string, ReadonlySet<string>>;
  readonly logGroups: ReadonlySet<string>;
}

/** Reads alarms and dashboards of a synthesized stack, with all Terraform expressions evaluated. */
export async function readObservedStack(
  file: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<ObservedStack> {
  const module = new Module(await readDocument(file), { variables, apiEndpoint: () => 'ws://127.0.0.1' });
  const textsOf = (type: string, attribute: string) =>
    new Set(module.instancesOf(type).map((resource) => resource.text(attribute)));
  const stages = module.instancesOf('aws_apigatewayv2_stage');
  return {
    alarms: module.instancesOf('aws_cloudwatch_metric_alarm').map(alarmOf),
    widgets: module.instancesOf('aws_cloudwatch_dashboard').flatMap(widgetsOf),
    resources: {
      functions: textsOf('aws_lambda_function', 'function_name'),
      tables: new Map(
        module
          .instancesOf('aws_dynamodb_table')
          .map((table) => [
            table.text('name'),
            new Set(table.blocks('global_secondary_index').map(({ name }) => String(name))),
          ]),
      ),
      queues: textsOf('aws_sqs_queue', 'name'),
      apis: new Map(
        [...textsOf('aws_apigatewayv2_api', 'id')].map((id) => [
          id,
          new Set(stages.filter((stage) => stage.text('api_id') === id).map((stage) => stage.text('name'))),
        ]),
      ),
      logGroups: textsOf('aws_cloudwatch_log_group', 'name'),
    },
  };
}

interface Block {
  readonly [attribute: string]: unknown;
}

function alarmOf(alarm: ResourceInstance): CloudWatchAlarm {
  const queries: readonly Block[] = alarm.blocks('metric_query');
  const expression = queries.find((query) => query.expression !== undefined)?.expression;
  const evaluationPeriods = numberOf(alarm, 'evaluation_periods');
  return {
    name: alarm.text('alarm_name'),
    description: alarm.text('alarm_description'),
    metrics:
      queries.length === 0
        ? [
            {
              id: 'm',
              metric: metricOf({
                namespace: alarm.text('namespace'),
                metric_name: alarm.text('metric_name'),
                dimensions: alarm.optional('dimensions'),
              }),
              statistic: alarm.optionalText('statistic') ?? alarm.text('extended_statistic'),
              periodSeconds: numberOf(alarm, 'period'),
            },
          ]
        : queries.flatMap(({ id, metric }) => {
            // The provider synthesizes a single block as an object or as a list of one.
            const [block] = [metric].flat() as (Block | undefined)[];
            return block
              ? [
                  {
                    id: String(id),
                    metric: metricOf(block),
                    statistic: String(block.stat),
                    periodSeconds: Number(block.period),
                  },
                ]
              : [];
          }),
    ...(expression !== undefined && { expression: String(expression) }),
    comparison: alarm.text('comparison_operator'),
    threshold: numberOf(alarm, 'threshold'),
    evaluationPeriods,
    datapointsToAlarm: alarm.optionalNumber('datapoints_to_alarm') ?? evaluationPeriods,
    treatMissingData: alarm.optionalText('treat_missing_data') ?? 'missing',
  };
}

function numberOf(resource: ResourceInstance, attribute: string): number {
  const value = resource.optionalNumber(attribute);
  if (value === undefined) throw resource.fault(attribute, 'it is not set');
  return value;
}

const metricOf = ({ namespace, metric_name, dimensions }: Block): MetricId => ({
  namespace: String(namespace),
  name: String(metric_name),
  dimensions: Object.fromEntries(Object.entries(dimensions ?? {}).map(([key, value]) => [key, String(value)])),
});

function widgetsOf(dashboard: ResourceInstance): StackWidget[] {
  interface Body {
    readonly widgets: readonly {
      readonly properties: { readonly title: string; readonly query?: string; readonly metrics?: readonly unknown[][] };
    }[];
  }
  const { widgets } = JSON.parse(dashboard.text('dashboard_body')) as Body;
  return widgets.map(({ properties: { title, query = '', metrics = [] } }) => ({
    title,
    metrics: metrics.filter((line) => typeof line[0] === 'string').map(lineOf),
    searches: metrics.flatMap(([first]) =>
      typeof first === 'object' && first !== null && 'expression' in first ? [String(first.expression)] : [],
    ),
    logGroups: [...query.matchAll(/SOURCE '([^']*)'/g)].map(([, group = '']) => group),
  }));
}

/** `[namespace, name, dimension, value, …, { stat }]` */
function lineOf(line: readonly unknown[]): StackWidget['metrics'][number] {
  const texts = line.filter((part) => typeof part === 'string');
  const [namespace = '', name = '', ...rest] = texts;
  const { stat = '' } = line.at(-1) as { readonly stat?: string };
  const dimensions: Record<string, string> = {};
  for (let index = 0; index < rest.length; index += 2) dimensions[rest[index] ?? ''] = rest[index + 1] ?? '';
  return { metric: { namespace, name, dimensions }, statistic: stat };
}

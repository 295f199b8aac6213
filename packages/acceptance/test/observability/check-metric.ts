import { awsMetrics, dynamoDbOperations } from './aws-metrics.ts';
import type { MetricId, MetricStore } from './metric-store.ts';
import type { StackResources } from './observed-stack.ts';

/**
 * Why nothing would ever come from a metric: AWS does not write it so, it is about a resource that the stack does not
 * have, or no function of ours emitted it.
 * @returns one sentence, or nothing if all is well
 */
export function whyNeverSeen(
  { metric, statistic }: { metric: MetricId; statistic: string },
  resources: StackResources,
  emitted: MetricStore,
): string | undefined {
  const shown = JSON.stringify(metric);
  if (!metric.namespace.startsWith('AWS/')) return emitted.has(metric) ? undefined : `Nothing emits ${shown}`;

  const known = awsMetrics[metric.namespace]?.[metric.name];
  if (!known) return `AWS has no such metric: ${shown}`;
  const names = Object.keys(metric.dimensions).sort().join();
  if (!known.dimensions.some((set) => [...set].sort().join() === names)) return `AWS has no such dimensions: ${shown}`;
  if (known.statistics && !known.statistics.includes(statistic)) return `${statistic} says nothing about ${shown}`;
  const [stranger] = Object.entries(metric.dimensions).filter(([name]) => !isOfStack(name, metric, resources));
  return stranger && `The stack has no ${stranger.join(' ')}: ${shown}`;
}

function isOfStack(
  name: string,
  { dimensions }: MetricId,
  { functions, tables, queues, apis }: StackResources,
): boolean {
  const of = (key: string) => dimensions[key] ?? '';
  switch (name) {
    case 'FunctionName':
      return functions.has(of(name));
    case 'QueueName':
      return queues.has(of(name));
    case 'TableName':
      return tables.has(of(name));
    case 'GlobalSecondaryIndexName':
      return tables.get(of('TableName'))?.has(of(name)) ?? false;
    case 'Operation':
      return dynamoDbOperations.has(of(name));
    case 'ApiId':
      return apis.has(of(name));
    case 'Stage':
      return apis.get(of('ApiId'))?.has(of(name)) ?? false;
    default:
      return false;
  }
}

/**
 * The metrics that a dashboard's search finds.
 * @param search `SEARCH('{namespace,dimension,…} MetricName="name"', …)`, all that our dashboard uses
 * @throws {Error} another search
 */
export function foundBy(search: string, emitted: MetricStore): MetricId[] {
  const [, schema, name] = /^SEARCH\('\{([^}]+)\} MetricName="(\w+)"', '\w+', \d+\)$/.exec(search) ?? [];
  if (schema === undefined) throw new Error(`Not a search that is known here: ${search}`);
  const [namespace, ...dimensions] = schema.split(',').map((part) => part.trim());
  const wanted = dimensions.sort().join();
  return emitted
    .metrics()
    .filter(
      (metric) =>
        metric.namespace === namespace &&
        metric.name === name &&
        Object.keys(metric.dimensions).sort().join() === wanted,
    );
}

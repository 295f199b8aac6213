import type { Datapoint } from './metric-store.ts';

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
}

/**
 * What CloudWatch makes of a line of a function's log: a value for each metric and each set of dimensions, if the line
 * is in the embedded metric format; otherwise nothing.
 * @throws {Error} the line is in the format, but breaks it: CloudWatch would drop it silently
 * @see Amazon CloudWatch, "Specification: Embedded metric format"
 */
export function datapointsOf(line: string): Datapoint[] {
  if (!line.includes('"_aws"')) return [];
  const document = JSON.parse(line) as Record<string, unknown> & {
    _aws: { Timestamp: number; CloudWatchMetrics: Directive[] };
  };
  const { Timestamp: timestampMs, CloudWatchMetrics } = document._aws;
  return CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name: name }) =>
      Dimensions.flatMap((set) => {
        const dimensions = Object.fromEntries(set.map((key) => [key, textOf(document[key], key, line)]));
        return valuesOf(document[name], name, line).map((value) => ({
          namespace,
          name,
          dimensions,
          value,
          timestampMs,
        }));
      }),
    ),
  );
}

function textOf(value: unknown, key: string, line: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`The dimension ${key} has no value: ${line}`);
  return value;
}

function valuesOf(value: unknown, name: string, line: string): number[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.map((each) => {
    if (typeof each !== 'number') throw new Error(`The metric ${name} has no value: ${line}`);
    return each;
  });
}

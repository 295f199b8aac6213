import { parsePattern } from '../../event-pattern/matches-pattern.ts';
import { toObject, toText } from '../expressions/values.ts';
import type { EventSourceMapping, LambdaFunction, Queue, Table } from '../model.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { functionNameOf } from '../resources/lambda.ts';
import { onFailureArn } from './destinations.ts';

/** What is understood; everything else would be passed over here, so it is refused. */
const UNDERSTOOD = new Set([
  'event_source_arn',
  'function_name',
  'batch_size',
  'maximum_batching_window_in_seconds',
  'filter_criteria',
  'parallelization_factor',
  'maximum_retry_attempts',
  'bisect_batch_on_function_error',
  'maximum_record_age_in_seconds',
  'destination_config',
  'starting_position',
  'function_response_types',
  'enabled',
  // Without a meaning here, or Terraform's own.
  ...['region', 'tags', 'tags_all', 'count', 'for_each', 'depends_on', 'lifecycle', 'provider', 'provisioner'],
  'connection',
]);

/** @see "Event filtering quotas", AWS Lambda Developer Guide */
const MAX_FILTERS = 5;

interface Parts {
  readonly functions: readonly LambdaFunction[];
  readonly tables: readonly Table[];
  readonly queues: readonly Queue[];
}

/** Every enabled event source mapping. @throws {StackResourceError} one has another source than a table's stream, or a setting that cannot be run */
export function buildEventSourceMappings(module: Module, parts: Parts): EventSourceMapping[] {
  return module
    .instancesOf('aws_lambda_event_source_mapping')
    .map((mapping) => ({ mapping, built: build(mapping, parts) }))
    .filter(({ mapping }) => mapping.optionalBoolean('enabled') !== false)
    .map(({ built }) => built);
}

function build(mapping: ResourceInstance, { functions, tables, queues }: Parts): EventSourceMapping {
  const unknown = mapping.configured.find(
    (attribute) => !UNDERSTOOD.has(attribute) && isSet(mapping.optional(attribute)),
  );
  if (unknown !== undefined) throw mapping.fault(unknown, 'it cannot be run here: remove it');
  const streamArn = mapping.optionalText('event_source_arn') ?? '';
  const table = tables.find(({ arn, streamLabel }) => streamLabel && `${arn}/stream/${streamLabel}` === streamArn);
  if (!table) {
    throw mapping.fault(
      'event_source_arn',
      `${JSON.stringify(streamArn)} is not the stream_arn of a table of the stack with stream_enabled, and only those can be event sources here`,
    );
  }
  const name = functionNameOf(mapping.text('function_name'));
  const fn = functions.find((each) => each.name === name);
  if (!fn) throw mapping.fault('function_name', `the stack has no function ${name}`);
  const startingPosition = mapping.text('starting_position');
  if (startingPosition !== 'TRIM_HORIZON' && startingPosition !== 'LATEST') {
    throw mapping.fault('starting_position', `${startingPosition}: a stream of a table takes TRIM_HORIZON or LATEST`);
  }
  const types = mapping.texts('function_response_types');
  if (types.some((type) => type !== 'ReportBatchItemFailures')) {
    throw mapping.fault('function_response_types', `${types.join(', ')}: only ReportBatchItemFailures is allowed`);
  }
  const number = (attribute: string, absent: number, [least, most]: readonly [number, number]): number => {
    const value = mapping.optionalNumber(attribute) ?? absent;
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw mapping.fault(attribute, `${value} must be a whole number from ${least} to ${most}`);
  };
  const queueArn = onFailureArn(mapping, queues);
  return {
    id: mapping.text('uuid'),
    address: mapping.address,
    streamArn,
    tableName: table.name,
    functionArn: fn.arn,
    batchSize: number('batch_size', 100, [1, 10_000]),
    batchingWindowSeconds: number('maximum_batching_window_in_seconds', 0, [0, 300]),
    filters: filters(mapping),
    parallelization: number('parallelization_factor', 1, [1, 10]),
    maximumRetryAttempts: number('maximum_retry_attempts', -1, [-1, 10_000]),
    maximumRecordAgeSeconds: recordAge(mapping),
    bisects: mapping.optionalBoolean('bisect_batch_on_function_error') === true,
    reportsItemFailures: types.length > 0,
    startingPosition,
    ...(queueArn !== undefined && { onFailureArn: queueArn }),
  };
}

function recordAge(mapping: ResourceInstance): number {
  const value = mapping.optionalNumber('maximum_record_age_in_seconds') ?? -1;
  if (value === -1 || (Number.isInteger(value) && value >= 60 && value <= 604_800)) return value;
  throw mapping.fault('maximum_record_age_in_seconds', `${value} must be -1, or a whole number from 60 to 604800`);
}

function filters(mapping: ResourceInstance): unknown[] {
  const blocks = mapping.blocks('filter_criteria').flatMap(({ filter }) => (isSet(filter) ? [filter].flat() : []));
  if (blocks.length > MAX_FILTERS) {
    throw mapping.fault('filter_criteria', `it has ${blocks.length} filters, and ${MAX_FILTERS} are allowed`);
  }
  return blocks.map((block, index) => {
    try {
      const pattern: unknown = JSON.parse(toText(toObject(block).pattern));
      parsePattern(pattern);
      return pattern;
    } catch (error) {
      throw mapping.fault(`filter_criteria.filter[${index}].pattern`, (error as Error).message);
    }
  });
}

const isSet = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== 0 &&
  value !== '' &&
  !(typeof value === 'object' && Object.keys(value).length === 0);

import type { ResourceInstance } from '../resource-instance.ts';
import type { ResourceTypes } from './index.ts';

const STREAM_LABEL = '2026-01-01T00:00:00.000';

const isStreamed = (table: ResourceInstance): boolean => table.optionalBoolean('stream_enabled') === true;

export const storage: ResourceTypes = {
  aws_dynamodb_table: {
    id: (table) => table.text('name'),
    arn: (table) => table.arn('dynamodb', `table/${table.text('name')}`),
    billing_mode: () => 'PROVISIONED',
    // As if the stream had been enabled then: the same in every run.
    stream_label: (table) => (isStreamed(table) ? STREAM_LABEL : ''),
    stream_arn: (table) => (isStreamed(table) ? `${table.text('arn')}/stream/${STREAM_LABEL}` : ''),
  },
  aws_cloudwatch_log_group: {
    name: (group) => `${group.optionalText('name_prefix') ?? 'terraform-'}${group.uniqueId(26, '0123456789')}`,
    id: (group) => group.text('name'),
    arn: (group) => group.arn('logs', `log-group:${group.text('name')}`),
  },
};

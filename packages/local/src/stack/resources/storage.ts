import type { ResourceTypes } from './index.ts';

export const storage: ResourceTypes = {
  aws_dynamodb_table: {
    id: (table) => table.text('name'),
    arn: (table) => table.arn('dynamodb', `table/${table.text('name')}`),
    billing_mode: () => 'PROVISIONED',
  },
  aws_cloudwatch_log_group: {
    name: (group) => `${group.optionalText('name_prefix') ?? 'terraform-'}${group.uniqueId(26, '0123456789')}`,
    id: (group) => group.text('name'),
    arn: (group) => group.arn('logs', `log-group:${group.text('name')}`),
  },
};

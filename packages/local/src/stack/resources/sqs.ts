import { ACCOUNT_ID } from '../account.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import type { ResourceTypes } from './index.ts';

/** At the address of everything here, as what a real queue's URL is. */
const url = (queue: ResourceInstance): string =>
  `${queue.module.options.apiEndpoint('').replace(/^ws/, 'http')}/${ACCOUNT_ID}/${queue.text('name')}`;

export const sqs: ResourceTypes = {
  aws_sqs_queue: {
    name: (queue) => `${queue.optionalText('name_prefix') ?? 'terraform-'}${queue.uniqueId(26, '0123456789')}`,
    id: url,
    url,
    arn: (queue) => queue.arn('sqs', queue.text('name')),
  },
};

import { ACCOUNT_ID } from '../account.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { UPPERCASE_ALPHANUMERIC } from './alphabets.ts';
import type { ResourceTypes } from './index.ts';

/** `name`, or `name_prefix` with what the provider would append. */
const name = (resource: ResourceInstance): string =>
  `${resource.optionalText('name_prefix') ?? 'terraform-'}${resource.uniqueId(26, '0123456789')}`;
const arn = (kind: string) => (resource: ResourceInstance) =>
  `arn:aws:iam::${ACCOUNT_ID}:${kind}${resource.optionalText('path') ?? '/'}${resource.text('name')}`;

export const iam: ResourceTypes = {
  aws_iam_role: {
    name,
    id: (role) => role.text('name'),
    arn: arn('role'),
    unique_id: (role) => `AROA${role.uniqueId(17, UPPERCASE_ALPHANUMERIC)}`,
  },
  aws_iam_role_policy: { name, id: (policy) => `${policy.text('role')}:${policy.text('name')}` },
  aws_iam_policy: { name, id: (policy) => policy.text('arn'), arn: arn('policy') },
  aws_iam_role_policy_attachment: {
    id: (attachment) => `${attachment.text('role')}-${attachment.uniqueId(26, '0123456789')}`,
  },
};

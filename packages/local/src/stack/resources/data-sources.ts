import { ACCOUNT_ID } from '../account.ts';
import type { ResourceTypes } from './index.ts';
import { policyDocumentJson } from './policy-document.ts';

export const dataSources: ResourceTypes = {
  aws_iam_policy_document: { id: () => 'policy', json: policyDocumentJson, minified_json: policyDocumentJson },
  aws_caller_identity: {
    id: () => ACCOUNT_ID,
    account_id: () => ACCOUNT_ID,
    arn: () => `arn:aws:iam::${ACCOUNT_ID}:root`,
    user_id: () => ACCOUNT_ID,
  },
  aws_region: {
    id: (region) => region.region,
    name: (region) => region.region,
    region: (region) => region.region,
    description: (region) => region.region,
  },
  aws_partition: {
    id: () => 'aws',
    partition: () => 'aws',
    dns_suffix: () => 'amazonaws.com',
    reverse_dns_prefix: () => 'com.amazonaws',
  },
};

import { ALPHANUMERIC, LOWERCASE_ALPHANUMERIC } from './alphabets.ts';
import type { ResourceTypes } from './index.ts';

export const cognito: ResourceTypes = {
  aws_cognito_user_pool: {
    // aws-jwt-verify refuses ids that are not `<region>_<alphanumeric>`: facts 11.2.
    id: (pool) => `${pool.region}_${pool.uniqueId(9, ALPHANUMERIC)}`,
    arn: (pool) => pool.arn('cognito-idp', `userpool/${pool.text('id')}`),
    endpoint: (pool) => `cognito-idp.${pool.region}.amazonaws.com/${pool.text('id')}`,
  },
  aws_cognito_user_pool_client: {
    id: (client) => client.uniqueId(26, LOWERCASE_ALPHANUMERIC),
    client_secret: (client) =>
      client.optionalBoolean('generate_secret') ? client.uniqueId(51, LOWERCASE_ALPHANUMERIC) : '',
  },
};

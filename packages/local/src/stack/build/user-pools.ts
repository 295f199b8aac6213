import { toText } from '../expressions/values.ts';
import type { UserPool } from '../model.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';

const unitSeconds: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

/** Every user pool of the stack, with its clients. */
export function buildUserPools(module: Module): UserPool[] {
  const clients = module.instancesOf('aws_cognito_user_pool_client');
  return module.instancesOf('aws_cognito_user_pool').map((pool) => ({
    id: pool.text('id'),
    arn: pool.text('arn'),
    clients: clients
      .filter((client) => client.text('user_pool_id') === pool.text('id'))
      .map((client) => ({ id: client.text('id'), accessTokenSeconds: accessTokenSeconds(client) })),
  }));
}

/** Cognito's default is an hour; a number without a unit counts hours. */
function accessTokenSeconds(client: ResourceInstance): number {
  const validity = client.optionalNumber('access_token_validity');
  if (validity === undefined) return 3600;
  const unit = client.block('token_validity_units')?.access_token ?? 'hours';
  const seconds = unitSeconds[toText(unit)];
  if (seconds === undefined) throw client.fault('token_validity_units', `${toText(unit)} is no unit of time`);
  return validity * seconds;
}

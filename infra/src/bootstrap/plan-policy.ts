import { type Policy, policy, type Scope } from './scope.ts';
import { readConfiguration, readPools, readQuotas, useState } from './shared-statements.ts';

/** What the plan role of an environment may read: how its resources are configured, and the state; no data. */
export const planPolicy = (scope: Scope): Policy =>
  policy(...useState(scope, { write: false }), ...readConfiguration(scope), ...readPools(scope), ...readQuotas(scope));

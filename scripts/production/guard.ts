import type { PlannedChanges } from '../drift.ts';

/** Types of resources that hold what no deployment brings back: an address that clients know, data, users. */
const guarded = ['aws_apigatewayv2_api', 'aws_dynamodb_table', 'aws_cognito_user_pool'];

/** Returns the addresses of APIs, tables and user pools that a plan deletes or replaces. */
export const losses = ({ resource_changes: changes = [] }: PlannedChanges): string[] =>
  changes
    .filter(({ address, change }) => isGuarded(address) && change.actions.includes('delete'))
    .map(({ address }) => address);

const isGuarded = (address: string): boolean => guarded.some((type) => address.split('.').includes(type));

/**
 * Lets a plan pass whose losses are exactly those that were allowed by name.
 * @throws {Error} it loses something else, or keeps what was allowed to go: then it is not the plan that was expected
 */
export function requireAllowed(lost: readonly string[], allowed: readonly string[]): void {
  const refused = lost.filter((address) => !allowed.includes(address));
  if (refused.length > 0) {
    throw new Error(
      `the plan deletes or replaces ${refused.join(', ')}, and what is in it is lost. If that is meant, allow it by ` +
        `name: --allow-replace ${lost.join(',')} (in the workflow "production": allow_replace)`,
    );
  }
  const unused = allowed.filter((address) => !lost.includes(address));
  if (unused.length > 0) {
    throw new Error(`--allow-replace names ${unused.join(', ')}, which this plan neither deletes nor replaces`);
  }
}

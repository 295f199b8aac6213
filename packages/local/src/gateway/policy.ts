import { matchesWildcard } from '../wildcard.ts';

/** Longest `Resource` in an authorizer's policy, characters. @see facts page, section 3 */
const RESOURCE_CHARACTERS = 512;

/** The decision of a policy document; `malformed` if it is none. */
export type PolicyDecision = 'allow' | 'deny' | 'malformed';

/**
 * Whether an authorizer's policy lets the caller invoke the method: at least one Allow covers it, and no Deny does.
 * A statement with a Condition is read strictly, as it cannot be evaluated here: it never allows, and always denies.
 */
export function evaluatePolicy(document: unknown, methodArn: string): PolicyDecision {
  if (!isRecord(document)) return 'malformed';
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  let allowed = false;
  let denied = false;
  for (const statement of statements) {
    if (!isRecord(statement)) return 'malformed';
    const actions = strings(statement.Action);
    const resources = strings(statement.Resource);
    if (actions === undefined || resources === undefined) return 'malformed';
    if (resources.some((resource) => resource.length > RESOURCE_CHARACTERS)) return 'malformed';
    if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') return 'malformed';
    const covers =
      actions.some((action) => matchesWildcard(action.toLowerCase(), 'execute-api:invoke')) &&
      resources.some((resource) => matchesWildcard(resource, methodArn));
    if (!covers) continue;
    if (statement.Effect === 'Deny') denied = true;
    else if (statement.Condition === undefined) allowed = true;
  }
  return allowed && !denied ? 'allow' : 'deny';
}

function strings(value: unknown): string[] | undefined {
  const all = Array.isArray(value) ? value : [value];
  return all.length > 0 && all.every((item) => typeof item === 'string') ? all : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

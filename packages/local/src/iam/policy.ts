import { StackResourceError } from '../stack/errors.ts';
import type { PolicyDocument, PolicyStatement } from '../stack/model.ts';
import { conditionKeys } from './condition-keys.ts';
import { type Condition, compileCondition } from './conditions.ts';

/** A statement, ready to be evaluated. */
export interface CompiledStatement {
  readonly effect: 'Allow' | 'Deny';
  /** Lower-case patterns: actions are compared without regard to case. */
  readonly actions: readonly string[];
  readonly notActions: readonly string[] | undefined;
  readonly resources: readonly string[];
  readonly notResources: readonly string[] | undefined;
  /** Absent: none. */
  readonly condition: Condition | undefined;
}

export interface CompiledPolicy {
  readonly statements: readonly CompiledStatement[];
}

/**
 * @param keys the condition keys that the requests' contexts know
 * @throws {StackResourceError} it has something that cannot be evaluated here; the message names policy and statement
 */
export function compilePolicy(document: PolicyDocument, keys = conditionKeys): CompiledPolicy {
  return {
    statements: document.Statement.map((statement, index) => {
      const path = `${document.address} statement ${statement.Sid ?? index + 1}`;
      try {
        refuseVariables(document, statement);
        return compileStatement(statement, keys);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new StackResourceError(path, `${error.message}, so IAM cannot be enforced (iam: 'off' switches it off)`, {
          cause: error,
        });
      }
    }),
  };
}

function compileStatement(statement: PolicyStatement, keys: ReadonlySet<string>): CompiledStatement {
  const lower = (patterns: readonly string[]) => patterns.map((pattern) => pattern.toLowerCase());
  return {
    effect: statement.Effect,
    actions: lower(statement.Action),
    notActions: statement.NotAction && lower(statement.NotAction),
    resources: statement.Resource,
    notResources: statement.NotResource,
    condition: statement.Condition && compileCondition(statement.Condition, keys),
  };
}

/** Before version 2012-10-17, `${…}` is plain text. */
function refuseVariables({ Version }: PolicyDocument, statement: PolicyStatement): void {
  if (Version !== '2012-10-17') return;
  const conditionValues = Object.values(statement.Condition ?? {}).flatMap((keys) => Object.values(keys).flat());
  const texts = [...statement.Resource, ...(statement.NotResource ?? []), ...conditionValues];
  const variable = texts.map((text) => /\$\{[^}]*\}/.exec(text)?.[0]).find((found) => found !== undefined);
  if (variable !== undefined) throw new RangeError(`the policy variable ${variable} is not known here`);
}

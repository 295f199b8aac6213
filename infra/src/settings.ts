import { TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import { sameAsSynthesized } from './deletion-protection.ts';
import type { EnvironmentName } from './environments.ts';
import type { NumberVariable, Variable } from './variable-kinds.ts';
import { type VariableName, variables } from './variables.ts';

export interface SettingsProps {
  readonly environment: EnvironmentName;
  /** What `deletion_protection` was when the stack was synthesized. */
  readonly isProtected: boolean;
}

/** `variables` as Terraform variables: type, default, description with unit and bounds, validation. */
export class Settings extends Construct {
  constructor(scope: Construct, id: string, { environment, isProtected }: SettingsProps) {
    super(scope, id);
    for (const [name, variable] of Object.entries<Variable>(variables)) {
      const checks = [
        ownCheck(name, variable),
        ...(variable.rules ?? []),
        ...(name === 'deletion_protection' ? [sameAsSynthesized(isProtected)] : []),
      ];
      new TerraformVariable(this, name, {
        type: typeOf(variable),
        default: variable.defaultIn?.[environment] ?? variable.default,
        description: describe(variable),
        nullable: false,
        validation: checks.map(({ condition, must }) => ({
          condition: `\${${condition}}`,
          errorMessage: `${name} must ${must}.`,
        })),
      }).overrideLogicalId(name);
    }
  }

  /** The value at deployment, as text to embed: `${var.<name>}`. */
  value(name: VariableName): string {
    return `\${var.${name}}`;
  }
}

/** One sentence about a variable, and what it may be. */
export const describe = (variable: Variable): string => `${variable.about} Allowed: ${allowedValues(variable)}.`;

function typeOf(variable: Variable): string {
  if (variable.kind === 'number') return 'number';
  if (variable.kind === 'boolean') return 'bool';
  if (variable.kind === 'list') return 'list(string)';
  return variable.kind === 'map' ? `map(${variable.of})` : 'string';
}

function allowedValues(variable: Variable): string {
  if (variable.kind === 'number') return `${range(variable)} (${variable.unit})`;
  if (variable.kind === 'boolean') return 'true or false';
  return variable.kind === 'choice' ? `one of ${variable.choices.join(', ')}` : variable.allowed;
}

const ownCheck = (name: string, variable: Variable) => ({
  condition: ownCondition(`var.${name}`, variable),
  must: `be ${allowedValues(variable)}`,
});

function ownCondition(reference: string, variable: Variable): string {
  const matches = (pattern: string, value: string) => `can(regex(${JSON.stringify(`^(${pattern})$`)}, ${value}))`;
  switch (variable.kind) {
    case 'number': {
      const whole = variable.whole ? ` && floor(${reference}) == ${reference}` : '';
      return `${reference} >= ${variable.min} && ${reference} <= ${variable.max}${whole}`;
    }
    case 'boolean':
      return `contains([true, false], ${reference})`;
    case 'choice':
      return `contains(${JSON.stringify(variable.choices)}, ${reference})`;
    case 'text':
      return matches(variable.pattern, reference);
    case 'list':
      return `alltrue([for value in ${reference} : ${matches(variable.pattern, 'value')}])`;
    case 'map':
      return `alltrue([for key, value in ${reference} : ${variable.entryCondition}])`;
  }
}

const range = ({ whole, min, max }: NumberVariable): string => `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`;

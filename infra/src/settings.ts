import { TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import { type NumberVariable, type Variable, type VariableName, variables } from './variables.ts';

/** `variables` as Terraform variables: type, default, description with unit and bounds, validation. */
export class Settings extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    for (const [name, variable] of Object.entries<Variable>(variables)) {
      const checks = [ownCheck(name, variable), ...(variable.rules ?? [])];
      new TerraformVariable(this, name, {
        type: variable.kind === 'number' ? 'number' : 'string',
        default: variable.default,
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

function allowedValues(variable: Variable): string {
  if (variable.kind === 'number') return `${range(variable)} (${variable.unit})`;
  return variable.kind === 'choice' ? `one of ${variable.choices.join(', ')}` : variable.allowed;
}

const ownCheck = (name: string, variable: Variable) => ({
  condition: ownCondition(`var.${name}`, variable),
  must: `be ${allowedValues(variable)}`,
});

function ownCondition(reference: string, variable: Variable): string {
  if (variable.kind === 'text') {
    return `can(regex(${JSON.stringify(`^${variable.pattern}$`)}, ${reference}))`;
  }
  if (variable.kind === 'choice') return `contains(${JSON.stringify(variable.choices)}, ${reference})`;
  const whole = variable.whole ? ` && floor(${reference}) == ${reference}` : '';
  return `${reference} >= ${variable.min} && ${reference} <= ${variable.max}${whole}`;
}

const range = ({ whole, min, max }: NumberVariable): string => `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`;

/** Prints `terraform.tfvars.example`: `node infra/src/tfvars-example.ts > terraform.tfvars.example`. */
import { describe } from './settings.ts';
import { type Variable, variables } from './variables.ts';

const header = `\
# Every variable of the stacks, with its default. Copy this file to terraform.tfvars (which is not committed), take
# away the # before what you change, and hand it over when you deploy:
#   cd infra && npx cdktf deploy sessions-dev --var-file ../terraform.tfvars
# Made from infra/src/variables.ts by: node infra/src/tfvars-example.ts > terraform.tfvars.example
`;

/** The example file: each variable with what it is for, its unit and bounds, and its default commented out. */
export function renderExample(): string {
  const entries = Object.entries<Variable>(variables);
  const groups = [...new Set(entries.map(([, { group }]) => group))];
  return [header, ...groups.map((group) => renderGroup(group, entries))].join('\n');
}

function renderGroup(group: string, entries: [string, Variable][]): string {
  const lines = entries
    .filter(([, variable]) => variable.group === group)
    .map(([name, variable]) => `# ${describe(variable)}\n# ${name} = ${JSON.stringify(variable.default)}\n`);
  return `## ${group}\n\n${lines.join('\n')}`;
}

if (process.argv[1] === import.meta.filename) process.stdout.write(renderExample());
